"""`nbcode refit`: the model of the last changed version, as it was promoted, on newer data.

1. The registry says which version was changed last; its snapshot has the notebook, its spec says what it was.
2. It is built on the inputs as they are declared now, up to the day. What is built must differ from that spec in data alone.
3. The new sessions are looked at, and then it is promoted as any notebook is, and registered as ``n.k``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from nbcode.artifact import figures_of, judgement_of, look_ahead_of
from nbcode.commands.preparing import Built
from nbcode.commands.promote import PromoteResult, Status
from nbcode.configuration import RefitConfig
from nbcode.inputs import (
    PinnedInput,
    Role,
    SessionLimits,
    days_missing,
    is_all_of,
    rows_before,
    session_problems,
    why_late,
)
from nbcode.primitives import Diagnostic, Digest, Exit, NbcodeError, Severity, dataclass
from nbcode.promotion import (
    compared_with,
    data_until,
    last_changed,
    limit_not_met,
    on_older_data,
    place_in_line,
    spec_from,
)
from nbcode.registry import ModelVersion, Registry
from nbcode.snapshot import Snapshots
from nbcode.spec import BuildSpec, SpecInput, differs_in_data_alone, reads_the_same


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """What is fitted anew: the version, its spec, its notebook's bytes and path; ``line`` are its fits in their order, ``last`` is the spec of
    the last, and ``before`` that of the fit that the next is held against: the candidate, where it is of this line."""

    version: ModelVersion
    spec: BuildSpec
    data: bytes
    notebook: Path
    line: tuple[ModelVersion, ...]
    before: BuildSpec
    last: BuildSpec


class NothingNewError(Exception):
    """The data up to the day are those of ``version``, the last fit of the line; ``built`` is what would have been fitted."""

    def __init__(self, version: ModelVersion, built: Built) -> None:
        """Say whose data they are."""
        super().__init__(f"version {version.version} has these data")
        self.version = version
        self.built = built


def source_of(
    model: str, registry: Registry, kept: Callable[[Digest], BuildSpec], snapshots: Snapshots, root: Path
) -> Source:
    """What a refit of ``model`` starts from: the version that was changed last, by the registry and its snapshot alone.

    ``kept`` reads specs of the store. Raises ``NbcodeError``: NBC-I19 for a model without versions, NBC-I39 where the version's spec or its
    notebook is nowhere.
    """
    versions = registry.versions(model)
    version = last_changed(versions)
    if version is None:
        raise NbcodeError([_unknown(model)])
    line = [one for one in versions if place_in_line(one)[0] == version.version]
    line.sort(key=place_in_line)
    held = compared_with(line)
    spec, last = (spec_from(registry, one, kept) for one in (version, line[-1]))
    before = last if held is line[-1] else spec_from(registry, held, kept)
    if spec is None or before is None or last is None:
        raise NbcodeError([_not_here(version, "its spec is neither in the store nor in the registry")])
    data = None if version.snapshot is None else snapshots.read(version.snapshot)
    if data is None or version.notebook is None:
        raise NbcodeError([_not_here(version, f"its snapshot {version.snapshot} is in no repository here")])
    notebook = root / version.notebook
    return Source(
        version=version, spec=spec, data=data, notebook=notebook, line=tuple(line), before=before, last=last
    )


def accepted(source: Source, built: Built, as_of: str, limits: RefitConfig, store: Path) -> None:
    """See that what was built is the same model on newer data, and that the sessions that the fit before did not have so can be believed.

    Raises ``NbcodeError``: NBC-I39 where code changed, NBC-I40 where the environment did, NBC-H38 (exit code 5) where the data end before
    the day, NBC-I51 where they end before those of the fit before, NBC-I38 where a session is beyond a limit; and ``NothingNewError`` where they
    are those of the fit before.
    """
    if not differs_in_data_alone(built.spec, source.spec):
        raise NbcodeError([_another(source, built.spec)])
    if any(one.spec_digest == built.spec_digest for one in source.line):
        return  # fitted already, and held to its limits then
    prices = [one for one in built.inputs if one.role is Role.PRICES]
    for one in prices:
        if one.as_of is not None and days_missing(one.as_of, as_of, one.calendar):
            raise NbcodeError([_late(one, one.as_of, as_of)], Exit.RETRY)
    mine, theirs = data_until(built.spec), data_until(source.last)
    if mine is not None and theirs is not None and mine < theirs:
        raise NbcodeError([on_older_data(mine, source.line[-1], theirs, day=theirs)])
    if _reads_the_same(built, source.last):
        raise NothingNewError(source.line[-1], built)
    found = [
        limit_not_met(key, message, wanted)
        for one in prices
        for key, message, wanted in _problems(source.before, one, limits, store)
    ]
    if found:
        raise NbcodeError(found)


def _reads_the_same(built: Built, before: BuildSpec) -> bool:
    """Whether no row came since the fit before: its inputs are those of ``built``, or the files of which those are cuts that leave nothing out."""

    def known(one: SpecInput, pinned: PinnedInput) -> SpecInput:
        return replace(one, digest=pinned.digest, schema=pinned.schema, date_column=pinned.date_column)

    names = {(one.role, one.name): one for one in before.inputs}
    was = [names.get((one.role, one.name)) for one in built.inputs]
    same = [
        known(one, pinned) if one is not None and is_all_of(pinned, one.digest) else one
        for one, pinned in zip(was, built.inputs, strict=True)
    ]
    found = tuple(one for one in same if one is not None)
    return len(found) == len(before.inputs) and reads_the_same(built.spec, replace(before, inputs=found))


def _problems(
    before: BuildSpec, prices: PinnedInput, limits: RefitConfig, store: Path
) -> Iterator[tuple[str, str, str]]:
    """What is odd about the sessions of ``prices`` that the fit before did not have so."""
    was = next((one for one in before.inputs if one.role is Role.PRICES and one.name == prices.name), None)
    rows = until = None
    if was is not None:
        until = before.meta.as_of or was.as_of
        rows = rows_before(prices, was.digest, date_column=was.date_column, as_of=until, store=store)
    wanted = SessionLimits(level=limits.field_level, missing=limits.missing, ranks=limits.field_ranks)
    yield from session_problems(prices, rows, until, wanted)


def as_it_was(found: NothingNewError, as_of: str, path_of: Callable[[Digest], Path]) -> PromoteResult:
    """The version whose data are those of the day ``as_of``, as what exists; its figures where the store here has its artifact."""
    version, built = found.version, found.built
    artifact = path_of(version.artifact_digest)
    here = artifact.is_dir()
    figures, folds = figures_of(artifact) if here else ({}, ())
    report = artifact / "report.html"
    named = f"version {version.version}" + (f" ({version.line})" if version.line else "")
    return PromoteResult(
        status=Status.EXISTS,
        model=version.model,
        version=version.version,
        alias=version.alias,
        spec_digest=version.spec_digest,
        definition_digest=built.definition_digest,
        artifact_digest=version.artifact_digest,
        artifact=artifact if here else None,
        report=report if here and report.is_file() else None,
        isolation=None,
        seconds=(),
        metrics=tuple(figures.items()),
        folds=folds,
        look_ahead=look_ahead_of(artifact) if here else None,
        judged=judgement_of(artifact) if here else None,
        line=version.line,
        diagnostics=(
            Diagnostic(
                code="NBC-I50",
                severity=Severity.NOTE,
                message=f"the data up to {as_of} are those of {named}: no row has come since {data_until(built.spec) or 'it'}",
                cause="there is nothing to fit anew, so nothing was run or registered",
            ),
        ),
    )


def _another(source: Source, spec: BuildSpec) -> Diagnostic:
    was, number = source.spec, source.version.version
    if spec.environment.lock_digest != was.environment.lock_digest:
        changed = _packages(was, spec)
        return Diagnostic(
            code="NBC-I40",
            message=f"the environment is not that of version {number}",
            cause=f"a refit changes the data alone; changed: {changed}",
            fixes=(
                "install what the version was made with: `nbcode build NOTEBOOK` names the lock",
                f"`nbcode promote {source.version.notebook}` makes a changed version with what is installed now",
            ),
        )
    names = different_parts(was, spec)
    return Diagnostic(
        code="NBC-I39",
        message=f"what is here is not the model of version {number}: {', '.join(names) or 'its inputs'} changed",
        cause="a refit is the same definition and code on newer data",
        fixes=(f"`nbcode promote {source.version.notebook}` makes a changed version of it",),
    )


def different_parts(was: BuildSpec, now: BuildSpec) -> tuple[str, ...]:
    """Which parts of two specs differ, in words; what the inputs hold is none of them."""

    def code(spec: BuildSpec) -> list[Digest]:
        return [cell.code_digest for cell in spec.cells]

    def modules(spec: BuildSpec) -> list[tuple[str, Digest]]:
        return [(one.path, one.code_digest) for one in spec.modules]

    def declared(spec: BuildSpec) -> list[tuple[object, ...]]:
        return [_declared(one) for one in spec.inputs]

    pairs = (
        ("[meta]", replace(was.meta, as_of="") != replace(now.meta, as_of="")),
        ("the cells", code(was) != code(now)),
        ("modules of the project", modules(was) != modules(now)),
        ("the definition", was.definition.digest != now.definition.digest),
        ("how the inputs are declared", declared(was) != declared(now)),
    )
    return tuple(what for what, changed in pairs if changed)


def _declared(one: SpecInput) -> tuple[object, ...]:
    return (one.name, one.role, one.derive, one.symbol_column, one.layout)


def _packages(was: BuildSpec, now: BuildSpec) -> str:
    before, after = ({one.name: one.version for one in spec.environment.distributions} for spec in (was, now))
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    shown = [f"{name} {before.get(name, 'none')} -> {after.get(name, 'none')}" for name in names[:4]]
    return ", ".join(shown) + (f" and {len(names) - 4} more" if len(names) > 4 else "") or "files of packages"


def _late(prices: PinnedInput, last: str, as_of: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H38",
        message=f"the data of `{prices.name}` end on {last}, before {as_of}",
        cause=why_late(prices),
        fixes=("try again when the data are there", f"`--as-of {last}` fits what is there"),
    )


def _unknown(model: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I19",
        message=f"no version of {model} is registered",
        cause="a refit fits a registered version anew",
        fixes=("`nbcode promote NOTEBOOK` makes the first", "`nbcode models` lists what there is"),
    )


def _not_here(version: ModelVersion, why: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-I39",
        message=f"version {version.version} of {version.model} cannot be fitted anew here",
        cause=why,
        fixes=(
            "run it in the project that it was promoted from",
            "`git fetch` the ref refs/nbcode/* from there",
        ),
    )
