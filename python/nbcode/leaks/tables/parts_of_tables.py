"""The groups and the windows of a table that a function is asked about, and which of them are the same in another table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.tables.of_groups import correlation_asked, correlations

_GROUPED = ("keys", "level", "as_index", "sort", "group_keys", "observed", "dropna")
_ROLLED = ("window", "min_periods")
_PLAIN_ROLLING = {
    "center": (False, None),
    "win_type": (None,),
    "on": (None,),
    "closed": (None,),
    "step": (None,),
    "method": ("single",),
}

_SAME = 1e-11  # of a value, a hundredth of what a look takes for another: sums that were carried on differ in their last digits

Bools = np.ndarray[Any, Any]
How = tuple[object, ...]


class Groups:
    """The groups of ``asking``, a frame or series that is grouped by names of columns and levels."""

    def __init__(self, asking: Any, how: How) -> None:
        self.table, self.how, self.count = asking.obj, how, int(asking.ngroups)
        self._asking = asking
        numbers = np.nan_to_num(asking.ngroup().to_numpy(dtype=np.float64), nan=-1)
        self._of = numbers.astype(np.int64)

    def same_as(self, other: Any) -> Bools | None:
        """Which groups are the same in another table, None where it has other rows or columns."""
        same = same_values(self.table, other)
        if same is None:
            return None
        changed = self._of[~same.all(axis=1)]
        groups = np.ones(self.count, dtype=bool)
        groups[changed[changed >= 0]] = False
        return groups

    def is_kept(self, result: Any) -> bool:
        """Whether it is one number a group."""
        return (
            getattr(result, "ndim", 0) == 1
            and len(result) == self.count
            and _is_numbers(result)
            and hasattr(result, "iloc")
        )

    def fit_together(self, one: Any, other: Any) -> bool:
        """Whether they are answers to the same groups."""
        return (
            _is_numbers(other)
            and getattr(other, "ndim", 0) == 1
            and one.dtype == other.dtype
            and one.name == other.name
            and one.index.equals(other.index)
        )

    def at_once(self, function: Any) -> Any:
        """The answers to all groups, where ``function`` asks for no more than how two columns go together; else None."""
        asked = correlation_asked(function, self.table) if self.table.ndim == 2 else None
        if asked is None:
            return None
        sizes = self._asking.size()
        if sizes.ndim != 1 or len(sizes) != self.count:
            return None
        found = correlations(asked, self.table, self._of, self.count)
        return None if found is None else type(sizes)(found, index=sizes.index)

    def ask(self, groups: Bools, function: Any, args: Any, keywords: Any) -> tuple[Bools, Any]:
        """The answers to ``groups`` alone, which are told with them."""
        part = self.table[np.isin(self._of, np.flatnonzero(groups))]
        asking = type(self._asking)(part, **{name: getattr(self._asking, name) for name in _GROUPED})
        return groups, function(asking, *args, **keywords)


class Windows:
    """The windows of ``asking``, a frame or series whose windows have a number of rows. That of a row ends with it."""

    def __init__(self, asking: Any, how: How) -> None:
        self.table, self.how, self.count = asking.obj, how, len(asking.obj)
        self._asking, self._length = asking, int(asking.window)

    def same_as(self, other: Any) -> Bools | None:
        """As :meth:`Groups.same_as`."""
        same = same_values(self.table, other)
        if same is None:
            return None
        others = np.concatenate([[0], np.cumsum(~same.all(axis=1))])
        end = np.arange(1, self.count + 1)
        return np.asarray(others[end] == others[np.maximum(end - self._length, 0)])

    def is_kept(self, result: Any) -> bool:
        """Whether it is one number a value."""
        return _is_numbers(result) and result.shape == self.table.shape

    def fit_together(self, one: Any, other: Any) -> bool:
        """As :meth:`Groups.fit_together`."""
        if type(one) is not type(other) or not one.index.equals(other.index):
            return False
        return (
            bool(one.name == other.name and one.dtype == other.dtype)
            if one.ndim == 1
            else bool(one.columns.equals(other.columns) and one.dtypes.equals(other.dtypes))
        )

    def at_once(self, _function: Any) -> None:
        """Nothing: no function of a window is known as one that all windows can be had of."""

    def ask(self, windows: Bools, function: Any, args: Any, keywords: Any) -> tuple[Bools, Any]:
        """As :meth:`Groups.ask`: all windows from the first of ``windows`` to the last."""
        rows = np.flatnonzero(windows)
        first, after = int(rows[0]), int(rows[-1]) + 1
        begin = max(0, first - self._length + 1)
        part = self.table.iloc[begin:after].rolling(**{name: getattr(self._asking, name) for name in _ROLLED})
        asked = np.zeros(self.count, dtype=bool)
        asked[first:after] = True
        return asked, function(part, *args, **keywords).iloc[first - begin :]


def asked_of(asking: Any, args: Sequence[Any], keywords: Mapping[str, Any]) -> Groups | Windows | None:
    """What of a table a function is asked about, None where that cannot be asked of a part of it."""
    name = type(asking).__name__
    if len(args) != 1 or getattr(asking, "_selection", None) is not None or not hasattr(asking.obj, "iloc"):
        return None
    if name in {"DataFrameGroupBy", "SeriesGroupBy"}:
        if any(value is not False or key != "include_groups" for key, value in keywords.items()):
            return None
        return Groups(asking, (name, *_words(asking))) if _is_by_names(asking) else None
    if (
        name != "Rolling"
        or type(asking.window) is not int
        or any(getattr(asking, key) not in plain for key, plain in _PLAIN_ROLLING.items())
    ):
        return None
    raw = keywords.get("raw", False)
    if any(value is not None for key, value in keywords.items() if key != "raw") or not isinstance(raw, bool):
        return None
    return Windows(asking, (name, asking.window, asking.min_periods, raw))


def _words(asking: Any) -> tuple[str, ...]:
    return tuple(f"{getattr(asking, name)!r}" for name in _GROUPED)


def _is_by_names(asking: Any) -> bool:
    """Whether a part of the table can be grouped by the same words."""
    keys, level = asking.keys, asking.level
    if keys is None:
        return level is not None
    there = {*asking.obj.index.names, *getattr(asking.obj, "columns", ())}
    return level is None and all(
        isinstance(one, str) and one in there for one in (keys if isinstance(keys, list) else [keys])
    )


def same_values(one: Any, other: Any) -> Bools | None:
    """Which values of two tables are the same but for the last digits (rows x columns), None where they have other rows or columns."""
    if type(one) is not type(other) or one.shape != other.shape:
        return None
    if one.index is not other.index and not one.index.equals(other.index):
        return None
    if one.ndim == 1:
        return _same_column(one, other)[:, None] if one.dtype == other.dtype else None
    if not one.columns.equals(other.columns) or not one.dtypes.equals(other.dtypes):
        return None
    kinds = set(one.dtypes)
    if len(kinds) == 1 and isinstance(next(iter(kinds)), np.dtype) and next(iter(kinds)).kind == "f":
        return _same_numbers(one.to_numpy(), other.to_numpy())
    columns = [_same_column(one.iloc[:, at], other.iloc[:, at]) for at in range(one.shape[1])]
    return np.column_stack([np.ones((len(one), 0), dtype=bool), *columns])


def _same_column(one: Any, other: Any) -> Bools:
    if isinstance(one.dtype, np.dtype) and one.dtype.kind == "f":
        return _same_numbers(one.to_numpy(), other.to_numpy())
    same = one.array == other.array
    unknown = hasattr(same, "to_numpy")  # where one is not there it is not known
    return np.asarray(same.to_numpy(dtype=bool, na_value=False) if unknown else same, dtype=bool)


def _same_numbers(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> Bools:
    with np.errstate(invalid="ignore"):
        near = np.abs(one - other) <= _SAME * np.abs(one)
    return np.asarray(near | (one == other) | (np.isnan(one) & np.isnan(other)))


def _is_numbers(result: Any) -> bool:
    kinds = [result.dtype] if hasattr(result, "dtype") else list(getattr(result, "dtypes", [None]))
    return all(isinstance(kind, np.dtype) and kind.kind in "fiub" for kind in kinds)
