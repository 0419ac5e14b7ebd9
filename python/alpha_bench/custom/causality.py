"""Whether a researcher's own function keeps its word, seen by running it again.

1. Up to 16 assets are taken, evenly among all by how much of them is known: complete ones, and those that enter or leave.
2. Twice on the same inputs gives the same values.
3. Cut after session ``c``: the sessions up to ``c`` have the same values, whether the panel ends there or goes on with other
   data (the past run backwards). The cuts: the first session with a value, 38 %, 62 % and 85 % of the sessions, and the last
   but one, so that blocks counted from the end are seen too.
4. At each cut, the last ``window`` sessions alone give the same value.

The same means: missing together, else within 1e-12 of the size of the values (sums of BLAS and numpy may end in other bits for
another shape), for 4 within 1e-9 (cumulative sums round by what came before). A function per window is given nothing else, so
only 2 is asked of it, in another order of sessions.

Cost: about 6 runs over 16 assets; per window, 16 more calls. It shows that a function looks ahead, or beyond its window, on this
data; it is no proof that it never would on other data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.custom.calling import Calling
from alpha_bench.errors import AlphaBenchError
from alpha_bench.runtime import Floats

Places: TypeAlias = NDArray[np.int64]

_ASSETS = 16
_CUTS = (0.382, 0.618, 0.854)
_SAME = 1e-12
_WINDOW_SAME = 1e-9
_LOOK_BACK_ONLY = (
    "make the value at t of x[: t + 1] only: no x[::-1], np.roll(x, -1), centred window or figure of the whole sample; "
    'with per="window" the function is given nothing else'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axes:
    """The names of sessions and assets, for messages."""

    dates: Sequence[object]
    assets: Sequence[object]

    def place(self, row: int, column: int) -> str:
        """``AAPL on 2016-03-01``."""
        return f"{self.assets[column]} on {str(self.dates[row])[:10]}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sample:
    """The assets that are looked at, their inputs, and the values that have to come again."""

    calling: Calling
    axes: Axes
    columns: Places
    arrays: tuple[Floats, ...]
    values: Floats
    size: float

    @property
    def rows(self) -> int:
        return len(self.values)

    def again(self, arrays: Sequence[Floats]) -> Floats:
        return self.calling.whole(arrays, np.empty(arrays[0].shape))

    def compare(
        self, kind: str, other: Floats, first: int, *, told: str, fix: str, within: float = _SAME
    ) -> None:
        """Raise R49 where ``other``, the values from session ``first`` on, differs from those there were."""
        there = self.values[first : first + other.shape[0]]
        with np.errstate(invalid="ignore"):
            scale = np.maximum(np.maximum(np.abs(there), np.abs(other)), self.size)
            same = (
                (there == other)
                | (np.abs(there - other) <= within * scale)
                | (np.isnan(there) & np.isnan(other))
            )
        if same.all():
            return
        row, column = np.unravel_index(int(np.argmin(same)), same.shape)
        one, two = float(there[row, column]), float(other[row, column])
        asset = int(self.columns[column])
        place = self.axes.place(first + int(row), asset)
        raise self.calling.refuse(
            kind,
            told.format(place=place, one=repr(one), two=repr(two)),
            fix,
            session=str(self.axes.dates[first + int(row)])[:10],
            asset=str(self.axes.assets[asset]),
            values=(one, two),
        )


def check(calling: Calling, arrays: Sequence[Floats], values: Floats, axes: Axes) -> None:
    """Hold the function to its word on ``arrays``, of which ``values`` were made. Raises AlphaBenchError R49."""
    if values.shape[0] < calling.window or not values.shape[1]:
        return
    if calling.by_window:
        _check_order(calling, arrays, values, axes)
        return
    sample = _sample(calling, arrays, axes, needed=bool(np.isfinite(values).any()))
    _check_twice(sample)
    for cut in _cuts(sample):
        _check_prefix(sample, cut)
        _check_window(sample, cut - 1)


def _sample(calling: Calling, arrays: Sequence[Floats], axes: Axes, *, needed: bool) -> _Sample:
    """Some assets; all of them where the function raises, or knows no value though one is ``needed``, with so few."""
    columns, every = sampled(arrays), np.arange(arrays[0].shape[1])
    while True:
        part = tuple(np.ascontiguousarray(a[:, columns]) for a in arrays)
        try:
            values = calling.whole(part, np.empty(part[0].shape))
        except AlphaBenchError:
            if len(columns) == len(every):
                raise
            columns = every
            continue
        if needed and len(columns) < len(every) and not np.isfinite(values).any():
            columns = every
        else:
            return _Sample(
                calling=calling, axes=axes, columns=columns, arrays=part, values=values, size=_size(values)
            )


def _size(values: Floats) -> float:
    """The median size of what is known, on up to about 256 sessions."""
    some = values[:: max(1, len(values) // 256)]
    known = np.abs(some[np.isfinite(some)])
    return float(np.median(known)) if known.size else 0.0


def sampled(arrays: Sequence[Floats], most: int = _ASSETS) -> Places:
    """Up to ``most`` assets, evenly among all by how many values they have: full ones, and the emptiest that have any."""
    known = np.sum([np.isfinite(a).sum(axis=0) for a in arrays], axis=0)
    order = np.argsort(known, kind="stable")
    order = order[known[order] > 0] if known.any() else order
    at = np.unique(np.linspace(0, len(order) - 1, min(most, len(order))).astype(np.int64))
    return np.sort(order[at])


def _cuts(sample: _Sample) -> list[int]:
    """Lengths of the prefixes, ascending."""
    known = np.flatnonzero(np.isfinite(sample.values).any(axis=1))
    first = int(known[0]) if known.size else sample.calling.window - 1
    wanted = {first + 1, *(int(f * sample.rows) for f in _CUTS), sample.rows - 1}
    return sorted(c for c in wanted if sample.calling.window <= c < sample.rows)


def _check_twice(sample: _Sample) -> None:
    told = "gives other values when it is run again: for {place} {one}, then {two}"
    fix = "take out what is random or remembered between calls; seed a generator inside the function"
    sample.compare("varies", sample.again(sample.arrays), 0, told=told, fix=fix)


def _check_prefix(sample: _Sample, cut: int) -> None:
    last = str(sample.axes.dates[cut - 1])[:10]
    told = f"looks ahead: for {{place}} it gives {{one}} with all sessions, and {{two}} when the panel ends on {last}"
    sample.compare(
        "future", sample.again([a[:cut] for a in sample.arrays]), 0, told=told, fix=_LOOK_BACK_ONLY
    )
    told = (
        f"looks ahead: for {{place}} it gives {{one}}, and {{two}} when what comes after {last} is replaced"
    )
    other = [_with_another_future(a, cut) for a in sample.arrays]
    sample.compare("future", sample.again(other)[:cut], 0, told=told, fix=_LOOK_BACK_ONLY)


def _with_another_future(array: Floats, cut: int) -> Floats:
    after = np.arange(array.shape[0] - cut)
    return np.concatenate([array[:cut], array[cut - 1 - after % cut]])


def _check_window(sample: _Sample, t: int) -> None:
    window = sample.calling.window
    told = (
        f"needs more than its window of {window} sessions: for {{place}} it gives {{one}} with the whole history, and {{two}} "
        f"from the last {window} sessions alone"
    )
    fix = "raise window to all that a value is made of, or forget what is older"
    alone = sample.calling.at(sample.arrays, t)[np.newaxis]
    sample.compare("window", alone, t, told=told, fix=fix, within=_WINDOW_SAME)


def _check_order(calling: Calling, arrays: Sequence[Floats], values: Floats, axes: Axes) -> None:
    """Some windows again, the last first: nothing may be remembered from call to call."""
    columns = np.arange(values.shape[1])
    sample = _Sample(
        calling=calling, axes=axes, columns=columns, arrays=tuple(arrays), values=values, size=_size(values)
    )
    told = "gives other values when it is run again: for {place} {one}, then {two}"
    fix = "take out what is random or remembered between calls; seed a generator inside the function"
    ends = np.unique(np.linspace(calling.window - 1, sample.rows - 1, _ASSETS).astype(np.int64))
    for t in ends[::-1]:
        sample.compare("varies", calling.at(arrays, int(t))[np.newaxis], int(t), told=told, fix=fix)
