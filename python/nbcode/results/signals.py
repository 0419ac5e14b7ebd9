"""The signal that a run of ``kind: signal`` left, without pandas where there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from nbcode.results._pandas import Signal


def load_signal(directory: Path) -> Signal | None:
    """The signal that a run of kind: signal left in ``directory``; None where it left a model. Raises ``NbcodeError`` (NBC-R35)
    where it cannot be read."""
    if not (directory / "signal.json").is_file():
        return None
    from nbcode.results._pandas import load_signal as load

    return load(directory)
