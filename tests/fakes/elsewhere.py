"""A project whose runs are on a cluster, and the cluster's controller; the cluster is a written fake."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from fakes.promotes import OUTPUT, Bench, now
from fakes.runners import FakeRunner
from nbcode.commands.controller import ControllerEvent, ControllerPorts, ControllerResult, control
from nbcode.commands.promote import promote
from nbcode.configuration import ARGO
from nbcode.primitives import Cancellation, CancelledError
from nbcode.promotion import Promotion, failpoint


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

    def control(self, heard: Callable[[float], None] = lambda _s: None) -> ControllerResult:
        return control(
            ControllerPorts(
                journal=self.effect_ports().journal,
                leases=self.leases,
                effect_ports=lambda _promotion: self.effect_ports(),
                heard=heard,
                told=self.told.append,
                now=now,
                monotonic_s=self.monotonic_s,
                failpoint=failpoint,
            ),
            once=True,
        )

    def until_quiet(self) -> None:
        for _ in range(20):
            self.control()

    def promotions(self) -> list[Promotion]:
        return list(self.effect_ports().journal.promotions())


def _leave(step: str, gone: Cancellation) -> None:
    if step == "run":
        gone.request()
