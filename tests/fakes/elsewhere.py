"""A project whose runs are on a cluster, and the cluster's controller; the cluster is a written fake."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from fakes.promotes import OUTPUT, Bench, now
from fakes.runners import FakeRunner
from nbcode.commands.controller import ControllerEvent, ControllerPorts, ControllerResult, control
from nbcode.commands.promote import promote
from nbcode.configuration import ARGO
from nbcode.primitives import Cancellation, CancelledError
from nbcode.promotion import EffectPorts, Promotion, failpoint
from nbcode.promotion._files import StoredArtifacts, StoreRuns


class Elsewhere(Bench):
    """A project whose runs are on a cluster, and the cluster's controller."""

    def __init__(self, root: Path, runner: FakeRunner | None = None) -> None:
        super().__init__(root, runner=runner or FakeRunner(root / ".runner", OUTPUT, detached=True))
        self.told: list[ControllerEvent] = []

    def begin(self, name: str = "notebook", on: str = ARGO) -> Promotion:
        """Promote, and go away as soon as the run is submitted."""
        gone = Cancellation()
        ports = replace(
            self.ports(cancellation=gone), controlled=True, on_event=lambda event: _leave(event.name, gone)
        )
        with suppress(CancelledError):
            promote(self.root / f"{name}.py", ports, on=on)
        return self.promotions()[0]

    def control(self, store: Path | None = None, place: str = "") -> ControllerResult:
        """One look of a controller, of the cluster ``place``; with ``store``, of one that has artifacts and runs of its own there."""
        ports = self.effect_ports() if store is None else self._apart(store)
        return control(
            ControllerPorts(
                journal=ports.journal,
                leases=self.leases,
                effect_ports=lambda _promotion: ports,
                heard=lambda _seconds: None,
                told=self.told.append,
                now=now,
                monotonic_s=self.monotonic_s,
                failpoint=failpoint,
                place=place,
            ),
            once=True,
        )

    def _apart(self, store: Path) -> EffectPorts:
        runs = StoreRuns(
            store / "runs",
            lambda _on: self.runner,
            plan=self._plan,
            on_event=lambda _event: None,
            failpoint=failpoint,
        )
        return replace(
            self.effect_ports(),
            runs=runs,
            artifacts=StoredArtifacts(store / "artifacts", self.specs.read),
        )

    def until_quiet(self) -> None:
        for _ in range(20):
            self.control()

    def promotions(self) -> list[Promotion]:
        return list(self.effect_ports().journal.promotions())


def _leave(step: str, gone: Cancellation) -> None:
    if step == "run":
        gone.request()
