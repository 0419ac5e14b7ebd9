"""The store's files that belong to promotions: specs by digest, and the place of each run."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from alpha_bench.describe import left_beside, write_atomic
from nbcode.artifact import ArtifactStore, modules_of, verify
from nbcode.configuration import ARGO
from nbcode.environment import Serving, serving_of
from nbcode.primitives import Cancellation, Diagnostic, Digest, NbcodeError
from nbcode.promotion.dossier import HandOver
from nbcode.promotion.perform import Pending, RunEnd
from nbcode.promotion.state import Promotion, RunLost
from nbcode.promotion.storing import store_result
from nbcode.run import (
    FINDINGS_NAME,
    START,
    RunEvent,
    RunFollower,
    Runner,
    RunOutcome,
    RunPlan,
    RunReference,
    RunStatus,
    cancel_on_error,
    follow,
    read_findings,
    write_findings,
)
from nbcode.spec import BuildSpec, decode
from nbcode.trials import Trial

_ENDED = "ended.json"
_FIRST_LOOKS, _SOON_S, _LATER_S = 120, 0.5, 2.0
"""How soon a run of a cluster is asked about again: often in its first minute, in which somebody looks on."""
_TRIES = 3
"""How many runs a promotion gets on a cluster that loses them."""


class SpecFiles:
    """``specs/<hex>.json``: the bytes of every spec that was promoted, as they were."""

    def __init__(self, directory: Path) -> None:
        """``directory`` is made when the first spec is kept."""
        self._directory = directory

    def store(self, digest: Digest, data: bytes) -> None:
        """Write ``data`` under ``digest``, unless it is there. One writer at a time: the caller holds the promotion's lease."""
        path = self._directory / f"{digest.hex}.json"
        if not path.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            for left in left_beside(path):  # of one that was killed while it wrote
                left.unlink(missing_ok=True)
            write_atomic(path, data, durable=True)

    def read(self, digest: Digest) -> BuildSpec:
        """The spec. Raises ``NbcodeError`` (NBC-I06) when it is gone."""
        return decode(self.bytes_of(digest))

    def bytes_of(self, digest: Digest) -> bytes:
        """The canonical bytes of the spec. Raises as :meth:`read`."""
        try:
            return (self._directory / f"{digest.hex}.json").read_bytes()
        except FileNotFoundError:
            gone = Diagnostic(
                code="NBC-I06",
                message=f"the spec {digest.short} is gone from the store",
                cause=f"{self._directory} has no {digest.hex}.json",
                fixes=("promote the notebook again",),
            )
            raise NbcodeError([gone]) from None


class StoreRuns:
    """``runs/<run_id>/``: the ``Runs`` port over a runner. How a run ended is written down beside its result, so that a kill
    after it does not make it run again."""

    def __init__(
        self,
        directory: Path,
        runner: Callable[[str], Runner],
        *,
        plan: Callable[[Promotion], RunPlan],
        on_event: Callable[[RunEvent], None],
        failpoint: Callable[[str], None],
        cancellation: Cancellation | None = None,
        hand_over: HandOver | None = None,
    ) -> None:
        """``hand_over``: what runs on a cluster is laid down for its controller, which goes on with it, and only watched here; None: it is finished here. ``runner`` gives the one of where a promotion runs; ``plan`` makes the plan of a promotion that has the name of its run;
        ``cancellation`` ends the following of a run."""
        self._directory = directory
        self._runner = runner
        self._plan = plan
        self._on_event = on_event
        self._failpoint = failpoint
        self._cancellation = cancellation or Cancellation()
        self._alive: set[str] = set()
        self._again: set[Digest] = set()
        self._followed: dict[str, tuple[RunFollower, _EventBuffer]] = {}
        self._watched: dict[str, str] = {}
        self._waits: dict[str, str] = {}
        self._hindered: set[str] = set()
        self._looks: dict[str, int] = {}
        self._hand_over = hand_over

    def submit(self, promotion: Promotion) -> str:
        if self._hand_over is not None and promotion.runs_on == ARGO:
            self._hand_over(promotion)  # before the run can end, and a controller hears of it
        runner = self._runner(promotion.runs_on)
        runner.submit(self._plan(promotion))
        return runner.place

    def observe(self, promotion: Promotion) -> RunEnd | RunLost | Pending:
        place = self._place(promotion)
        ended = _ended(place)
        if ended is not None:
            return ended
        if self._hand_over is not None and promotion.runs_on == ARGO:
            return Pending(retry_after_s=_LATER_S)
        runner = self._runner(promotion.runs_on)
        followed = self._followed.pop(place.name) if place.name in self._followed else None
        follower, buffer = followed or self._follower(promotion, runner)
        try:
            with cancel_on_error(follower):
                over = follower.poll().over
                if not over:
                    self._alive.add(place.name)
                    buffer.release()
        except NbcodeError:
            if runner.detached:  # the next look goes on where this one was
                self._followed[place.name] = follower, buffer
            raise
        if not over:
            if runner.detached:
                self._followed[place.name] = follower, buffer
                self._looks[place.name] = looks = self._looks.get(place.name, 0) + 1
                return Pending(retry_after_s=_SOON_S if looks <= _FIRST_LOOKS else _LATER_S)
            follow(follower, cancellation=self._cancellation)
        outcome = follower.outcome()
        if outcome.status is RunStatus.KILLED:
            return self._lost(promotion, outcome)
        buffer.release()
        if outcome.status is RunStatus.FINISHED:
            write_findings(place, outcome.diagnostics)
            write_atomic(place / _ENDED, _as_json(outcome), durable=True)
        else:
            self.clean(promotion)
        return RunEnd(
            ok=outcome.status is RunStatus.FINISHED,
            isolation=outcome.isolation,
            seconds=outcome.seconds,
            diagnostics=outcome.diagnostics,
        )

    def watch(self, promotion: Promotion) -> None:
        place = self._place(promotion)
        since = self._watched.get(place.name, START)
        seen = self._runner(promotion.runs_on).observe(self._reference(promotion), since)
        for event in seen.after(self._waits.get(place.name, "")):
            self._on_event(event)
        self._watched[place.name] = seen.cursor
        if seen.waits:
            self._waits[place.name] = seen.waits
        for found in () if self._hand_over is None else self._hand_over.hindered(promotion):
            self._tell_once(promotion, found)

    def _tell_once(self, promotion: Promotion, found: Diagnostic) -> None:
        told = f"{found.code} its controller waits at {promotion.state}: {found.message}" + (
            f": {found.cause}" if found.cause else ""
        )
        if told not in self._hindered:
            self._hindered.add(told)
            self._on_event(RunEvent(kind="note", name="waits", elapsed_s=0.0, text=told))

    def out(self, promotion: Promotion) -> Path:
        return self._place(promotion) / "out"

    def clean(self, promotion: Promotion) -> None:
        place = self._place(promotion)
        self._runner(promotion.runs_on).discard(self._reference(promotion))
        for result in (place / "out", *place.glob("out.*.part")):  # and what a killed fetch left of it
            shutil.rmtree(result, ignore_errors=True)
        for left in (*left_beside(place / FINDINGS_NAME), *left_beside(place / _ENDED), place / _ENDED):
            left.unlink(missing_ok=True)

    def findings(self, promotion: Promotion) -> tuple[Diagnostic, ...]:
        return () if promotion.run_id is None else read_findings(self._place(promotion))

    def counted_elsewhere(self, promotions: Iterable[Promotion]) -> tuple[Trial, ...]:
        return () if self._hand_over is None else self._hand_over.counted(promotions)

    def _lost(self, promotion: Promotion, outcome: RunOutcome) -> RunLost | RunEnd:
        """A run that was gone before we came is submitted again, once; one that ends under our eyes ends this command, since
        somebody meant it. Either way the promotion can go on."""
        run_id = self._reference(promotion).run_id
        self.clean(promotion)
        if promotion.runs_on == ARGO:
            return self._lost_elsewhere(run_id, outcome)
        if run_id in self._alive or promotion.key in self._again:
            raise NbcodeError(outcome.diagnostics or [_ended_from_outside(run_id, lost=outcome.lost)])
        self._again.add(promotion.key)
        return RunLost()

    def _lost_elsewhere(self, run_id: str, outcome: RunOutcome) -> RunLost | RunEnd:
        """A cluster takes pods from their runs, and that is no failure: it is tried again, so many times. A run that somebody cancelled has ended."""
        if not outcome.lost:
            return RunEnd(ok=False, isolation=outcome.isolation, diagnostics=(_cancelled(run_id),))
        if not run_id.endswith(f"-r{_TRIES}"):
            return RunLost()
        return RunEnd(ok=False, isolation=outcome.isolation, diagnostics=(_lost_too_often(run_id, outcome),))

    def _follower(self, promotion: Promotion, runner: Runner) -> tuple[RunFollower, _EventBuffer]:
        buffer, into = _EventBuffer(self._on_event, self._failpoint), self._place(promotion) / "out"
        return RunFollower(runner, self._reference(promotion), into=into, on_event=buffer), buffer

    def _reference(self, promotion: Promotion) -> RunReference:
        return RunReference(runner=self._runner(promotion.runs_on).kind, run_id=self._place(promotion).name)

    def _place(self, promotion: Promotion) -> Path:
        if promotion.run_id is None:
            raise ValueError(f"a promotion that is {promotion.state} has no run")
        return self._directory / promotion.run_id


class _EventBuffer:
    """Events on their way to the caller's listener; held back until it is known that they are not those of a run that was gone."""

    def __init__(self, on_event: Callable[[RunEvent], None], failpoint: Callable[[str], None]) -> None:
        self._on_event, self._failpoint = on_event, failpoint
        self._held: list[RunEvent] | None = []
        self._begun = False

    def __call__(self, event: RunEvent) -> None:
        if self._held is not None:
            self._held.append(event)
            return
        if not self._begun:
            self._failpoint("run.started")
        self._begun = True
        self._on_event(event)

    def release(self) -> None:
        """Tell what was held back, and from now on each as it comes."""
        held, self._held = self._held or (), None
        for event in held:
            self(event)


class StoredArtifacts:
    """The ``Artifacts`` port on the content-addressed store."""

    def __init__(
        self,
        directory: Path,
        spec: Callable[[Digest], BuildSpec],
        serving: Callable[[BuildSpec, Path], Serving] | None = None,
    ) -> None:
        """The store is in ``directory``; ``spec`` reads a spec that was kept; ``serving`` knows what its model needs (None: nobody does)."""
        self._store = ArtifactStore(directory)
        self._spec = spec
        self._serving = serving

    def store(self, promotion: Promotion, out: Path) -> Digest:
        spec = self._spec(promotion.spec_digest)
        return store_result(self._store, out, spec, promotion.spec_digest).digest

    def path(self, digest: Digest) -> Path:
        return self._store.path_of(digest)

    def verify(self, digest: Digest) -> tuple[Diagnostic, ...]:
        return verify(self._store.path_of(digest), digest)

    def serving(self, digest: Digest, spec: BuildSpec) -> Serving:
        return Serving() if self._serving is None else self._serving(spec, self._store.path_of(digest))


def serving(root: Path, cache: Path) -> Callable[[BuildSpec, Path], Serving]:
    """What the model in an artifact needs, by the lock file of ``root``; wheels that are made for it are kept below ``cache``."""
    return lambda spec, artifact: serving_of(
        spec.environment.distributions, modules_of(artifact), root=root, folder=cache / "serving"
    )


def _as_json(outcome: RunOutcome) -> bytes:
    return json.dumps({"isolation": outcome.isolation, "seconds": outcome.seconds}).encode()


def _ended(place: Path) -> RunEnd | None:
    try:
        found = json.loads((place / _ENDED).read_bytes())
    except FileNotFoundError:
        return None
    seconds = tuple((str(name), float(taken)) for name, taken in found["seconds"])
    return RunEnd(
        ok=True, isolation=str(found["isolation"]), seconds=seconds, diagnostics=read_findings(place)
    )


def _cancelled(run_id: str) -> Diagnostic:
    return Diagnostic(
        code="NBC-H41",
        message=f"the run {run_id} was cancelled",
        cause="somebody ended it, by `nbcode cancel` or in the cluster",
        fixes=(f"`nbcode retry {run_id}` runs it again",),
    )


def _lost_too_often(run_id: str, outcome: RunOutcome) -> Diagnostic:
    return Diagnostic(
        code="NBC-H41",
        message=f"the cluster lost the run {_TRIES} times, the last as {run_id}",
        cause="; ".join(one.cause or one.message for one in outcome.diagnostics),
        fixes=(
            f"`kubectl get events` tells what happens to its pods; `nbcode retry {run_id}` when that is mended",
        ),
    )


def _ended_from_outside(run_id: str, *, lost: bool) -> Diagnostic:
    return Diagnostic(
        code="NBC-H15",
        message=f"the run {run_id} was ended from outside, without a result",
        cause="the runner no longer has it" if lost else "it was cancelled",
        fixes=("`nbcode resume` runs it again",),
    )
