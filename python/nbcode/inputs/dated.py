"""Tables at a point in time: which column says when a row was known, and the rows of a CSV up to the end of a day. Pure, but for the
two files."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from alpha_bench.describe import sessions_between
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.declared import DATES, plain_name
from nbcode.inputs.pinned import Column
from nbcode.primitives import dataclass

WITHOUT_DATES = "none"
"""What stands for a column where no row has a date."""
UNDECLARED = "date"
"""The column of an input that names none."""
_HEADS = 3
"""The most lines of heads above the rows of a CSV: names, a second level, the name of the index."""
_ISO_CHARACTERS = 10
_TYPES = ("date", "timestamp")
_WEEKEND = (5, 6)
DIGITS = "%Y%m%d"
"""How a whole number is a day, where nothing else is said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """``rows`` were kept of ``of_rows``; ``last`` is the last day among those kept, None where there are none."""

    rows: int
    of_rows: int
    last: str | None


class UndatedError(RefusedFileError):
    """H37: nobody knows when the rows of a table were known."""


def no_dates(why: str) -> UndatedError:
    """H37: the table cannot be cut at a point in time."""
    fix = (
        "write `#date=COLUMN` behind its path in [meta], with the column that says when a row was known"
        f" (`#date={WITHOUT_DATES}` where no row has a date)"
    )
    return UndatedError("H37", why, fix)


def no_rows(day: dt.date) -> RefusedFileError:
    """H37: nothing was known on that day."""
    return RefusedFileError("H37", f"it has no row of {day} or before", "give a later as_of")


def date_column_in(columns: Sequence[Column]) -> str:
    """The column that says when a row was known: the only one that is called like a date, else the only one of dates.

    Raises:
        RefusedFileError: H37 where there is none, or more than one.
    """
    named = [one.name for one in columns if plain_name(one.name) in DATES]
    typed = [one.name for one in columns if one.dtype.startswith(_TYPES)]
    exact = [name for name in named if name == "date"]
    for found in (exact, named, typed):
        if len(found) == 1:
            return found[0]
    several = named or typed
    if several:
        raise no_dates(f"it has several columns of dates: {', '.join(several)}")
    raise no_dates("it has no column of dates, so that nobody knows when its rows were known")


def days_missing(last: str, as_of: str, calendar: str = "") -> int:
    """How many days lie after ``last`` up to ``as_of``, both ``YYYY-MM-DD``: the sessions of the exchange ``calendar``; where none is named,
    all but weekends.

    Raises:
        AlphaBenchError: E19 where there is no such calendar, E21 where calendars are not installed.
    """
    if calendar:
        return len(sessions_between(calendar, last, as_of))
    first, end = dt.date.fromisoformat(last), dt.date.fromisoformat(as_of)
    days = (first + dt.timedelta(days=n) for n in range(1, (end - first).days + 1))
    return sum(day.weekday() not in _WEEKEND for day in days)


def cut_csv(
    source: Path, target: Path, date_column: str, day: dt.date, *, date_format: str = "", delimiter: str = ","
) -> Cut:
    """Write the heads of ``source`` and its rows of ``day`` or before it to ``target``, byte by byte as they are.

    A row without a date is left out. The column of dates is the first where the heads do not name it and begin with an empty name, as
    those of a written index do.

    Raises:
        RefusedFileError: H37 where the column is not there, or a row's date cannot be read.
        OSError: ``target`` cannot be written.
    """
    separator = "\t" if delimiter == "\\t" else delimiter
    day_of = cache(day_reader(date_format))
    rows = of_rows = 0
    last: dt.date | None = None
    place = None
    with source.open("rb") as read, target.open("wb") as written:
        for number, record in enumerate(_records(read)):
            if place is None:
                place = _place_of(date_column, _cells(record, separator))
                written.write(record)
                continue
            cell = _cell(record, place, separator).strip()
            found = day_of(cell)
            if not of_rows and found is None and number < _HEADS:
                written.write(record)  # another line of heads
                continue
            of_rows += 1
            if found is None and cell:
                raise no_dates(f"{cell[:30]!r} in line {number + 1} of `{date_column}` is no date")
            if found is not None and found <= day:
                written.write(record)
                rows += 1
                last = found if last is None else max(last, found)
    return Cut(rows=rows, of_rows=of_rows, last=None if last is None else last.isoformat())


def _place_of(date_column: str, names: Sequence[str]) -> int:
    if date_column in names:
        return names.index(date_column)
    if names and not names[0]:
        return 0
    raise no_dates(f"it has no column `{date_column}`")


def day_reader(date_format: str) -> Callable[[str], dt.date | None]:
    """What reads a text as a day: by ``date_format``, else as ``YYYY-MM-DD`` or ``YYYYMMDD``; None for any other."""

    def read(cell: str) -> dt.date | None:
        try:
            if date_format:
                return dt.datetime.strptime(cell, date_format).date()  # noqa: DTZ007 - a day of the exchange
            if cell.isdecimal():
                return dt.datetime.strptime(cell, DIGITS).date()  # noqa: DTZ007 - a day of the exchange
            return dt.date.fromisoformat(cell[:_ISO_CHARACTERS]) if "-" in cell else None
        except ValueError:
            return None

    return read


def _records(read: IO[bytes]) -> Iterator[bytes]:
    """The records of a CSV as they are written; a line break inside quotes ends none."""
    record = b""
    for line in read:
        record += line
        if record.count(b'"') % 2 == 0:
            yield record
            record = b""
    if record:
        yield record


def _cells(record: bytes, separator: str) -> list[str]:
    text = record.decode("utf-8-sig", "replace")
    return next(csv.reader([text], delimiter=separator), [])


def _cell(record: bytes, place: int, separator: str) -> str:
    if b'"' in record:
        cells = _cells(record, separator)
        return cells[place] if place < len(cells) else ""
    parts = record.split(separator.encode(), place + 1)
    return parts[place].decode("utf-8", "replace").strip("\r\n") if place < len(parts) else ""
