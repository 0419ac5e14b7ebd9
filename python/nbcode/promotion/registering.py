"""What is registered for a promotion, and what the registry may have become without us."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from nbcode.artifact import Figures, costs_of, numbers_in
from nbcode.environment import Serving
from nbcode.primitives import Diagnostic, Digest, Json, Judgement, LookAhead, Severity
from nbcode.promotion.journal import Journal, Transition
from nbcode.promotion.state import Promotion, State
from nbcode.promotion.version_page import headline_of, metrics_of, reads_of, rows_of
from nbcode.registry import ModelVersion, Registration, Registry
from nbcode.spec import BuildSpec, encode

_TOLD_FIRST = ("ic_mean", "ic_t_newey_west")
_TOLD = 3
NOTHING_KNOWN = Serving()
"""Of what predicting needs."""


def registration_of(
    promotion: Promotion,
    spec: BuildSpec,
    artifact: Path,
    figures: Figures,
    *,
    look_ahead: LookAhead | None = None,
    judged: Judgement | None = None,
    findings: Iterable[Diagnostic] = (),
    trials: str = "",
    serving: Serving = NOTHING_KNOWN,
    before: tuple[Promotion, BuildSpec] | None = None,
) -> Registration:
    """Everything the registry is to hold, from journal, spec and stored artifact alone. ``before`` is the version before, where its spec is known.

    Raises ``ValueError`` for a promotion that is not verified.
    """
    if promotion.artifact_digest is None or promotion.verified_at is None:
        raise ValueError(f"a promotion that is {promotion.state} has no verified artifact")
    return Registration(
        model=promotion.model,
        key=promotion.key,
        spec_digest=promotion.spec_digest,
        definition_digest=promotion.definition_digest,
        artifact_digest=promotion.artifact_digest,
        artifact=artifact,
        registered_at=promotion.verified_at,
        registered_by=promotion.who,
        begun_at=promotion.begun_at,
        notebook=promotion.notebook,
        path=promotion.path,
        snapshot=promotion.snapshot,
        owner=spec.meta.owner,
        adopt=promotion.adopt,
        again=promotion.attempt > 1,
        description=spec.meta.description,
        headline=headline_of(artifact, figures),
        rows=(*rows_of(promotion, spec, before), *reads_of(artifact)),
        isolation=promotion.isolation or "",
        look_ahead=str(look_ahead or ""),
        judged=str(judged or ""),
        trials=trials,
        spec=encode(spec).decode(),
        python=spec.environment.platform_key.rpartition("cpython")[2] or spec.environment.python_version,
        requirements=serving.requirements,
        wheels=serving.wheels,
        findings=tuple(f"{one.code} {one.message}" for one in findings if one.severity is not Severity.NOTE),
        parameters=tuple(parameters_of(spec)),
        metrics=tuple(metrics_of(figures, costs_of(artifact))),
    )


def candidate_in_ledger(history: Iterable[Transition]) -> int | None:
    """The version that nbcode itself made the candidate last."""
    moved = [line.version for line in history if line.after == State.ALIASED and line.version is not None]
    return moved[-1] if moved else None


def later_candidate(journal: Journal, promotion: Promotion) -> Promotion | None:
    """A promotion of the same model that began after this one and is the candidate already."""
    later = [
        p
        for p in journal.promotions(promotion.model)
        if p.state in {State.ALIASED, State.DONE} and not p.superseded and p.sequence > promotion.sequence
    ]
    return max(later, key=lambda p: p.sequence, default=None)


def superseded_by(promotion: Promotion, later: Promotion) -> Diagnostic:
    """NBC-I21: a note on why the alias stays where it is."""
    return Diagnostic(
        code="NBC-I21",
        severity=Severity.NOTE,
        message=f"{promotion.model} version {promotion.version} is registered, the candidate stays version {later.version}",
        cause=f"the promote of version {later.version} began later, at {later.begun_at}",
        fixes=("`nbcode promote NOTEBOOK --again` makes the version of that notebook the candidate",),
    )


def alias_moved(promotion: Promotion, journal: Journal, registry: Registry) -> Diagnostic | None:
    """NBC-I08, a warning, when ``candidate`` is not where the ledger says, before ``promotion`` moves it."""
    history = [line for line in journal.history(promotion.model) if line.key != promotion.key]
    actual = registry.candidate(promotion.model)
    if actual == promotion.version:
        return None
    model = promotion.model
    return alias_against_ledger(
        model, history, actual, lambda: (v.version for v in registry.versions(model)), Severity.WARNING
    )


def alias_against_ledger(
    model: str,
    history: Iterable[Transition],
    actual: int | None,
    there: Callable[[], Iterable[int]],
    severity: Severity,
) -> Diagnostic | None:
    """NBC-I08 when the alias is at ``actual`` and the ledger says otherwise: somebody moved it with another tool.

    ``there`` gives the numbers of nbcode's versions in the registry. A version that another project's nbcode registered in a shared registry is in no ledger of ours: that one is its
    candidate rightly, where it came later than ours.
    """
    lines = tuple(history)
    ledger = candidate_in_ledger(lines)
    if actual == ledger:
        return None
    ours = {line.version for line in lines}
    if actual is not None and actual not in ours and actual > (ledger or 0) and actual in set(there()):
        return None
    return alias_differs(model, ledger, actual, severity)


def alias_differs(model: str, ledger: int | None, actual: int | None, severity: Severity) -> Diagnostic:
    """NBC-I08: both sides, as numbers of versions."""
    return Diagnostic(
        code="NBC-I08",
        severity=severity,
        message=f"the alias candidate of {model} was moved outside nbcode",
        cause=f"the ledger says {_named(ledger)}, the registry says {_named(actual)}",
        fixes=(
            "ask who moved it: MLflow keeps no record",
            "`nbcode promote NOTEBOOK --again` makes the version of that notebook the candidate",
        ),
    )


def another_artifact(promotion: Promotion, found: Digest) -> Diagnostic:
    """NBC-I06: what the run left is no longer what was verified."""
    return Diagnostic(
        code="NBC-I06",
        message=f"{promotion.model}: what the run {promotion.run_id} left is no longer what was verified",
        cause=f"it was {promotion.artifact_digest}, and is {found}",
        fixes=("look who may write to the object store; `nbcode retry` makes it again",),
    )


def lost_version(promotion: Promotion, found: int | None) -> Diagnostic:
    """NBC-I07: the ledger holds a version that the registry has not, or has under another number."""
    actual = "has no version of this spec" if found is None else f"has it as version {found}"
    return Diagnostic(
        code="NBC-I07",
        message=f"{promotion.model}: version {promotion.version} is not in the registry as the ledger has it",
        cause=f"the registry {actual}: it was deleted, or made anew, outside nbcode",
        fixes=("`nbcode promote NOTEBOOK --again` registers it as a new version",),
    )


def given_back(version: ModelVersion) -> Diagnostic:
    """NBC-I49, a note: the bytes of a version were removed to make room, and are made again."""
    return Diagnostic(
        code="NBC-I49",
        severity=Severity.NOTE,
        message=f"{version.model} version {version.version} gets its files back",
        cause=f"`nbcode gc` removed them at {version.collected_at}; what it was made from gives the same bytes",
    )


def taken_from(promotion: Promotion, so_far: Promotion, figures: tuple[Figures, Figures]) -> Diagnostic:
    """NBC-I32, a note: the candidate was promoted from another notebook. ``figures`` are its and then ours."""
    before, now = (dict(numbers_in(one)) for one in figures)
    names = [name for name in (*_TOLD_FIRST, *now) if name in before and name in now]
    told = ", ".join(f"{name} {before[name]:.4g} -> {now[name]:.4g}" for name in dict.fromkeys(names[:_TOLD]))
    return Diagnostic(
        code="NBC-I32",
        severity=Severity.NOTE,
        message=f"version {promotion.version} of {promotion.notebook} takes the candidate of {promotion.model} from "
        f"version {so_far.version} of {so_far.notebook}: {told or 'they have no figure in common'}",
        cause="a copy of a notebook keeps its id",
        fixes=(
            f"if {promotion.notebook} is a copy, give it an id of its own in [meta]: # id: {promotion.model}_2",
        ),
    )


def candidate_of_another_notebook(
    promotion: Promotion, journal: Journal, candidate: int | None
) -> Promotion | None:
    """The promotion of version ``candidate``, which is the registry's now, where another notebook than that of ``promotion`` was promoted."""
    for other in journal.promotions(promotion.model):
        if other.version == candidate is not None and other.key != promotion.key:
            same = other.notebook == promotion.notebook and other.project in ("", promotion.project)
            return None if same else other
    return None


def adopted(version: ModelVersion, owner: str) -> Diagnostic:
    """NBC-I24, a note: the model was taken over, as was asked for."""
    return Diagnostic(
        code="NBC-I24",
        severity=Severity.NOTE,
        message=f"the registered model {version.model} was adopted: it was {version.adopted_from}'s and is {owner}'s now",
        cause="the registry holds it in the tags nbcode.adopted_from, _by, _at of the model",
    )


def _named(version: int | None) -> str:
    return "none" if version is None else f"version {version}"


def parameters_of(spec: BuildSpec) -> Iterator[tuple[str, str]]:
    """The parameters of a run: the horizon, the spec's own, and the definition by dotted names."""
    yield "horizon", spec.meta.horizon
    yield from ((p.name, p.value) for p in spec.parameters)
    yield from _texts("", spec.definition.plain)


def _texts(path: str, value: Json) -> Iterator[tuple[str, str]]:
    """Plain data as dotted names and texts; a list is one text, so that X stays readable."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _texts(f"{path}.{name}" if path else str(name), inner)
    elif isinstance(value, str):
        yield path, value
    else:
        yield path, json.dumps(value, ensure_ascii=False)
