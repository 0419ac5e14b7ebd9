"""The half-life of an exponential mean, from what pandas and others give it by."""

from __future__ import annotations

import math


def halflife_of(parameter: str, value: object) -> float | None:
    """The sessions after which a weight has halved, from ``span``, ``com`` (centre of mass) or ``alpha`` (smoothing); None for
    another parameter, and for a value that pandas refuses or that never halves."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    match parameter:
        case "span" if value > 1:
            return math.log(2) / math.log((value + 1) / (value - 1))
        case "com" if value > 0:
            return math.log(2) / math.log(1 + 1 / value)
        case "alpha" if 0 < value < 1:
            return -math.log(2) / math.log(1 - value)
    return None
