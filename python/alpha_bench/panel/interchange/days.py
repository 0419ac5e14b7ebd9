"""Dates as days since 1970-01-01: a panel is daily, so a time of day is refused and not cut off."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError

_TEN_YEARS = 3652
_PER_DAY = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}
_SINCE_1970 = {unit: (_TEN_YEARS * per_day, 10 * _TEN_YEARS * per_day) for unit, per_day in _PER_DAY.items()}
"""What numbers of such a unit are between 1980 and 2070; days are not told from those that Excel counts."""
_FIRST, _LAST = 1800_01_01, 2200_12_31


def midnights(
    ticks: NDArray[np.int64], unit: str, name: str, source: str, zone: str | None = None
) -> NDArray[np.int32]:
    """Days of time stamps, counted in ``unit`` since 1970-01-01 on the clock of ``zone``.

    Raises:
        AlphaBenchError: R56 where one is not at midnight.
    """
    days = ticks // _PER_DAY[unit]  # by a constant: four times as fast as numpy.divmod
    timed = days * _PER_DAY[unit] != ticks
    if timed.any():
        row = int(np.argmax(timed))
        first = str(ticks[row].astype(f"datetime64[{unit}]").astype("datetime64[s]")).replace("T", " ")
        clock = f" in {zone}" if zone else ""
        raise DataError(
            "R56",
            f"{source}: {np.count_nonzero(timed)} of {len(ticks)} values of {name!r} have a time of day, such as {first}{clock}; "
            "a panel has one row a session",
            fix="keep one row a session and write its date; daily stamps of another zone: convert them to the exchange's own first",
            column=name,
        )
    return days.astype(np.int32)


def integer_dates(numbers: NDArray[np.int64], name: str, source: str) -> NDArray[np.int32]:
    """Days of dates written as whole numbers YYYYMMDD. Raises AlphaBenchError E15 where one is no date."""
    year, month, day = numbers // 10_000, numbers // 100 % 100, numbers % 100
    possible = (numbers >= _FIRST) & (numbers <= _LAST) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(possible, year, 1970) - 1970) * 12 + np.where(possible, month, 1) - 1
    first = months.astype("datetime64[M]")
    found = first.astype("datetime64[D]") + (np.where(possible, day, 1) - 1)
    possible &= found.astype("datetime64[M]") == first
    if not possible.all():
        wrong = int(numbers[int(np.argmin(possible))])
        unit = next((u for u, (low, high) in _SINCE_1970.items() if low <= wrong < high), None)
        raise DataError(
            "E15",
            f"{source}: column {name!r} does not hold dates ({wrong} is not YYYYMMDD)",
            fix="write dates as YYYY-MM-DD"
            + (f': frame["{name}"] = pandas.to_datetime(frame["{name}"], unit="{unit}")' if unit else ""),
        )
    days: NDArray[np.int32] = found.astype(np.int64).astype(np.int32)
    return days


_FORMS = {
    "YYYYMMDD as text": (re.compile(r"[12]\d{7}"), 'format="%Y%m%d"'),
    "a day, the name of a month and a year": (re.compile(r"\d{1,2} [A-Za-z]{3} \d{4}"), 'format="%d %b %Y"'),
    "a midnight of UTC": (re.compile(r"\d{4}-\d\d-\d\d[T ]00:00:00(\.0+)?Z"), "utc=True"),
}
"""Ways to write dates that are no others, and what pandas needs to be told."""
_PARTS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")


def written_otherwise(texts: Iterable[str], name: str) -> tuple[str, str] | None:
    """What texts say that are dates in another order than year, month, day, and how they become such; None where they are none."""
    given = [text.strip() for text in texts]
    for form, (shape, asked) in _FORMS.items():
        if given and all(shape.fullmatch(text) for text in given):
            return (
                f"{given[0]!r} is {form}",
                f'write YYYY-MM-DD: frame["{name}"] = pandas.to_datetime(frame["{name}"], {asked})',
            )
    found = [_PARTS.fullmatch(text) for text in given]
    parts = [m for m in found if m is not None]
    if not parts or len(parts) < len(found):
        return None
    _, sign, _, year = parts[0].groups()
    day_first = any(int(m.group(1)) > 12 for m in parts)
    month_first = any(int(m.group(3)) > 12 for m in parts)
    if day_first and month_first:
        return None
    order = "%d{0}%m{0}" if day_first else "%m{0}%d{0}"
    form = order.format(sign) + ("%Y" if len(year) == 4 else "%y")
    told = "day, month, year" if day_first else "month, day, year"
    sure = "" if day_first or month_first else ", or the other way round: nothing in it says which"
    return (
        f"{parts[0].group(0)!r} is {told}{sure}",
        f'write YYYY-MM-DD: frame["{name}"] = pandas.to_datetime(frame["{name}"], format="{form}")',
    )
