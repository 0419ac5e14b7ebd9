"""The effects of a promotion, each over the port of its room. All are idempotent by content or by name.

A refusal that belongs to this spec (a cell that raises, a gate, another artifact of the same spec) ends the promotion as
failed. One that belongs to the machine (a locked registry, a full disk) leaves it where it is: ``NbcodeError`` passes
through, and the next reconcile goes on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from nbcode.artifact import ArtifactRefusedError, Figures, figures_of, judgement_of, look_ahead_of
from nbcode.configuration import RefitConfig
from nbcode.environment import Serving
from nbcode.notebook import source_file
from nbcode.primitives import Diagnostic, Digest, NbcodeError, Severity, dataclass, errors_of
from nbcode.promotion.drift import Drift, FinalModels
from nbcode.promotion.failures import failure_of
from nbcode.promotion.gates import Evidence, failing_gates, resting_on_cells
from nbcode.promotion.journal import Journal
from nbcode.promotion.ownership import Owner
from nbcode.promotion.promoted_cells import promoted_file
from nbcode.promotion.refits import (
    Refit,
    as_refit,
    as_warnings,
    data_until,
    drift_between,
    failing_limits,
    is_refit,
    left_where_it_is,
    refit_in,
    set_back_by_hand,
    spec_from,
)
from nbcode.promotion.registering import (
    adopted,
    alias_moved,
    another_artifact,
    candidate_of_another_notebook,
    later_candidate,
    lost_version,
    registration_of,
    superseded_by,
    taken_from,
)
from nbcode.promotion.state import (
    Aliased,
    Built,
    Effect,
    Event,
    Failed,
    Finished,
    Promotion,
    Registered,
    RunLost,
    Snapshotted,
    Submitted,
    Verified,
    next_run_id,
)
from nbcode.promotion.tried import trial_of, tried, undeclared, without_ledger
from nbcode.registry import ModelVersion, Registry
from nbcode.run import EXECUTED_NAME
from nbcode.snapshot import Snapshots
from nbcode.spec import BuildSpec
from nbcode.trials import Multiplicity, Trial, TrialLedger


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEnd:
    """How the run of a promotion ended; its output is complete when ``ok``."""

    ok: bool
    isolation: str
    seconds: tuple[tuple[str, float], ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """The effect is performed, and what comes of it is not known yet: ask again after ``retry_after_s``."""

    retry_after_s: float


class Runs(Protocol):
    """The runs of a store, by the name that the journal holds."""

    def submit(self, promotion: Promotion) -> str:
        """Have it run under ``promotion.run_id``; again is fine. Where it runs, empty for this machine. Raises ``NbcodeError`` when it cannot be run."""
        ...

    def observe(self, promotion: Promotion) -> RunEnd | RunLost | Pending:
        """How it ended; or that nobody runs it any more; or that it goes on, somewhere else, without us.

        A run that would end with this process is followed to its end. Raises ``NbcodeError`` when nothing can be said now.
        """
        ...

    def watch(self, promotion: Promotion) -> None:
        """Tell what its run has said since it was last asked; changes nothing. Raises ``NbcodeError`` when nothing can be said now."""
        ...

    def out(self, promotion: Promotion) -> Path:
        """Where its output is, or will be."""
        ...

    def findings(self, promotion: Promotion) -> tuple[Diagnostic, ...]:
        """What the run found, also long after it was cleaned away; nothing where that is not known here."""
        ...

    def counted_elsewhere(self, promotions: Iterable[Promotion]) -> tuple[Trial, ...]:
        """The trials of those of ``promotions`` that ran on a cluster, where somebody else counted them. Raises ``NbcodeError`` when that cannot be asked now."""
        ...

    def clean(self, promotion: Promotion) -> None:
        """Remove what is temporary; the record (events, log) stays. Idempotent."""
        ...


class Artifacts(Protocol):
    """The content-addressed store."""

    def store(self, promotion: Promotion, out: Path) -> Digest:
        """Check ``out`` against its result manifest and store it; the same files give the same digest.

        Raises ``NbcodeError`` when a file is not what the manifest says.
        """
        ...

    def path(self, digest: Digest) -> Path:
        """The directory of a stored artifact."""
        ...

    def verify(self, digest: Digest) -> tuple[Diagnostic, ...]:
        """Every stored file read again: NBC-I06 for each that is not what it was."""
        ...

    def serving(self, digest: Digest, spec: BuildSpec) -> Serving:
        """What predicting with the stored model of ``spec`` needs, as far as it is known here."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class EffectPorts:
    """What a promotion acts on. ``root`` is what the notebooks' paths are relative to; ``owner`` tells whose a promotion is;
    ``trials`` is the ledger of what was looked at; ``spec`` gives back the spec that a promotion was begun with; ``notice`` hears what does not hinder; a refit is held to ``limits``;
    ``finals`` compares the final models in two artifacts, of which the second is of that promotion, on the sessions after a day."""

    root: Path
    owner: Owner
    journal: Journal
    snapshots: Snapshots
    runs: Runs
    artifacts: Artifacts
    registry: Registry
    trials: TrialLedger
    spec: Callable[[Digest], BuildSpec]
    notice: Callable[[Diagnostic], None]
    limits: RefitConfig = field(default_factory=RefitConfig)
    finals: Callable[[Promotion, Path, Path, str | None], FinalModels | None] = lambda *_: None


_ANOTHER_DAY = frozenset(
    f"NBC-{code}"
    for code in "F07 H10 H11 H12 H15 H16 H22 H40 I01 I03 I15 I16 I17 I25 I26 I27 I28 I29 I36".split()
)
"""The machine's or a neighbour's fault: the promotion itself is as good as it was."""


def _disk(effect: Effect, error: OSError) -> Diagnostic:
    return Diagnostic(
        code="NBC-I15",
        message=f"the store could not be read or written at step {effect}",
        cause=f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""),
        fixes=("check the free space and the permissions of the store (.nbcode), then `nbcode resume`",),
    )


class Performer:
    """Performs effects on the rooms it was given."""

    def __init__(self, effect_ports: EffectPorts, failpoint: Callable[[str], None]) -> None:
        """``failpoint`` is passed inside the effects that have more than one part."""
        self._effect_ports = effect_ports
        self._failpoint = failpoint

    def __call__(self, effect: Effect, promotion: Promotion) -> Event | Pending:
        """Perform ``effect``. Raises ``NbcodeError`` for what is not this promotion's fault."""
        try:
            return self._by_effect()[effect](promotion)
        except NbcodeError as error:
            found: tuple[Diagnostic, ...] = error.diagnostics
            cause: Exception = error
        except OSError as error:
            found, cause = (_disk(effect, error),), error
        if any(d.code in _ANOTHER_DAY for d in errors_of(found)):
            raise NbcodeError(found) from cause
        return Failed(failure=failure_of(found))

    def _by_effect(self) -> Mapping[Effect, Callable[[Promotion], Event | Pending]]:
        return {
            Effect.SNAPSHOT: self._snapshot,
            Effect.SUBMIT: self._submit,
            Effect.RUN: self._run,
            Effect.VERIFY: self._verify,
            Effect.REGISTER: self._register,
            Effect.ALIAS: self._alias,
            Effect.FINISH: self._finish,
        }

    def _snapshot(self, promotion: Promotion) -> Event:
        data = self._effect_ports.journal.payload(promotion.key)
        if data is None:
            raise KeyError(promotion.key)
        taken = self._effect_ports.snapshots.take(
            source_file(self._effect_ports.root / promotion.notebook),
            data,
            model_id=promotion.model,
            message=f"nbcode: {promotion.model} {promotion.spec_digest}",
            recorded_at=datetime.fromisoformat(promotion.begun_at),
        )
        for note in taken.notes:
            self._effect_ports.notice(note)
        return Snapshotted(commit=taken.commit)

    def _submit(self, promotion: Promotion) -> Event:
        run_id = next_run_id(promotion)
        runs_in = self._effect_ports.runs.submit(replace(promotion, run_id=run_id))
        return Submitted(run_id=run_id, runs_in=runs_in)

    def _run(self, promotion: Promotion) -> Event | Pending:
        ended = self._effect_ports.runs.observe(promotion)
        if not isinstance(ended, RunEnd):
            return ended
        for note in ended.diagnostics:
            if ended.ok:
                self._effect_ports.notice(note)
        if not ended.ok:
            raise NbcodeError(ended.diagnostics)
        return Built(isolation=ended.isolation, seconds=ended.seconds)

    def _verify(self, promotion: Promotion) -> Event:
        digest = self._effect_ports.artifacts.store(promotion, self._out(promotion))
        self._failpoint("verify.stored")
        changed = self._effect_ports.artifacts.verify(digest)
        if errors_of(changed):
            return Failed(failure=failure_of(changed))
        return Verified(artifact_digest=digest)

    def _out(self, promotion: Promotion) -> Path:
        """What its run left; taken from the runner again where it was with a controller whose disk is gone with it."""
        out = self._effect_ports.runs.out(promotion)
        if not out.exists():
            ended = self._effect_ports.runs.observe(promotion)
            if isinstance(ended, RunEnd) and not ended.ok:
                raise NbcodeError(ended.diagnostics)
        return out

    def _have_artifact(self, promotion: Promotion, digest: Digest) -> None:
        """What was verified elsewhere is stored here, too. Raises NBC-I06 where it is not the same any more."""
        out, artifacts = self._out(promotion), self._effect_ports.artifacts
        if artifacts.path(digest).exists():
            return
        found = artifacts.store(promotion, out)
        if found != digest:
            raise NbcodeError([another_artifact(promotion, found)])

    def _register(self, promotion: Promotion) -> Event:
        if promotion.artifact_digest is None:
            raise ValueError(f"a promotion that is {promotion.state} has no artifact")
        self._have_artifact(promotion, promotion.artifact_digest)
        spec = self._effect_ports.spec(promotion.spec_digest)
        artifact = self._effect_ports.artifacts.path(promotion.artifact_digest)
        figures, _ = figures_of(artifact)
        refit, moved = self._refit(promotion, spec, artifact)
        said = Evidence(figures=figures, look_ahead=look_ahead_of(artifact), judged=judgement_of(artifact))
        found = self._tried(promotion, spec, artifact)
        unmet = (*failing_gates(spec.meta.gates, said), *self._beyond_limits(promotion, refit, moved))
        if unmet:
            return Failed(failure=failure_of(unmet))
        stated = resting_on_cells(spec.meta.gates, said)
        for one in stated:
            self._effect_ports.notice(one)
        wanted = registration_of(
            promotion,
            spec,
            artifact,
            figures,
            look_ahead=said.look_ahead,
            judged=said.judged,
            findings=(*self._effect_ports.runs.findings(promotion), *stated),
            trials=str(found or ""),
            serving=self._effect_ports.artifacts.serving(promotion.artifact_digest, spec),
            before=self._before(promotion),
        )
        if refit is not None:
            wanted = as_refit(wanted, refit, moved)
        version = self._effect_ports.registry.register(
            replace(
                wanted,
                executed=self._out(promotion) / EXECUTED_NAME,
                sources=self._sources(promotion),
            )
        )
        if version.adopted_from is not None:
            self._effect_ports.notice(adopted(version, wanted.owner))
        return Registered(version=version.version, account=version.account, line=version.line)

    def _refit(self, promotion: Promotion, spec: BuildSpec, artifact: Path) -> tuple[Refit | None, Drift]:
        """What it is a refit of, and how far it is from the fit before."""
        ports = self._effect_ports
        versions = ports.registry.versions(promotion.model)
        refit = refit_in(
            promotion,
            spec,
            versions,
            lambda version: spec_from(ports.registry, version, ports.spec),
            given=[one.line for one in ports.journal.promotions(promotion.model) if one.key != promotion.key],
        )
        if refit is None:
            return None, Drift()
        horizon = int(spec.meta.horizon.removesuffix("d"))
        since = self._data_until(refit.before)
        found = drift_between(
            ports.registry,
            refit,
            artifact,
            ports.artifacts.path,
            horizon,
            finals=lambda before: ports.finals(promotion, before, artifact, since),
        )
        return refit, found

    def _beyond_limits(
        self, promotion: Promotion, refit: Refit | None, moved: Drift
    ) -> tuple[Diagnostic, ...]:
        """What stops a refit; of a promote by hand it is told, and does not hinder."""
        if refit is None:
            return ()
        beyond = () if refit.is_registered else failing_limits(moved, self._effect_ports.limits, refit)
        for one in (is_refit(refit, moved), *(() if promotion.refit_of else as_warnings(beyond))):
            self._effect_ports.notice(one)
        return beyond if promotion.refit_of else ()

    def _sources(self, promotion: Promotion) -> tuple[tuple[str, str], ...]:
        """What was promoted, as files."""
        data = self._effect_ports.journal.payload(promotion.key)
        found = None if data is None else promoted_file(data, promotion.notebook)
        return () if found is None else (found,)

    def _before(self, promotion: Promotion) -> tuple[Promotion, BuildSpec] | None:
        """The version that was registered last before this promote and is still there, and its spec, where the store still has it."""
        there = {one.version for one in self._effect_ports.registry.versions(promotion.model)}
        others = [
            one
            for one in self._effect_ports.journal.promotions(promotion.model)
            if one.version in there and one.key != promotion.key
        ]
        last = max(others, key=lambda one: one.version or 0, default=None)
        with contextlib.suppress(NbcodeError, OSError):
            return None if last is None else (last, self._effect_ports.spec(last.spec_digest))
        return None

    def _tried(self, promotion: Promotion, spec: BuildSpec, artifact: Path) -> Multiplicity | None:
        """Count what is promoted among the trials, whatever becomes of it, and tell where more was looked at than is declared."""
        if self._ledger_begins_late(promotion):
            self._count_again(promotion)
        self._count_elsewhere(promotion)
        own = trial_of(promotion, spec, artifact)
        if own is not None:
            self._effect_ports.trials.add(own)
        found = tried(promotion, spec, artifact, self._effect_ports.trials.read())
        if found is not None and found.undeclared:
            self._effect_ports.notice(undeclared(found))
        return found

    def _count_elsewhere(self, promotion: Promotion) -> None:
        """Count what a cluster's controller counted for other promotions of the model. Where that cannot be seen now it is told, and hinders nothing."""
        others = self._effect_ports.journal.promotions(promotion.model)
        try:
            counted = self._effect_ports.runs.counted_elsewhere(
                one for one in others if one.key != promotion.key
            )
        except NbcodeError as error:
            for one in error.diagnostics:
                self._effect_ports.notice(replace(one, severity=Severity.WARNING))
            return
        for trial in counted:
            self._effect_ports.trials.add(trial)

    def _ledger_begins_late(self, promotion: Promotion) -> bool:
        """Whether the ledger's first line is younger than what was registered from this project before: it was taken away, also where a look
        has begun it anew since."""
        first = min((one.first_at for one in self._effect_ports.trials.read()), default=None)
        return any(
            first is None or one.begun_at < first
            for one in self._effect_ports.journal.promotions()
            if one.version is not None and one.project == promotion.project
        )

    def _count_again(self, promotion: Promotion) -> None:
        """A ledger that is gone, or was never there, gets what the journal knows: what was promoted before ``promotion``."""
        counted_again = 0
        for earlier in self._effect_ports.journal.promotions():
            left_out = earlier.key == promotion.key or earlier.project != promotion.project
            if left_out or earlier.artifact_digest is None:
                continue
            with contextlib.suppress(NbcodeError, OSError):  # its spec or its artifact was taken away too
                spec = self._effect_ports.spec(earlier.spec_digest)
                counted = trial_of(earlier, spec, self._effect_ports.artifacts.path(earlier.artifact_digest))
                if counted is not None:
                    counted_again += self._effect_ports.trials.add(counted)
        if counted_again:
            self._effect_ports.notice(without_ledger(counted_again))

    def _alias(self, promotion: Promotion) -> Event:
        registry = self._effect_ports.registry
        version = registry.find(promotion.model, promotion.key)
        if version is None or version.version != promotion.version:
            raise NbcodeError([lost_version(promotion, version.version if version else None)])
        candidate = registry.candidate(promotion.model)
        if promotion.superseded and candidate is not None:
            return Aliased(superseded=True)
        if promotion.refit_of is not None:
            left = left_where_it_is(
                promotion, candidate, registry.versions(promotion.model), self._data_until
            )
            if left is not None:
                self._effect_ports.notice(left)
                return Aliased(superseded=True)
        later = later_candidate(self._effect_ports.journal, promotion)
        if later is not None:
            self._effect_ports.notice(superseded_by(promotion, later))
            return Aliased(superseded=True)
        moved = alias_moved(promotion, self._effect_ports.journal, registry)
        if moved is not None:
            self._effect_ports.notice(moved)
            if promotion.refit_of is not None:
                self._effect_ports.notice(set_back_by_hand(promotion, candidate))
                return Aliased(superseded=True)
        self._tell_of_another_notebook(promotion)
        registry.set_candidate(version)
        return Aliased()

    def _data_until(self, version: ModelVersion) -> str | None:
        spec = spec_from(self._effect_ports.registry, version, self._effect_ports.spec)
        return None if spec is None else data_until(spec)

    def _tell_of_another_notebook(self, promotion: Promotion) -> None:
        so_far = candidate_of_another_notebook(
            promotion,
            self._effect_ports.journal,
            self._effect_ports.registry.candidate(promotion.model),
        )
        if so_far is None:
            return
        self._effect_ports.notice(
            taken_from(promotion, so_far, (self._figures(so_far), self._figures(promotion)))
        )

    def _figures(self, promotion: Promotion) -> Figures:
        if promotion.artifact_digest is None:
            return {}
        try:
            return figures_of(self._effect_ports.artifacts.path(promotion.artifact_digest))[0]
        except ArtifactRefusedError:  # `nbcode show` says what is wrong with it
            return {}

    def _finish(self, promotion: Promotion) -> Event:
        self._effect_ports.runs.clean(promotion)
        self._failpoint("finish.cleaned")
        return Finished()
