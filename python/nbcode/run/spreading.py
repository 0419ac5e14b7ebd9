"""A runner over runners: the folds of a run are fitted by several runs, each a share, before the run itself.

The run of a share is a run like any other, of the same content, under a name of its own. When all of them are over, however they ended, the run
is submitted with what they left, each file by its digest. It is the ordinary run: what was left spares it time, and what was not it
does itself. Which process asks next does not matter: every step is found in what was written down, and is a success when it was done before.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from nbcode.primitives import NbcodeError
from nbcode.run.left_folds import FOLDS, joined, left_in, shares_of
from nbcode.run.port import START, Observation, Runner, RunReference
from nbcode.run.values import LeftFold, ResultManifest, RunPlan, RunRecord, RunStatus


class Spreads(Protocol):
    """What is known of runs whose folds are spread."""

    def lay_down(self, plan: RunPlan) -> None:
        """Remember ``plan``, before the runs of its shares are submitted; again is fine."""
        ...

    def laid_down(self, run_id: str) -> RunPlan | None:
        """The plan of a run; None where it was not spread, or nobody here can go on with it."""
        ...

    def names(self, run_id: str) -> tuple[str, ...]:
        """The names of the runs of its shares, as far as they are known here."""
        ...

    def gathering(self, run_id: str) -> Path | None:
        """The folder in which its folds are gathered and stay until it is over; None where they need not stay."""
        ...

    def submitted(self, run_id: str) -> None:
        """The run itself is submitted: nothing waits for its shares any more."""
        ...

    def end(self, run_id: str) -> None:
        """Somebody ended it while it waited for its shares: it is never submitted itself."""
        ...

    def is_ended(self, run_id: str) -> bool:
        """Whether that was done, where it is still waiting."""
        ...

    def forget(self, run_id: str) -> None:
        """It is over, and its result has been let go of."""
        ...


class SpreadingRunner:
    """The ``Runner`` that submits runs of shares first. ``kind``, ``detached`` and ``place`` are those of the runner of the run itself."""

    def __init__(self, runner: Runner, spreads: Spreads, *, shares: Runner | None = None) -> None:
        """``shares`` runs the shares: by default ``runner`` itself."""
        self.kind, self.detached, self.place = runner.kind, runner.detached, runner.place
        self._runner, self._spreads, self._shares = runner, spreads, shares or runner
        self._heard: dict[str, str] = {}

    def submit(self, plan: RunPlan) -> RunReference:
        if not plan.placement.spreading.waits:
            return self._runner.submit(plan)
        self._spreads.lay_down(plan)
        for share in shares_of(plan):
            self._shares.submit(share)
        return RunReference(runner=self.kind, run_id=plan.run_id)

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        plan = self._waiting(reference.run_id)
        if plan is None:
            return self._runner.observe(reference, since)
        ended = [self._ended(name) for name in self._names(plan)]
        over = all(record is not None for record in ended)
        if any(map(_was_cancelled, ended)) or (over and self._spreads.is_ended(plan.run_id)):
            return Observation(events=(), cursor=since, record=RunRecord(status=RunStatus.KILLED))
        if not over:
            return Observation(events=(), cursor=since)
        with self._gathered(plan) as whole:
            self._runner.submit(whole)
        self._spreads.submitted(reference.run_id)
        return self._runner.observe(reference, since)

    def cancel(self, reference: RunReference) -> None:
        """As the port has it: the run itself, and the runs of its shares."""
        if self._waiting(reference.run_id) is not None:
            self._spreads.end(reference.run_id)
        for name in self._spreads.names(reference.run_id):
            self._shares.cancel(self._share(name))
        self._runner.cancel(reference)

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        return self._runner.fetch(reference, into)

    def keep(self, reference: RunReference, place: Path) -> None:
        if self._waiting(reference.run_id) is None:
            self._runner.keep(reference, place)

    def discard(self, reference: RunReference) -> None:
        self._runner.discard(reference)
        for name in self._spreads.names(reference.run_id):
            self._shares.discard(self._share(name))
        self._spreads.forget(reference.run_id)

    def _waiting(self, run_id: str) -> RunPlan | None:
        """The plan of a run that is not submitted itself yet."""
        plan = self._spreads.laid_down(run_id)
        return plan if plan is not None and plan.placement.spreading.waits else None

    def _names(self, plan: RunPlan) -> tuple[str, ...]:
        return tuple(share.run_id for share in shares_of(plan))

    def _ended(self, name: str) -> RunRecord | None:
        """How the run of a share ended. What it has told is not read twice."""
        seen = self._shares.observe(self._share(name), self._heard.get(name, START))
        self._heard[name] = seen.cursor
        return seen.record

    def _share(self, name: str) -> RunReference:
        return RunReference(runner=self._shares.kind, run_id=name)

    @contextmanager
    def _gathered(self, plan: RunPlan) -> Iterator[RunPlan]:
        """``plan`` with what the runs of its shares left."""
        stays = self._spreads.gathering(plan.run_id)
        with tempfile.TemporaryDirectory(prefix="nbcode-folds-") as scratch:
            folder = stays or Path(scratch) / "gathered"
            folder.mkdir(parents=True, exist_ok=True)
            found: list[LeftFold] = []
            for number, name in enumerate(self._names(plan)):
                found += self._left(name, Path(scratch) / str(number), folder)
            whole = joined(plan, found)
            spreading = replace(whole.placement.spreading, at=folder)
            yield replace(whole, placement=replace(whole.placement, spreading=spreading))

    def _left(self, name: str, scratch: Path, folder: Path) -> Iterator[LeftFold]:
        """The folds that the run ``name`` left, copied to ``folder``; none where it did not end well."""
        record = self._ended(name)
        if record is None or record.status is not RunStatus.FINISHED:
            return
        try:
            result = self._shares.fetch(self._share(name), scratch)
        except NbcodeError:  # it is gone, or it is not what its manifest says
            return
        for one in left_in(result):
            shutil.copyfile(scratch / FOLDS / one.name, folder / one.name)
            yield one


def _was_cancelled(record: RunRecord | None) -> bool:
    """A run that is lost was taken by the machine; one that was killed, somebody ended."""
    return record is not None and record.status is RunStatus.KILLED and not record.lost
