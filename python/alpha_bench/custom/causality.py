"""Whether a custom feature is causal and deterministic, tested by running it again.

1. Up to 16 assets are taken, evenly among all by how much of them is known: complete ones, and those that enter or leave.
2. Twice on the same inputs gives the same values.
3. Cut after session ``c``: the sessions up to ``c`` have the same values, whether the panel ends there or goes on with other
   data (the past run backwards). The cuts: the first session with a value, 38 %, 62 % and 85 % of the sessions, and the last
   but one, so that blocks counted from the end are seen too.
4. At each cut, the last ``window`` sessions alone give the same value; less exactly, at every session where that is cheap.
5. Inputs made for the purpose (:mod:`alpha_bench.custom.adversarial`): 3 again on a stretch of the same assets that has holes, spikes
   and jumps everywhere, cut at many sessions, also with an adversarial future after a clean past; and on all assets at once.
6. All assets and all sessions, as the values themselves were made, so that a function that knows a sample by its shape is seen too: 3 at one
   cut; and with many stretches of ``window`` sessions replaced, what is beyond a window after them has the same values.
7. Before anything ran: a fresh copy that begins with a short panel, and one that begins with all of it, give the same values
   (:mod:`alpha_bench.custom.fresh`), so nothing is remembered from call to call.
8. No tuple that it reads has one number an asset, or one a session.

The same means: missing together, else within 1e-12 of the size of the values (sums of BLAS and numpy may end in other bits for
another shape), for 4 and 5 within 1e-9 (cumulative sums round by what came before), for the stretches of 6 within 1e-3. What raises on made-up inputs is not judged by
them. A function per window is given nothing else, so
only 2 is asked of it, in another order of sessions.

Cost: about 10 runs over 16 assets, 50 over 48 sessions and a window of them, 5 over all assets and a few sessions, 2 over
everything, and one call on a window for every session, at most some thousand rows of windows. It shows that a function looks ahead, or beyond its window; it is
no proof that it never would.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import FrameType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.custom.adversarial import backwards, disturbed, with_future
from alpha_bench.custom.calling import Calling
from alpha_bench.custom.fresh import fresh_copy
from alpha_bench.errors import AlphaBenchError, DefinitionError
from alpha_bench.runtime import Floats

Places: TypeAlias = NDArray[np.int64]

_ASSETS = 16
_CUTS = (0.382, 0.618, 0.854)
_SAME = 1e-12
_WINDOW_SAME = 1e-9
_ROUGHLY = 1e-3  # rolling sums of other lengths round apart where a series stands still; what looks ahead differs by more
_STRETCH = 48  # sessions beside one window of the inputs that are made for the purpose
_WIDE, _WIDE_STRETCH = 256, 8
_WINDOW_ROWS, _WINDOW_CALLS = 40_000, 400_000
_MANY = 16  # numbers in a tuple that may be one an asset or session
_KEEP_NOTHING = "take out what is random or remembered between calls; seed a generator inside the function"
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

    def same(self, other: Floats, first: int, within: float = _SAME) -> NDArray[np.bool_]:
        """Where ``other`` is the values that there were from session ``first`` on."""
        there = self.values[first : first + other.shape[0]]
        with np.errstate(invalid="ignore"):
            scale = np.maximum(np.maximum(np.abs(there), np.abs(other)), self.size)
            close = (there == other) | (np.abs(there - other) <= within * scale)
        same: NDArray[np.bool_] = close | (np.isnan(there) & np.isnan(other))
        return same

    def compare(
        self, kind: str, other: Floats, first: int, *, message: str, fix: str, within: float = _SAME
    ) -> None:
        """Raise R49 where ``other``, the values from session ``first`` on, differs from those there were."""
        same = self.same(other, first, within)
        if same.all():
            return
        there = self.values[first : first + other.shape[0]]
        row, column = np.unravel_index(int(np.argmin(same)), same.shape)
        one, two = float(there[row, column]), float(other[row, column])
        asset = int(self.columns[column])
        place = self.axes.place(first + int(row), asset)
        raise self.calling.refuse(
            kind,
            message.format(place=place, one=repr(one), two=repr(two)),
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
    _check_every_window(sample)
    _check_adversarial(sample)
    _check_wide(sample, arrays)
    _check_whole(calling, arrays, values, axes)


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
    message = "gives other values when it is run again: for {place} {one}, then {two}"
    sample.compare("varies", sample.again(sample.arrays), 0, message=message, fix=_KEEP_NOTHING)


def _check_prefix(sample: _Sample, cut: int) -> None:
    last = str(sample.axes.dates[cut - 1])[:10]
    message = f"looks ahead: for {{place}} it gives {{one}} with all sessions, and {{two}} when the panel ends on {last}"
    sample.compare(
        "future", sample.again([a[:cut] for a in sample.arrays]), 0, message=message, fix=_LOOK_BACK_ONLY
    )
    message = (
        f"looks ahead: for {{place}} it gives {{one}}, and {{two}} when what comes after {last} is replaced"
    )
    other = [backwards(a, cut) for a in sample.arrays]
    sample.compare("future", sample.again(other)[:cut], 0, message=message, fix=_LOOK_BACK_ONLY)


def _check_window(sample: _Sample, t: int, within: float = _WINDOW_SAME) -> None:
    window = sample.calling.window
    message = (
        f"needs more than its window of {window} sessions: for {{place}} it gives {{one}} with the whole history, and {{two}} "
        f"from the last {window} sessions alone"
    )
    fix = "raise window to all that a value is made of, or forget what is older"
    alone = sample.calling.at(sample.arrays, t)[np.newaxis]
    sample.compare("window", alone, t, message=message, fix=fix, within=within)


def _check_every_window(sample: _Sample) -> None:
    """Each session's window alone; of a function that is dear as many of them as are cheap, evenly."""
    window, rows = sample.calling.window, sample.rows
    calls = _calls_made(lambda: sample.calling.at(sample.arrays, rows - 1))
    most = max(_STRETCH, min(_WINDOW_ROWS // window, _WINDOW_CALLS // calls))
    ends = np.arange(window - 1, rows)
    if len(ends) > most:
        ends = np.unique(np.linspace(window - 1, rows - 1, most).astype(np.int64))
    for t in ends.tolist():
        if not sample.same(sample.calling.at(sample.arrays, t)[np.newaxis], t, _ROUGHLY).all():
            if t + 1 < rows:
                _check_prefix(sample, t + 1)  # it is the future that it needs
            _check_window(sample, t, within=_ROUGHLY)


def _calls_made(run: Callable[[], object]) -> int:
    """What ``run`` costs, in calls of functions: unlike seconds the same on every machine, so the same is looked at everywhere."""
    count, before = 0, sys.getprofile()

    def called(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    sys.setprofile(called)
    try:
        run()
    finally:
        sys.setprofile(before)
    return max(count, 1)


def _check_adversarial(sample: _Sample) -> None:
    """A stretch of the sample's assets, disturbed everywhere: cut at many sessions, and with other futures."""
    window = sample.calling.window
    rows = min(sample.rows, window + _STRETCH)
    real = [a[sample.rows - rows :] for a in sample.arrays]
    cuts = list(range(window, rows, 2))
    clean = _made_up(sample, real, sample.columns)
    for holes in (True, False):
        adversarial = disturbed(real, cuts if holes else (), holes=holes)
        base = _made_up(sample, adversarial, sample.columns)
        if base is None:
            continue  # not of such inputs
        for cut in cuts:
            _check_made_up(base, [a[:cut] for a in adversarial], cut)
        for number, cut in enumerate(cuts[:: max(1, len(cuts) // 4)], start=1):
            other = disturbed(real, (cut,), number, holes=holes)
            _check_made_up(base, with_future(adversarial, other, cut), cut)
            if clean is not None:
                _check_made_up(clean, with_future(real, other, cut), cut)
        return


def _check_wide(sample: _Sample, arrays: Sequence[Floats]) -> None:
    """All assets, or some hundreds of them, over a few sessions: a function may treat them by where they stand."""
    window, (sessions, assets) = sample.calling.window, arrays[0].shape
    if assets <= len(sample.columns):
        return
    columns = np.unique(np.linspace(0, assets - 1, min(assets, _WIDE)).astype(np.int64))
    rows = min(sessions, window + _WIDE_STRETCH)
    cuts = range(window + 1, rows, 3)
    adversarial = disturbed([a[sessions - rows :, columns] for a in arrays], list(cuts))
    base = _made_up(sample, adversarial, columns)
    if base is None:
        return
    for cut in cuts:
        _check_made_up(base, [a[:cut] for a in adversarial], cut)


def _check_whole(calling: Calling, arrays: Sequence[Floats], values: Floats, axes: Axes) -> None:
    """Everything at once, with other data after one session, and with stretches of other data."""
    window, rows = calling.window, values.shape[0]
    whole = _Sample(
        calling=calling,
        axes=axes,
        columns=np.arange(values.shape[1]),
        arrays=tuple(arrays),
        values=values,
        size=_size(values),
    )
    cut = int(_CUTS[1] * rows)
    if window <= cut < rows:
        _compare_whole(whole, [backwards(a, cut) for a in arrays], [(0, cut)], _SAME)
    starts = range(window + _STRETCH, rows, 2 * window + _STRETCH)
    kept = [(s - _STRETCH, s) for s in starts]
    _compare_whole(whole, [_with_stretches(a, starts, window) for a in arrays], kept, _ROUGHLY)


def _with_stretches(array: Floats, starts: Sequence[int], length: int) -> Floats:
    """``array`` with ``length`` sessions from each of ``starts`` on as they are in the series run backwards."""
    other = np.array(array)
    for start in starts:
        other[start : start + length] = array[::-1][start : start + length]
    return other


def _compare_whole(
    whole: _Sample, arrays: Sequence[Floats], kept: Sequence[tuple[int, int]], within: float
) -> None:
    message = "looks ahead: for {place} it gives {one}, and {two} when what comes later is replaced"
    try:
        again = whole.again(arrays)
    except AlphaBenchError:
        return  # not of such inputs
    for first, end in kept:
        whole.compare("future", again[first:end], first, message=message, fix=_LOOK_BACK_ONLY, within=within)


def _made_up(sample: _Sample, arrays: Sequence[Floats], columns: Places) -> _Sample | None:
    """The last sessions with other inputs; None where the function raises on them."""
    dates = sample.axes.dates[len(sample.axes.dates) - arrays[0].shape[0] :]
    try:
        values = sample.again(arrays)
    except AlphaBenchError:
        return None
    axes = replace(sample.axes, dates=dates)
    return _Sample(
        calling=sample.calling,
        axes=axes,
        columns=columns,
        arrays=tuple(arrays),
        values=values,
        size=_size(values),
    )


def _check_made_up(base: _Sample, arrays: Sequence[Floats], cut: int) -> None:
    last = str(base.axes.dates[cut - 1])[:10]
    message = (
        f"looks ahead: on inputs with holes and jumps made for the purpose, for {{place}} it gives {{one}}, and {{two}} when "
        f"what comes after {last} is cut off or replaced"
    )
    try:
        again = base.again(arrays)
    except AlphaBenchError:
        return
    base.compare("future", again[:cut], 0, message=message, fix=_LOOK_BACK_ONLY, within=_WINDOW_SAME)


def check_fresh(calling: Calling, arrays: Sequence[Floats], axes: Axes) -> None:
    """Before anything ran: whether a first call with fewer sessions gives other values. Raises AlphaBenchError R49, or R48."""
    rows, assets = arrays[0].shape
    _refuse_counted(calling, sessions=rows, assets=assets)
    columns = sampled(arrays)
    if calling.by_window:  # a call a session: some sessions are enough
        rows = min(rows, calling.window + _STRETCH)
    cut = (calling.window + rows) // 2
    if not calling.window <= cut < rows or not len(columns):
        return
    part = tuple(np.ascontiguousarray(a[:rows, columns]) for a in arrays)
    short = [a[:cut] for a in part]
    try:
        first = _fresh(calling, part, axes, columns)
        other = _fresh(calling, short, axes, columns).values
        again = first.again(short)
    except AlphaBenchError:
        return  # it is reported where it raises on what it was given
    if first.same(again, 0).all():  # it does not look ahead: it remembers
        message = (
            "remembers from call to call: for {place} it gives {one} where it was first called with all sessions, and {two} where "
            f"it was first called with those up to {str(axes.dates[cut - 1])[:10]}"
        )
        first.compare("varies", other, 0, message=message, fix=_KEEP_NOTHING)


def _fresh(calling: Calling, arrays: Sequence[Floats], axes: Axes, columns: Places) -> _Sample:
    feature = replace(calling.feature, function=fresh_copy(calling.feature.function))
    copied = replace(calling, feature=feature)
    values = copied.whole(arrays, np.empty(arrays[0].shape))
    return _Sample(
        calling=copied, axes=axes, columns=columns, arrays=tuple(arrays), values=values, size=_size(values)
    )


def _refuse_counted(calling: Calling, *, sessions: int, assets: int) -> None:
    """Raise R48 for a tuple with a number for each asset or session: it was made of them."""
    for name, length in calling.feature.lengths.items():
        if length >= _MANY and length != calling.window and length in {sessions, assets}:
            what = "asset" if length == assets else "session"
            raise DefinitionError(
                "R48",
                f"@feature {calling.feature.name}: it reads {name}, {length} values, one for each {what}: it was computed from the data",
                fix="compute it inside, from the last window sessions of an input",
                name=calling.feature.name,
                read=name,
            )


def _check_order(calling: Calling, arrays: Sequence[Floats], values: Floats, axes: Axes) -> None:
    """Some windows again, the last first: nothing may be remembered from call to call."""
    columns = np.arange(values.shape[1])
    sample = _Sample(
        calling=calling, axes=axes, columns=columns, arrays=tuple(arrays), values=values, size=_size(values)
    )
    message = "gives other values when it is run again: for {place} {one}, then {two}"
    ends = np.unique(np.linspace(calling.window - 1, sample.rows - 1, _ASSETS).astype(np.int64))
    for t in ends[::-1]:
        sample.compare(
            "varies", calling.at(arrays, int(t))[np.newaxis], int(t), message=message, fix=_KEEP_NOTHING
        )
