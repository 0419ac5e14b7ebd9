"""What two runs of the same cells on the same data gave alike: the rest is drawn without a seed."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbcode.leaks.futures.rescored import Key
from nbcode.leaks.futures.unlike import unlike
from nbcode.leaks.lineage import Lineage


def scored_alike(first: Lineage, second: Lineage) -> set[Key]:
    """Of what :class:`Rescored` tells, the keys of what is the same in both runs, which were made on the same data."""
    again = {one.key: one for one in second.scored}
    then = {(call.at, call.time): call for call in second.calls}
    alike: set[Key] = {
        one.key for one in first.scored if one.key in again and _equal(one.numbers, again[one.key].numbers)
    }
    alike |= {("best", one.figure, one.held) for one in first.bests if one in second.bests}
    for call in first.calls:
        other = then.get((call.at, call.time))
        if other is not None and _equal(call.gave, other.gave):
            alike |= {("gave", call.at, call.time)}
        if other is not None and (call.settings, call.what) == (other.settings, other.what):
            alike |= {("settings", call.at, call.time)}
    return alike


def _equal(one: np.ndarray[Any, Any] | None, other: np.ndarray[Any, Any] | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and not unlike(one, other).any()
