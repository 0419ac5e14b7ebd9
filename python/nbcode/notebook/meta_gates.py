"""One line of ``gates:``: a figure compared with a number, or ``foresight``, which is the verdict of the leak probe."""

from __future__ import annotations

import re

from nbcode.primitives import dataclass

FORESIGHT = "foresight"
FORESIGHT_VALUES = ("clean", "none found")
_GATE = re.compile(r"(?P<op>>=|<=|>|<)\s*(?P<value>[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?)")
_METRIC = re.compile(r"[a-z][a-z0-9_]{0,62}")

MetaGate = tuple[str, str, float | str]


@dataclass(frozen=True, kw_only=True, slots=True)
class NoGate:
    """Why a line is no gate. ``instead`` is a value that may stand there as it is, without quotes; None where there is none."""

    message: str
    cause: str
    fix: str
    instead: str | None = None


def read_gate(key: str, value: str) -> MetaGate | NoGate:
    """(metric, operator, value) of ``key: value``."""
    text = value.strip()
    if key == FORESIGHT:
        if text in FORESIGHT_VALUES:
            return key, "==", text
        clean, _ = FORESIGHT_VALUES
        return NoGate(
            message=f"`gates.{key}`: expected {' or '.join(FORESIGHT_VALUES)}, got {value[:40]!r}",
            cause="it is what the leak probe comes to: clean where all was looked at, none found also where a part was not",
            fix=f"write {key}: {clean}",
            instead=clean,
        )
    found = _GATE.fullmatch(text)
    if found is None or not _METRIC.fullmatch(key):
        return NoGate(
            message=f"`gates.{key}`: expected a condition, got {value[:40]!r}",
            cause="a gate compares a figure with a number",
            fix=f'write {key}: ">= 0.01"',
        )
    return key, found["op"], float(found["value"])
