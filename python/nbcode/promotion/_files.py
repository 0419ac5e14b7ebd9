"""The store's files that belong to promotions: specs by digest, and the place of each run."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from nbcode.artifact import ArtifactStore, Provenance, verify
from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.promotion.perform import RunEnd
from nbcode.promotion.state import Promotion
from nbcode.run import RunEvent, Runner, RunOutcome, RunPlan, RunStatus, read_result
from nbcode.spec import BuildSpec, decode

_ENDED = "ended.json"
_TEMPORARY = ("out", "control")


class SpecFiles:
    """``specs/<hex>.json``: the bytes of every spec that was promoted, as they were."""

    def __init__(self, directory: Path) -> None:
        """``directory`` is made when the first spec is kept."""
        self._directory = directory

    def keep(self, digest: Digest, data: bytes) -> None:
        """Write ``data`` under ``digest``, unless it is there."""
        path = self._directory / f"{digest.hex}.json"
        if not path.exists():
            self._directory.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)

    def read(self, digest: Digest) -> BuildSpec:
        """The spec. Raises ``NbcodeError`` (NBC-I06) when it is gone."""
        try:
            return decode((self._directory / f"{digest.hex}.json").read_bytes())
        except FileNotFoundError:
            gone = Diagnostic(
                code="NBC-I06",
                message=f"the spec {digest.short} is gone from the store",
                cause=f"{self._directory} has no {digest.hex}.json",
                fixes=("promote the notebook again",),
            )
            raise NbcodeError([gone]) from None


class StoreRuns:
    """``runs/<run_id>/``: the ``Runs`` port over a runner. How a run ended is written down, so that a kill after it does
    not make it run again."""

    def __init__(
        self,
        directory: Path,
        runner: Runner,
        *,
        plan: Callable[[Promotion, Path], RunPlan],
        on_event: Callable[[RunEvent], None],
        failpoint: Callable[[str], None],
    ) -> None:
        """``plan`` makes the plan of a promotion in the run's directory, with ``out`` in it."""
        self._directory = directory
        self._runner = runner
        self._plan = plan
        self._on_event = on_event
        self._failpoint = failpoint

    def execute(self, promotion: Promotion) -> RunEnd:
        place = self._place(promotion)
        ended = _ended(place)
        if ended is not None:
            return ended
        shutil.rmtree(place, ignore_errors=True)
        plan = self._plan(promotion, place)
        place.mkdir(parents=True)
        started = False

        def heard(event: RunEvent) -> None:
            nonlocal started
            if not started:
                started = True
                self._failpoint("run.started")
            self._on_event(event)

        outcome = self._runner.execute(plan, heard)
        if outcome.status is RunStatus.FINISHED:
            write_whole(place / _ENDED, _as_json(outcome))
        else:
            self.clean(promotion)
        return RunEnd(
            ok=outcome.status is RunStatus.FINISHED,
            isolation=outcome.isolation,
            seconds=outcome.seconds,
            diagnostics=outcome.diagnostics or _no_reason(outcome),
        )

    def out(self, promotion: Promotion) -> Path:
        return self._place(promotion) / "out"

    def clean(self, promotion: Promotion) -> None:
        place = self._place(promotion)
        for name in _TEMPORARY:
            shutil.rmtree(place / name, ignore_errors=True)
        for left in (*place.glob("*.part"), place / "canary", place / _ENDED):
            left.unlink(missing_ok=True)

    def _place(self, promotion: Promotion) -> Path:
        if promotion.run_id is None:
            raise ValueError(f"a promotion that is {promotion.state} has no run")
        return self._directory / promotion.run_id


class StoredArtifacts:
    """The ``Artifacts`` port on the content-addressed store."""

    def __init__(self, store: ArtifactStore, spec: Callable[[Digest], BuildSpec]) -> None:
        """``spec`` reads a spec that was kept."""
        self._store = store
        self._spec = spec

    def keep(self, promotion: Promotion, out: Path) -> Digest:
        environment = self._spec(promotion.spec_digest).environment
        try:
            result = read_result(out)
            provenance = Provenance(
                model_id=promotion.model,
                spec_digest=promotion.spec_digest,
                definition_digest=promotion.definition_digest,
                environment_digest=environment.lock_digest,
                platform_key=promotion.platform,
                pins=result.pins,
            )
            return self._store.put(out, result.files, provenance).digest
        except ValueError as error:
            refused = Diagnostic(
                code="NBC-I06",
                message="the run's output is not what its result manifest says",
                cause=str(error),
                fixes=("promote again: the run is made anew",),
            )
            raise NbcodeError([refused]) from error

    def path(self, digest: Digest) -> Path:
        return self._store.path_of(digest)

    def verify(self, digest: Digest) -> tuple[Diagnostic, ...]:
        return verify(self._store.path_of(digest), digest)


def write_whole(path: Path, data: bytes) -> None:
    """Write ``data`` to ``path`` so that it is there whole or not at all, also after a power cut. One writer at a time: the
    caller holds the lease of what it belongs to."""
    beside = path.with_name(f"{path.name}.part")
    try:
        with beside.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _as_json(outcome: RunOutcome) -> bytes:
    return json.dumps({"isolation": outcome.isolation, "seconds": outcome.seconds}).encode()


def _ended(place: Path) -> RunEnd | None:
    try:
        found = json.loads((place / _ENDED).read_bytes())
    except FileNotFoundError:
        return None
    seconds = tuple((str(name), float(taken)) for name, taken in found["seconds"])
    return RunEnd(ok=True, isolation=str(found["isolation"]), seconds=seconds)


def _no_reason(outcome: RunOutcome) -> tuple[Diagnostic, ...]:
    if outcome.status is RunStatus.FINISHED:
        return ()
    return (
        Diagnostic(
            code="NBC-H01",
            message=f"the clean run ended as {outcome.status} and left no complete result",
            fixes=("`nbcode logs` shows what it printed",),
        ),
    )
