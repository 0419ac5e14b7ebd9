"""One line of ``gates:``: a figure compared with a number; ``foresight``, the verdict of the leak probe; or ``judged``, who came to them."""

from __future__ import annotations

import re

from nbcode.primitives import dataclass

_SPOKEN = {
    "foresight": (
        ("clean", "none found"),
        "it is what the leak probe comes to: clean where all was looked at, none found also where a part was not",
    ),
    "judged": (
        ("outside", "stated"),
        "outside where a process that ran no cell has to compute, or find again, what the other gates rest on; stated takes the notebook's word",
    ),
}
"""The gates that are no figures: their values, and what they mean."""
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
    if key in _SPOKEN:
        values, cause = _SPOKEN[key]
        if text in values:
            return key, "==", text
        return NoGate(
            message=f"`gates.{key}`: expected {' or '.join(values)}, got {value[:40]!r}",
            cause=cause,
            fix=f"write {key}: {values[0]}",
            instead=values[0],
        )
    found = _GATE.fullmatch(text)
    if found is None or not _METRIC.fullmatch(key):
        return NoGate(
            message=f"`gates.{key}`: expected a condition, got {value[:40]!r}",
            cause="a gate compares a figure with a number",
            fix=f'write {key}: ">= 0.01"',
        )
    return key, found["op"], float(found["value"])
