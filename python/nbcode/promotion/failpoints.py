"""Named places where a test kills this process, to show that the next one finishes its work.

Each is passed once per promote, in this order. ``NBCODE_FAILPOINT=<name>`` makes the process send itself SIGKILL there,
``NBCODE_FAILPOINT=<name>:TERM`` that signal; without the variable nothing is looked up twice and nothing happens.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "NBCODE_FAILPOINT"

POINTS: tuple[str, ...] = (
    "begin.before",
    "begin.journaled",
    "snapshot.before",
    "snapshot.done",
    "snapshot.journaled",
    "submit.before",
    "submit.done",
    "submit.journaled",
    "run.before",
    "run.started",
    "run.done",
    "run.journaled",
    "verify.before",
    "verify.stored",
    "verify.done",
    "verify.journaled",
    "register.before",
    "register.run_created",
    "register.files_logged",
    "register.version_created",
    "register.done",
    "register.journaled",
    "alias.before",
    "alias.done",
    "alias.journaled",
    "finish.before",
    "finish.cleaned",
    "finish.done",
    "finish.journaled",
)
COLLECTING: tuple[str, ...] = ("collect.written", "collect.removed", "collect.cleaned")
"""Those of `nbcode gc`, each passed once per version."""


def failpoint(name: str) -> None:
    """Get the signal here when the variable names this place. Raises ``KeyError`` for a name that is not listed."""
    wanted = os.environ.get(VARIABLE)
    if wanted is None:
        return
    if name not in (*POINTS, *COLLECTING):
        raise KeyError(name)
    place, _, number = wanted.partition(":")
    if place == name:
        os.kill(os.getpid(), signal.Signals[f"SIG{number or 'KILL'}"])
