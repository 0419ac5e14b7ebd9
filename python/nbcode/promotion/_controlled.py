"""Window: what a controller acts on. Of its own it has artifacts and runs; what belongs to a project was laid down for each promotion."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from nbcode.promotion._files import StoredArtifacts, serving
from nbcode.promotion.dossier import Objects, limits_in, spec_of, take_up
from nbcode.promotion.journal import Journal
from nbcode.promotion.perform import EffectPorts
from nbcode.promotion.state import Promotion
from nbcode.run import RunPlan
from nbcode.trials import TrialLedger


class ControlledPorts:
    """The ports of one promotion after another, of whatever project."""

    def __init__(self, ports: EffectPorts, objects: Objects, store: Path, cache: Path) -> None:
        """``ports`` are what all of them share; ``store`` is the controller's own folder, ``cache`` where wheels are kept."""
        self._ports, self._objects, self._store, self._cache = ports, objects, store, cache

    def __call__(self, promotion: Promotion) -> EffectPorts:
        """Those of ``promotion``. Raises ``NbcodeError`` where the object store does not answer."""
        folder = self._store / "controlled" / promotion.key.hex
        take_up(self._objects, promotion, folder)
        spec = partial(spec_of, self._objects)
        return replace(
            self._ports,
            root=folder,
            artifacts=StoredArtifacts(self._store / "artifacts", spec, serving(folder, self._cache)),
            trials=TrialLedger(folder),
            spec=spec,
            limits=limits_in(folder),
        )


def planned_before(
    journal: Journal, plan_again: Callable[[str, str], RunPlan]
) -> Callable[[Promotion], RunPlan]:
    """The plan of a promotion whose run was lost: that of the run before, under the next name."""

    def plan(promotion: Promotion) -> RunPlan:
        before = journal.read(promotion.key)
        return plan_again((before and before.run_id) or "", promotion.run_id or "")

    return plan
