"""Window: what a controller acts on. What belongs to a project was laid down for each promotion; all that it has here is in one folder for each, which goes with its end."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from nbcode.primitives import Diagnostic, Digest
from nbcode.promotion._files import StoredArtifacts, serving
from nbcode.promotion.dossier import KeptLedger, Objects, give_back, limits_in, say_hindered, spec_of, take_up
from nbcode.promotion.journal import Journal
from nbcode.promotion.perform import EffectPorts
from nbcode.promotion.state import Promotion, State
from nbcode.run import RunPlan

FOLDER, RUNS = "controlled", "runs"
"""Below a controller's store: its promotions by their keys, and beside them their runs."""


class Cluster(Protocol):
    """The cluster of a controller: its object store, and its place as runners have it."""

    @property
    def store(self) -> Objects:
        """What was laid down."""
        ...

    @property
    def place(self) -> str:
        """Where the runs are."""
        ...


class ControlledPorts:
    """The ports of one promotion after another, of whatever project."""

    def __init__(self, ports: EffectPorts, cluster: Cluster, store: Path, cache: Path) -> None:
        """``ports`` are what all of them share; ``store`` is the controller's own folder, ``cache`` where wheels are kept."""
        self._ports, self._objects, self._cache = ports, cluster.store, cache
        self.place = cluster.place
        self._home = store / FOLDER
        self._told: dict[Digest, tuple[State, tuple[str, ...]]] = {}

    def __call__(self, promotion: Promotion) -> EffectPorts:
        """Those of ``promotion``. Raises ``NbcodeError`` where the object store does not answer."""
        folder = self._home / promotion.key.hex
        take_up(self._objects, promotion, folder, self._others(promotion))
        spec = partial(spec_of, self._objects)
        return replace(
            self._ports,
            root=folder,
            artifacts=StoredArtifacts(folder / "artifacts", spec, serving(folder, self._cache)),
            trials=KeptLedger(folder, self._objects, promotion.key),
            spec=spec,
            limits=limits_in(folder),
        )

    def hindered(self, promotion: Promotion, found: tuple[Diagnostic, ...]) -> None:
        """Tell whoever watches ``promotion`` what it waits for; the same is told once. Raises ``NbcodeError`` where the object store does not answer."""
        told = (promotion.state, tuple(one.message for one in found))
        if self._told.get(promotion.key) != told:
            say_hindered(self._objects, promotion, found)
            self._told[promotion.key] = told

    def sweep(self, unfinished: Collection[Promotion]) -> None:
        """Remove what is here of any promotion but these, also what a controller left that was killed. What it counted is kept in the object store before.

        Raises ``NbcodeError`` where that does not answer: then it stays until the next time.
        """
        if not self._home.is_dir():
            return
        keys, runs = {one.key.hex for one in unfinished}, {one.run_id for one in unfinished}
        for folder in self._home.iterdir():
            if folder.name not in (*keys, RUNS):
                give_back(self._objects, Digest(f"sha256:{folder.name}"), folder)
                shutil.rmtree(folder, ignore_errors=True)
        for run in (self._home / RUNS).glob("*"):
            if run.name not in runs:
                shutil.rmtree(run, ignore_errors=True)

    def _others(self, promotion: Promotion) -> list[Digest]:
        """Every other promotion of the model: how often was tried is one count for all who try."""
        rows = self._ports.journal.promotions(promotion.model)
        return [one.key for one in rows if one.key != promotion.key]


def planned_before(
    journal: Journal, plan_again: Callable[[str, str], RunPlan]
) -> Callable[[Promotion], RunPlan]:
    """The plan of a promotion whose run was lost: that of the run before, under the next name."""

    def plan(promotion: Promotion) -> RunPlan:
        before = journal.read(promotion.key)
        return plan_again((before and before.run_id) or "", promotion.run_id or "")

    return plan
