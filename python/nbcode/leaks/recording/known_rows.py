"""Whose rows the arguments of a first run had, for those of another run that are the same numbers: they are not looked for again."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbcode.leaks.lineage import Call, Lineage, Role, Rows
from nbcode.leaks.tables import is_indexed, is_polars


class KnownRows:
    """Rows of the calls in ``first``, None where there was no run before."""

    def __init__(self, first: Lineage | None) -> None:
        calls = () if first is None else first.calls
        self._calls: dict[tuple[object, int], Call] = {(call.at, call.time): call for call in calls}

    def of(
        self, call: tuple[object, int] | None, role: Role, value: Any, numbers: np.ndarray[Any, Any] | None
    ) -> Rows | None:
        """The rows that ``value``, with ``numbers``, has where the same call was given the same before; None where it says itself whose its
        rows are, or was another."""
        first = None if call is None else self._calls.get(call)
        if first is None or numbers is None or is_indexed(value) or is_polars(value):
            return None
        for one in first.of(role):
            if (
                one.rows is not None
                and one.numbers is not None
                and np.array_equal(one.numbers, numbers, equal_nan=True)
            ):
                return one.rows
        return None
