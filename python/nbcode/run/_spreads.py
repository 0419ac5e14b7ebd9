"""Window: what is known of runs whose folds are spread, on this machine and in a cluster's object store."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.run._local import LocalRunner
from nbcode.run.left_folds import shares_of
from nbcode.run.spreading import SpreadingRunner
from nbcode.run.values import RunPlan

if TYPE_CHECKING:
    from nbcode.run._argo import ArgoRunner


def here(store: Path) -> SpreadingRunner:
    """The runner of this machine: runs in ``store/runs``, those of shares in ``store/shares``."""
    shares = store / "shares"
    return SpreadingRunner(LocalRunner(store / "runs"), LocalSpreads(shares), shares=LocalRunner(shares))


def spreading(runner: ArgoRunner) -> SpreadingRunner:
    """The runner of a cluster, whose runs may be spread."""
    return SpreadingRunner(runner, StoredSpreads(runner))


class LocalSpreads:
    """Of runs of this process: they end with it, and so does what is known of them. Shares run below ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._plans: dict[str, RunPlan] = {}
        self._ended: set[str] = set()

    def lay_down(self, plan: RunPlan) -> None:
        self._plans[plan.run_id] = plan

    def laid_down(self, run_id: str) -> RunPlan | None:
        return self._plans.get(run_id)

    def names(self, run_id: str) -> tuple[str, ...]:
        """By their folders, so that another process can end them."""
        return tuple(sorted(one.name for one in self._directory.glob(f"{run_id}-p*of*") if one.is_dir()))

    def gathering(self, run_id: str) -> Path:
        return self._directory / f"{run_id}.folds"

    def submitted(self, run_id: str) -> None:
        self._plans.pop(run_id, None)

    def end(self, run_id: str) -> None:
        self._ended.add(run_id)

    def is_ended(self, run_id: str) -> bool:
        return run_id in self._ended

    def forget(self, run_id: str) -> None:
        self._plans.pop(run_id, None)
        for left in (self.gathering(run_id), *(self._directory / name for name in self.names(run_id))):
            shutil.rmtree(left, ignore_errors=True)


class StoredSpreads:
    """Of runs in a cluster: in its object store, where any process finds it."""

    def __init__(self, runner: ArgoRunner) -> None:
        self._runner = runner

    def lay_down(self, plan: RunPlan) -> None:
        self._runner.lay_down(plan)

    def laid_down(self, run_id: str) -> RunPlan | None:
        plan = self._runner.laid_down(run_id)
        return None if plan is None or self._runner.is_over(run_id) else plan

    def names(self, run_id: str) -> tuple[str, ...]:
        plan = self._runner.laid_down(run_id)
        return (
            ()
            if plan is None or not plan.placement.spreading.over
            else tuple(s.run_id for s in shares_of(plan))
        )

    def gathering(self, _run_id: str) -> None:
        """What was gathered goes into the store when the run is submitted."""

    def submitted(self, _run_id: str) -> None:
        """Its files in the store say so."""

    def end(self, run_id: str) -> None:
        self._runner.end_unsubmitted(run_id)

    def is_ended(self, _run_id: str) -> bool:
        """It is over then, and waits no more."""
        return False

    def forget(self, _run_id: str) -> None:
        """Nothing is kept beside what the runner keeps."""
