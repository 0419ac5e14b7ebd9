"""The port: whoever can execute a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from nbcode.run.values import RunEvent, RunOutcome, RunPlan


class Runner(Protocol):
    """Executes plans, on this machine or elsewhere."""

    def execute(self, plan: RunPlan, on_event: Callable[[RunEvent], None]) -> RunOutcome:
        """Run ``plan`` to its end. Never raises for what the user's code does: that is in the outcome.

        KeyboardInterrupt passes through, after every process of the run has ended.
        """
        ...
