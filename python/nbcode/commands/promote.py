"""`nbcode promote`: from a tagged notebook to a registered candidate, through the journal.

1. Build the spec; every finding of the notebook ends it here.
2. Take the lease of the key; another promote of the same spec is waited for, and then it exists.
3. Begin in the journal, or go on with what a dead process left there.
4. Reconcile to the end. A kill anywhere is finished by the next command or `nbcode resume`.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.artifact import figures_of, judgement_of, look_ahead_of
from nbcode.commands.fan_out import FanOut, told_alone
from nbcode.commands.preparing import Built, name_in
from nbcode.commands.reconciling import (
    OnEvent,
    PromotePorts,
    finish_interrupted,
    leased,
    reconcile_once,
    report_step,
    wait_for_the_end,
)
from nbcode.configuration import HERE
from nbcode.primitives import (
    Diagnostic,
    Digest,
    Exit,
    Json,
    Judgement,
    LookAhead,
    NbcodeError,
    Severity,
    Verdict,
    dataclass,
    digest_bytes,
    exit_for,
    to_plain,
)
from nbcode.promotion import (
    AdoptionAllowed,
    EffectPorts,
    Promotion,
    ReconcileResult,
    Retried,
    State,
    diagnostics_of,
    effects_at,
    given_back,
    is_of_a_controller,
    lost_version,
    promotion_key,
    step,
)
from nbcode.registry import Figures, owned_by_another
from nbcode.run import RunEvent
from nbcode.spec import made_from_digest

if TYPE_CHECKING:
    from nbcode.commands.outputs.promoting import PromoteOutput

__all__ = ["OnEvent", "PromotePorts", "PromoteResult", "Status", "promote", "result_of"]

_READ = frozenset({"NBC-D20", "NBC-D29"})
"""What is told of look-ahead by the text of cells, as a warning."""


class Status(StrEnum):
    """How a promote ended."""

    DONE = "done"
    EXISTS = "exists"
    FAILED = "failed"
    SUBMITTED = "submitted"


@dataclass(frozen=True, kw_only=True, slots=True)
class PromoteResult:
    """What a promote came to. ``seconds`` are wall seconds by step; ``alias`` is None when another version has it."""

    status: Status
    model: str
    version: int | None
    alias: str | None
    spec_digest: Digest
    definition_digest: Digest
    artifact_digest: Digest | None
    artifact: Path | None
    report: Path | None
    isolation: str | None
    seconds: tuple[tuple[str, float], ...]
    metrics: tuple[tuple[str, Json], ...]
    folds: tuple[Json, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    run_id: str | None = None
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None
    line: str = ""
    fan_out: FanOut | None = None

    @property
    def exit_code(self) -> Exit:
        """0 when there is a candidate, or the run is where it was to be brought; else whose turn it is."""
        return exit_for(self.diagnostics) if self.status is Status.FAILED else Exit.DONE

    def to_json(self) -> PromoteOutput:
        """The one object that `promote --json` ends with."""
        return {
            "status": str(self.status),
            "model": self.model,
            "version": self.version,
            "alias": self.alias,
            "spec_digest": self.spec_digest,
            "definition_digest": self.definition_digest,
            "artifact_digest": self.artifact_digest,
            "artifact": str(self.artifact) if self.artifact else None,
            "report": str(self.report) if self.report else None,
            "isolation": self.isolation,
            "seconds": dict(self.seconds),
            "metrics": dict(self.metrics),
            "folds": list(self.folds),
            "diagnostics": [d.to_json() for d in self.diagnostics],
            "run_id": self.run_id,
            "look_ahead": to_plain(self.look_ahead),
            "judged": to_plain(self.judged),
            "line": self.line,
            "fan_out": None if self.fan_out is None else self.fan_out.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What is asked of a promote: the sandbox, running again what is registered already, taking over another owner's model; and the number of the version
    that is fitted anew, None for a promote by hand."""

    isolation: str = "auto"
    again: bool = False
    adopt: bool = False
    refit_of: int | None = None
    on: str = HERE
    wait: bool = True


def promote(
    notebook: Path,
    ports: PromotePorts,
    *,
    isolation: str = "auto",
    again: bool = False,
    adopt: bool = False,
    refit_of: int | None = None,
    on: str = HERE,
    wait: bool = True,
) -> PromoteResult:
    """Promote ``notebook``. ``again`` runs what is registered already once more, gives its version its files and the alias, or registers anew what was deleted
    outside nbcode; ``adopt`` takes over a registered model of another owner; ``refit_of`` is the number of the version that is fitted anew; without ``wait`` it ends when the run is submitted.

    Raises ``NbcodeError`` for findings of the notebook (nothing was begun) and for the machine's troubles (what was begun is resumable). ``KeyboardInterrupt`` passes through, and ``CancelledError`` comes when ``ports.cancellation`` was requested:
    the journal stays resumable, no process is left.
    """
    began_s = ports.monotonic_s()
    if on == HERE and not wait:
        raise NbcodeError([_nobody_to_wait(notebook)], Exit.USER)
    report_step(ports, "build")
    built = ports.build(notebook)
    planned = _fan_out(ports, built)
    ports.cancellation.raise_if_requested()
    ports.answered()
    built_s = ports.monotonic_s() - began_s
    key = promotion_key(built.spec.meta.id, made_from_digest(built.spec), built.spec.environment.platform_key)
    wishes = Wishes(isolation=isolation, again=again, adopt=adopt, refit_of=refit_of, on=on)
    with leased(ports, key):
        promotion, existed = _begun(ports, notebook, built, key, wishes=wishes)
        begun_s = ports.monotonic_s() - began_s - built_s
        if not existed:
            ports.on_work(built.spec_digest)
        reached = ReconcileResult(promotion=promotion) if existed else _carried(ports, promotion)
    promotion = wait_for_the_end(ports, key, reached) if wait else reached.promotion
    if wait:
        finish_interrupted(ports)
    result = result_of(promotion, ports.effect_ports, existed=existed)
    steps = (("build", built_s), ("begin", begun_s), *(() if existed else promotion.seconds))
    return replace(
        result,
        seconds=_whole(steps, ports.monotonic_s() - began_s),
        fan_out=planned,
        diagnostics=(
            *_after_the_look(built.diagnostics, result.look_ahead),
            *ports.notices,
            *_another_form(promotion, built, existed=existed),
            *result.diagnostics,
        ),
    )


def _fan_out(ports: PromotePorts, built: Built) -> FanOut | None:
    """Over how many runs the folds are spread; what that costs is told before anything runs."""
    planned = ports.fan_out(built)
    for line in () if planned is None else planned.lines():
        ports.on_event(RunEvent(kind="note", name="fan-out", elapsed_s=ports.monotonic_s(), text=line))
    ports.notices.extend(() if planned is None else told_alone(planned))
    return planned


def _another_form(promotion: Promotion, built: Built, *, existed: bool) -> Iterator[Diagnostic]:
    """NBC-A38, a note, where what was asked for is written otherwise than what is registered, and gives the same artifact."""
    if existed and promotion.spec_digest != built.spec_digest:
        yield Diagnostic(
            code="NBC-A38",
            severity=Severity.NOTE,
            message=f"this is version {promotion.version}, which was promoted from {promotion.notebook}: the same model, written otherwise",
            cause="definition, [meta], inputs and environment are the same, so the artifact is the same: nothing was run or registered anew",
        )


def _after_the_look(found: tuple[Diagnostic, ...], look_ahead: LookAhead | None) -> tuple[Diagnostic, ...]:
    """What was found by reading the cells; a look-ahead that the run looked for, and did not find, is a note."""
    if look_ahead is None or look_ahead.verdict is not Verdict.NONE_FOUND or look_ahead.because:
        return found
    looked = (
        "; that is what the text says: the run found no look-ahead when it gave the inputs another future"
    )
    return tuple(
        replace(one, severity=Severity.NOTE, cause=f"{one.cause}{looked}")
        if one.code in _READ and one.severity is Severity.WARNING
        else one
        for one in found
    )


def result_of(promotion: Promotion, effect_ports: EffectPorts, *, existed: bool) -> PromoteResult:
    """The result of a finished promotion, read from the journal, the artifact and the registry."""
    failed = promotion.state is State.FAILED
    elsewhere = _made_elsewhere(promotion, effect_ports)
    artifact = (
        effect_ports.artifacts.path(promotion.artifact_digest)
        if promotion.artifact_digest and not elsewhere
        else None
    )
    figures, folds = figures_of(artifact) if artifact else (_registered(promotion, effect_ports), ())
    look_ahead = look_ahead_of(artifact) if artifact else None
    judged = judgement_of(artifact) if artifact else None
    report = artifact / "report.html" if artifact else None
    alias = None if failed or not promotion.finished else _alias(promotion, effect_ports)
    return PromoteResult(
        status=_status(promotion, existed=existed),
        model=promotion.model,
        version=promotion.version,
        alias=alias,
        spec_digest=promotion.spec_digest,
        definition_digest=promotion.definition_digest,
        artifact_digest=promotion.artifact_digest,
        artifact=artifact,
        report=report if report and report.is_file() else None,
        isolation=promotion.isolation,
        seconds=promotion.seconds,
        metrics=tuple(figures.items()),
        folds=folds,
        look_ahead=look_ahead,
        judged=judged,
        line=promotion.line,
        diagnostics=_told(promotion, effect_ports, elsewhere, existed=existed),
        run_id=promotion.run_id,
    )


def _status(promotion: Promotion, *, existed: bool) -> Status:
    if promotion.state is State.FAILED:
        return Status.FAILED
    if not promotion.finished:
        return Status.SUBMITTED
    return Status.EXISTS if existed else Status.DONE


def _submitted(promotion: Promotion) -> Diagnostic:
    """NBC-H42: how what goes on elsewhere is followed."""
    return Diagnostic(
        code="NBC-H42",
        severity=Severity.NOTE,
        message=f"the run {promotion.run_id} is on the cluster, and nobody waits for it here",
        fixes=(
            "`nbcode status` shows how far it is",
            f"`nbcode logs {promotion.run_id} -f` shows what it says, as it comes",
            f"`nbcode cancel {promotion.run_id}` ends it",
        ),
    )


def _nobody_to_wait(notebook: Path) -> Diagnostic:
    return Diagnostic(
        code="NBC-X01",
        message="--no-wait is for runs on a cluster",
        cause="a run of this machine ends with the process that submitted it",
        fixes=(f"`nbcode promote {shlex.quote(str(notebook))} --on argo --no-wait`",),
    )


def _told(
    promotion: Promotion, effect_ports: EffectPorts, elsewhere: tuple[Diagnostic, ...], *, existed: bool
) -> tuple[Diagnostic, ...]:
    """Why it failed; else what is to be said of it. What the run found was told when it ran; of an earlier one it is told again."""
    if not promotion.finished:
        return (_submitted(promotion),)
    if promotion.failure:
        return diagnostics_of(promotion.failure)
    return (*elsewhere, *(effect_ports.runs.findings(promotion) if existed else ()))


def _whole(steps: tuple[tuple[str, float], ...], total_s: float) -> tuple[tuple[str, float], ...]:
    """The steps, what came after the last of them (``end``: its line in the journal, what others left, the answer), and the
    total, which is the sum of all; but where another process had taken a part of the steps, the total is this one's alone."""
    rounded = tuple((name, round(taken, 3)) for name, taken in steps)
    total = round(total_s, 3)
    rest = round(total - sum(taken for _, taken in rounded), 3)
    return (*rounded, ("end", max(rest, 0.0)), ("total", total))


def _new(ports: PromotePorts, name: str, built: Built, key: Digest, *, wishes: Wishes) -> Promotion:
    at = ports.now()
    return Promotion(
        key=key,
        model=built.spec.meta.id,
        spec_digest=built.spec_digest,
        definition_digest=built.definition_digest,
        platform=built.spec.environment.platform_key,
        notebook=name,
        who=ports.who,
        begun_at=at,
        updated_at=at,
        isolation_asked=wishes.isolation,
        project=str(ports.effect_ports.root),
        notebook_digest=digest_bytes(built.data),
        adopt=wishes.adopt,
        refit_of=wishes.refit_of,
        runs_on=wishes.on,
    )


def _begun(
    ports: PromotePorts,
    notebook: Path,
    built: Built,
    key: Digest,
    *,
    wishes: Wishes,
) -> tuple[Promotion, bool]:
    """The promotion in the journal, and whether it is a candidate already. The caller holds the lease."""
    journal = ports.effect_ports.journal
    found = journal.read(key)
    name = name_in(ports.effect_ports.root, notebook)
    ports.store_spec(built.spec_digest, built.spec_bytes)
    if not wishes.adopt and (found is None or found.state is State.FAILED):
        _refuse_anothers(ports, built)
    if found is None:
        ports.failpoint("begin.before")
        new = _new(ports, name, built, key, wishes=wishes)
        begun = journal.begin(new, built.data)
        ports.failpoint("begin.journaled")
        return begun, False
    restores = _lacks_its_files(ports, found)
    if found.state is State.DONE and not restores and _still_there(ports, found, again=wishes.again):
        return found, True
    if _at_its_controller(ports, found):
        return found, False
    if found.finished or not ports.effect_ports.owner.began(found):
        retried = Retried(
            who=ports.who,
            isolation_asked=wishes.isolation,
            project=str(ports.effect_ports.root),
            notebook=name,
            notebook_digest=digest_bytes(built.data),
            spec_digest=built.spec_digest,
            takes_over=not found.finished,
            adopt=wishes.adopt,
            refit_of=wishes.refit_of,
            runs_on=wishes.on,
            restores=restores and found.state is State.DONE and not wishes.again,
        )
        renewed, _ = step(found, retried, at=ports.now())
        return journal.renew(found, renewed, built.data), False
    if wishes.adopt and not found.adopt:
        allowed, _ = step(found, AdoptionAllowed(), at=ports.now())
        journal.record(found, allowed)
        return allowed, False
    return found, False


def _carried(ports: PromotePorts, promotion: Promotion) -> ReconcileResult:
    """As far as it goes now, by whoever is at it."""
    if not _at_its_controller(ports, promotion):
        return reconcile_once(ports, promotion.key)
    report_step(ports, str(effects_at(promotion.state)[0]), "which is on the cluster already")
    return ReconcileResult(promotion=promotion)


def _at_its_controller(ports: PromotePorts, promotion: Promotion) -> bool:
    """Whether a cluster is at the same spec already, whoever asked first: it is watched, and not run a second time beside."""
    return ports.controlled and is_of_a_controller(promotion)


def _refuse_anothers(ports: PromotePorts, built: Built) -> None:
    """Raise NBC-I24 before anything is begun, where the registered model is of another owner: a clean run would end in that."""
    meta = built.spec.meta
    owner = ports.owner_of(meta.id)
    if owner is not None and owner != meta.owner:
        raise NbcodeError([owned_by_another(meta.id, meta.owner, owner)])


def _lacks_its_files(ports: PromotePorts, promotion: Promotion) -> bool:
    """Whether `nbcode gc` removed the bytes of its version, which is told."""
    version = ports.effect_ports.registry.find(promotion.model, promotion.key)
    if version is None or not version.collected_at:
        return False
    ports.notices.append(given_back(version))
    return True


def _still_there(ports: PromotePorts, promotion: Promotion, *, again: bool) -> bool:
    """Whether the registry holds what the ledger says. Raises NBC-I06, NBC-I07 when it does not, unless ``again``."""
    if again:
        return False
    version = ports.effect_ports.registry.find(promotion.model, promotion.key)
    if version is None or version.version != promotion.version:
        raise NbcodeError([lost_version(promotion, version.version if version else None)])
    if promotion.artifact_digest is not None and not _made_elsewhere(promotion, ports.effect_ports):
        changed = ports.effect_ports.artifacts.verify(promotion.artifact_digest)
        if changed:
            raise NbcodeError(changed)
    return True


def _made_elsewhere(promotion: Promotion, effect_ports: EffectPorts) -> tuple[Diagnostic, ...]:
    """NBC-I31, a note, when somebody who shares the journal made it, in a store of his own; or a controller did."""
    if (
        promotion.artifact_digest is None
        or (promotion.runs_on == HERE and effect_ports.owner.began(promotion))
        or effect_ports.artifacts.path(promotion.artifact_digest).exists()
    ):
        return ()
    if promotion.runs_on != HERE:
        return (_finished_by_a_controller(promotion),)
    note = Diagnostic(
        code="NBC-I31",
        severity=Severity.NOTE,
        message=f"{promotion.model} version {promotion.version} was promoted by {promotion.who} in {promotion.project}",
        cause="the journal is shared: the artifact and its report are in that store, and in the registry",
        fixes=("nothing need be done: the registry has it",),
    )
    return (note,)


def _finished_by_a_controller(promotion: Promotion) -> Diagnostic:
    named = f"{promotion.model} {promotion.version}"
    return Diagnostic(
        code="NBC-I31",
        severity=Severity.NOTE,
        message=f"{promotion.model} version {promotion.version} was finished in the cluster",
        cause="its artifact and its report are in the registry",
        fixes=(f"`nbcode export {named}` brings them here",) if promotion.version else (),
    )


def _registered(promotion: Promotion, effect_ports: EffectPorts) -> Mapping[str, Json]:
    """The figures that the registry has of it, as far as it answers; none where it was not registered."""
    if promotion.version is None or promotion.runs_on == HERE:
        return {}
    with suppress(NbcodeError):
        for model in effect_ports.registry.registered(promotion.model, figures=Figures.ALL):
            for one in model.versions:
                if one.version.version == promotion.version:
                    return dict(one.figures)
    return {}


def _alias(promotion: Promotion, effect_ports: EffectPorts) -> str | None:
    version = effect_ports.registry.find(promotion.model, promotion.key)
    return version.alias if version else None
