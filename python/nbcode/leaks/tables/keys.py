"""Which session and which name each row of a table is of, from what the table itself says or from the table that it was taken of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np

from nbcode.leaks.tables._pandas import (
    dates_of,
    dates_of_words,
    days_in,
    is_frame,
    is_indexed,
    names_series,
    shared_values,
)
from nbcode.leaks.tables._polars import is_polars, levels_of
from nbcode.primitives import dataclass

_NAME_NAMES = frozenset(
    {
        "symbol",
        "asset",
        "ticker",
        "name",
        "sid",
        "permno",
        "code",
        "instrument",
        "stock",
        "id",
        "gvkey",
        "isin",
        "cusip",
        "figi",
        "ric",
        "secid",
        "sym",
    }
)


_SESSION = re.compile(
    r"(date|day|datetime|timestamp|time|session|dt|((trad|pric|quot|px|bar|obs|market|mkt)[a-z]*_?)(date|day|dt))$",
    re.IGNORECASE,
)
_KNOWN = re.compile(
    r"fil(ed|ing)|announ|report|publi|releas|known|knowledge|avail|accept|updat|revis|vintag|rdq|as_?of|receiv|declar|made|given|rated|decided|first_seen|ingest",
    re.IGNORECASE,
)
_REVISED = re.compile(r"revis|restat|amend|correct|final|latest|updat|vintag", re.IGNORECASE)
_JOINED = re.compile(r"(^|_)(listed|joined|added|included|entered|onboarded|backfilled)(_|$)", re.IGNORECASE)
_AHEAD = re.compile(
    r"expect|due|expir|matur|schedul|plan|(^|_)ex_?(div_?)?(date|day)|payable|pay(ment)?_|settle",
    re.IGNORECASE,
)
_PERIOD = re.compile(r"period|fiscal|quarter|month|year|week|(^|_)fy|coupon|contract|season", re.IGNORECASE)
_ENDS = re.compile(
    r"delist|remov|dropp|valid_?to|(^|_)(to|thru|through|until|till|end|ended|left|out|exit|exited|stopped|inactive|terminated)(_?(date|day|on|dt|at))?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_STEM, _SHORT = 5, 2  # letters that restated and restatement share; words that say nothing
_OF_DATES = frozenset({"date", "day", "time", "datet", "times"})
_AFTER = re.compile(r"amc|(after|post)[ -]?(the )?(market|close|hours)([ -]?close)?", re.IGNORECASE)
_BEFORE = re.compile(
    r"|bmo|dm[ht]|(before|pre)[ -]?(the )?(market|open)([ -]?open)?|during.*|intra-?day", re.IGNORECASE
)
_NIGHT, _FIRST = np.timedelta64(1, "D"), 20  # rows, by which a column is told from others
_MOSTLY = 0.95
_SESSIONS = 3  # columns that are dates
_TIMES = 24  # of a day: more of them are bars, or whatever came
_NOBODY = object()
Words = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]
"""Different values in order, and by row which of them it has."""
_MOST_CODES, _FEW_CODES = 6, 40
_MOST_LEVELS = 32
_ONE_EACH = 0.8  # of the rows of a name have a date of their own


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Keys:
    """By row: ``dates`` (datetime64), and ``names`` as text where it is known; ``stamps`` (datetime64) where the time of day is known
    too. ``records`` are columns of an input that say which record of a name and a date a row is."""

    dates: np.ndarray[Any, Any]
    names: np.ndarray[Any, Any] | None
    stamps: np.ndarray[Any, Any] | None = None
    records: tuple[object, ...] = ()


def explicit_keys(table: Any) -> Keys | None:
    """The keys that a frame or a series carries in its columns or its index; None where it has no dates. Of several columns of dates
    that of the session counts: one that is called so, else the one on which the row was made known, where each has one of its own, else the
    first that is no plan of what is to come."""
    levels = dict(_levels(table))
    dated = _dated(levels)
    if not dated:
        return _keys_of_names(table)
    names = _names(levels)
    session = _session(dated)
    if session is None:
        told = _made_known(dated, getattr(table, "columns", ()))
        session = told if told is not None and _one_each(told, names) else _first(dated)
    return Keys(dates=session, names=names, stamps=_stamps(dated, session))


def _keys_of_names(table: Any) -> Keys | None:
    """Of a frame of one name a row and one session a column: each row is known at the last of them. None of any other."""
    if (
        not is_frame(table)
        or table.index.nlevels != 1
        or table.columns.nlevels != 1
        or len(table.columns) < _SESSIONS
    ):
        return None
    dates = dates_of_words(table.columns)
    if dates is None:
        return None
    return Keys(dates=np.full(len(table), dates.max()), names=np.asarray(table.index, dtype=str))


def words_of(values: np.ndarray[Any, Any]) -> Words:
    """Different values, and by row which it is; quick where rows are in blocks."""
    if len(values) == 0:
        return values, np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
    words, at = np.unique(values[starts], return_inverse=True)
    return words, np.repeat(at, np.diff(np.append(starts, len(values))))


class Levels:
    """The values of levels of indexes, which parts of one table share: they are read once."""

    def __init__(self) -> None:
        self._read: dict[int, tuple[Any, np.ndarray[Any, Any], bool]] = {}

    def used(self, level: Any, codes: Any) -> Words | None:
        """The values of ``level`` that ``codes`` use in order, as dates (datetime64) or as text, and by row which it is; None where it holds
        dates that cannot be read."""
        held = shared_values(level)
        known = self._read.get(id(held))
        if known is None:
            dated = getattr(level.dtype, "kind", "") == "M"
            values = dates_of(level, None) if dated else np.asarray(level, dtype=str)
            if values is None:
                return None
            while len(self._read) >= _MOST_LEVELS:
                del self._read[next(iter(self._read))]
            known = self._read[id(held)] = (held, values, bool((values[1:] > values[:-1]).all()))
        _, values, ascending = known
        there = np.flatnonzero(np.bincount(codes, minlength=len(values)))
        words = values[there]
        if ascending:
            at = np.cumsum(np.bincount(there, minlength=len(values))) - 1
            return words, at[codes]
        words, place = np.unique(words, return_inverse=True)
        at = np.zeros(len(values), dtype=np.int64)
        at[there] = place
        return words, at[codes]


def level_keys(table: Any, levels: Levels) -> tuple[Words, Words] | None:
    """Dates and names of a frame or a series whose index has one level of each, and that has no other text or date: of each the different
    values in order, and by row which it is, as :func:`explicit_keys` has them at full length. None of any other."""
    if not is_indexed(table) or table.index.nlevels != 2:
        return None
    index = table.index
    at = next((n for n in range(2) if str(index.names[n]).lower() in _NAME_NAMES), None)
    if at is None or index.names[0] == index.names[1] or len(index) == 0 or not says_by_index(table):
        return None
    dated, named = index.levels[1 - at], index.levels[at]
    if getattr(dated.dtype, "kind", "") != "M" or any(codes.min() < 0 for codes in index.codes):
        return None
    if str(index.names[1 - at]).lower() in _NAME_NAMES:
        return None
    dates, names = levels.used(dated, index.codes[1 - at]), levels.used(named, index.codes[at])
    return None if dates is None or names is None else (dates, names)


def says_by_index(table: Any) -> bool:
    """Whether no column of a frame or a series tells a date or a name: its index alone does, if anything."""
    return next(_columns(table), None) is None


def is_of_days(index: Any) -> bool:
    """Whether an index, or a level of it, has days or times."""
    return any(
        getattr(one.dtype, "kind", "") == "M" for one in (index.levels if index.nlevels > 1 else [index])
    )


def known_keys(table: Any) -> Keys | None:
    """As :func:`explicit_keys`, but the date of a row is the one on which it was known: the latest that is called a filing, a report, an
    update and so on. Where a session is named, these count where each row has one of its own, after its session. A name that was listed or
    added later brings its past with it then; what came after the close is of the day after."""
    levels = dict(_levels(table))
    dated = _dated(levels)
    if not dated:
        return None
    names = _names(levels)
    known, session, told = _first(dated), _session(dated), _made_known(dated, getattr(table, "columns", ()))
    if session is not None:
        later = told is not None and bool((told >= session).mean() > _MOSTLY) and bool((told > session).any())
        known = told if told is not None and later and _one_each(told, names) else session
    elif told is not None:
        known = told
    joined = [dates for name, dates in dated.items() if _JOINED.search(str(name)) and dates is not known]
    dates = np.maximum.reduce([known, *joined])
    says, after = _after_the_close(levels)
    dates = dates + np.where(after, _NIGHT, 0 * _NIGHT)
    records = (*says, *_records(table, levels, dated))
    return Keys(dates=dates, names=names, stamps=_stamps(dated, dates), records=records)


def _records(
    table: Any, levels: Mapping[object, Any], dated: Mapping[object, np.ndarray[Any, Any]]
) -> tuple[object, ...]:
    """Columns of texts or codes without which a name has several rows of one date, and with which it has none: which series it is, which
    form, which vintage."""
    name = _name_level(levels)
    codes = [c for c in table.columns if c not in dated and c != name and _is_code(table[c])][:_MOST_CODES]
    found: dict[object, None] = {}
    for date in (c for c in table.columns if c in dated):
        base = [date] if name is _NOBODY or name not in table.columns else [date, name]
        if not table.duplicated(base).any():
            continue
        for some in (*combinations(codes, 1), *combinations(codes, 2)):
            if not table.duplicated([*base, *some]).any():
                found.update(dict.fromkeys(some))
                break
    return tuple(found)


def _is_code(values: Any) -> bool:
    kind = getattr(values.dtype, "kind", "O")
    return kind in "OUSb" or (kind in "iu" and int(values.nunique()) <= _FEW_CODES)


def dated_keys(inputs: Mapping[str, Any]) -> dict[str, Keys]:
    """:func:`known_keys` of those frames that have dates, by name. Where some have days alone, what others hold of single moments is of
    the days, and has its times beside."""
    dated = {name: keys for name, frame in inputs.items() if (keys := known_keys(frame)) is not None}
    if not any(
        keys.stamps is None and bool((keys.dates == _days(keys.dates)).all()) for keys in dated.values()
    ):
        return dated
    return {name: _of_moments(keys) for name, keys in dated.items()}


def _of_moments(keys: Keys) -> Keys:
    days = _days(keys.dates)
    times = np.unique(keys.dates - days)
    if keys.stamps is not None or len(times) < 2 or not _one_each(days, keys.names):
        return keys
    return replace(keys, dates=days, stamps=keys.dates)


def _days(dates: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return dates.astype("datetime64[D]").astype(dates.dtype)


def event_columns(frame: Any) -> tuple[tuple[object, ...], tuple[object, ...]]:
    """The columns of dates of which nobody knew before they came: when something was announced or filed, and when something ended, which
    has no date (NaT) while it has not."""
    told, ended = [], []
    for column in frame.columns:
        name = str(column)
        if _AHEAD.search(name) or _PERIOD.search(name) or _SESSION.match(name):
            continue
        if _ENDS.search(name):
            ended.append(column)
        elif _KNOWN.search(name) and dates_of(frame[column], column) is not None:
            told.append(column)
    return tuple(told), tuple(ended)


def revised_columns(
    frame: Any, dates: np.ndarray[Any, Any]
) -> tuple[tuple[tuple[object, ...], np.ndarray[Any, Any]], ...]:
    """Columns that came to be known by a date of their own, after the ``dates`` of their rows, and by row that date: ``eps_restated`` beside
    ``restated_on``, ``value_final`` beside ``revised``. Where a row has none, its own counts."""
    found = []
    stems = {column: _stems(column) for column in frame.columns}
    for column in frame.columns:
        of_date = stems[column] - _OF_DATES
        again = _REVISED.search(str(column)) is not None
        related = [
            one
            for one in frame.columns
            if one is not column and (stems[one] & of_date or (again and _REVISED.search(str(one))))
        ]
        if not related or _AHEAD.search(str(column)) or not _may_be_dates(frame[column], column):
            continue
        columns = tuple(one for one in related if _is_value(frame[one], one))
        days = days_in(frame[column]) if columns else None
        if days is None:
            continue
        own = np.asarray(days).astype(dates.dtype)
        own = np.where(np.isnat(own), dates, own)
        if (own >= dates).mean() > _MOSTLY and (own > dates).any():
            found.append((columns, own))
    return tuple(found)


def _may_be_dates(values: Any, name: object) -> bool:
    """By its first entries: a column of many numbers or texts is not read for nothing."""
    some = values[values.notna()].iloc[:_FIRST]
    return len(some) > 0 and dates_of(some, name) is not None


def _is_value(values: Any, name: object) -> bool:
    return getattr(values.dtype, "kind", "O") in "fiu" and dates_of(values, name) is None


def _stems(name: object) -> frozenset[str]:
    """The words of a name, each by the letters that its forms share."""
    return frozenset(word.lower()[:_STEM] for word in _WORD.findall(str(name)) if len(word) > _SHORT)


def _session(dated: Mapping[object, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any] | None:
    return next((dates for name, dates in dated.items() if _SESSION.match(str(name))), None)


def _stamps(
    dated: Mapping[object, np.ndarray[Any, Any]], days: np.ndarray[Any, Any]
) -> np.ndarray[Any, Any] | None:
    """The times on the same days at which rows were known, where these have some: of closes of two markets, say."""
    if (days != days.astype("datetime64[D]")).any():
        return None
    for name, stamps in dated.items():
        times = np.unique(stamps - stamps.astype("datetime64[D]"))
        same = stamps.astype("datetime64[D]") == days.astype("datetime64[D]")
        if times[-1:].any() and len(times) <= _TIMES and not _AHEAD.search(str(name)) and bool(same.all()):
            return stamps
    return None


def _after_the_close(levels: Mapping[object, Any]) -> tuple[tuple[object, ...], np.ndarray[Any, Any] | bool]:
    """The column of texts that says which rows came after the market's close, amc beside bmo, and by row whether it did."""
    for name, values in levels.items():
        if getattr(values.dtype, "kind", "O") not in "OUST" or not all(map(_by_the_close, values[:_FIRST])):
            continue
        words, codes = words_of(
            np.asarray(values.fillna("") if hasattr(values, "fillna") else values, dtype=str)
        )
        after = [_AFTER.fullmatch(word.strip()) is not None for word in words]
        if 0 < sum(after) < len(words) and all(map(_by_the_close, words)):
            return (name,), np.asarray(after)[codes]
    return (), False


def _by_the_close(word: object) -> bool:
    text = "" if word is None or isinstance(word, float) else str(word).strip()
    return bool(_AFTER.fullmatch(text) or _BEFORE.fullmatch(text))


def _made_known(
    dated: Mapping[object, np.ndarray[Any, Any]], columns: Iterable[object]
) -> np.ndarray[Any, Any] | None:
    """By row the latest date that is called so; one that all rows share is the day of a download. The day of a revision is none where
    what was revised has columns of its own (see :func:`revised_columns`)."""
    told = {
        name: dates
        for name, dates in dated.items()
        if _KNOWN.search(str(name)) and not _AHEAD.search(str(name)) and len(np.unique(dates)) > 1
    }
    if any(_REVISED.search(str(column)) for column in columns if column not in dated):
        told = {name: dates for name, dates in told.items() if not _REVISED.search(str(name))} or told
    return np.maximum.reduce(list(told.values())) if told else None


def _first(dated: Mapping[object, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """The first that is no plan, and no period where there are days beside it."""
    for not_this in (
        re.compile(f"{_AHEAD.pattern}|{_PERIOD.pattern}|{_JOINED.pattern}", re.IGNORECASE),
        _AHEAD,
    ):
        found = next((dates for name, dates in dated.items() if not not_this.search(str(name))), None)
        if found is not None:
            return found
    return next(iter(dated.values()))


def _one_each(dates: np.ndarray[Any, Any], names: np.ndarray[Any, Any] | None) -> bool:
    """Whether most rows of a name have a date that no other row of it has."""
    days = dates.astype("datetime64[ns]").view(np.int64)
    if names is None:
        return bool(len(np.unique(days)) >= _ONE_EACH * len(days))
    _, codes = np.unique(names, return_inverse=True)
    order = np.lexsort((days, codes))
    ours, theirs = codes[order], days[order]
    other = (ours[1:] != ours[:-1]) | (theirs[1:] != theirs[:-1])
    return bool(1 + other.sum() >= _ONE_EACH * len(days))


def _dated(levels: Mapping[object, Any]) -> dict[object, np.ndarray[Any, Any]]:
    found: dict[object, np.ndarray[Any, Any]] = {}
    for name, values in levels.items():
        if str(name).lower() not in _NAME_NAMES and (dates := dates_of(values, name)) is not None:
            found[name] = dates
    return found


def _names(levels: Mapping[object, Any]) -> np.ndarray[Any, Any] | None:
    name = _name_level(levels)
    return None if name is _NOBODY else np.asarray(levels[name], dtype=str)


def _name_level(levels: Mapping[object, Any]) -> object:
    """What says which name a row is of: a level that is called so, else the first of texts that has no session twice."""
    named = next((name for name in levels if str(name).lower() in _NAME_NAMES), _NOBODY)
    if named is not _NOBODY:
        return named
    dated = _dated(levels)
    if not dated:
        return _NOBODY
    dates = _first(dated) if (session := _session(dated)) is None else session
    return next((n for n, v in levels.items() if n not in dated and names_series(v, dates)), _NOBODY)


def has_dates(table: Any) -> bool:
    """Whether a frame says of each of its rows which session it is of."""
    return explicit_keys(table) is not None


def name_column(frame: Any) -> str | None:
    """The column that says which name a row is of."""
    return next((c for c in getattr(frame, "columns", ()) if str(c).lower() in _NAME_NAMES), None)


def key_columns(frame: Any) -> tuple[object, ...]:
    """The columns that say of which session and which name a row is: numbers in them are no values."""
    name = _name_level(dict(_levels(frame)))
    return tuple(
        column
        for column in frame.columns
        if column == name or str(column).lower() in _NAME_NAMES or dates_of(frame[column], column) is not None
    )


def wide_keys(frame: Any) -> Keys | None:
    """The keys of every value of a frame of one session a row and one name a column, row after row; None where it is none."""
    if frame.index.nlevels != 1 or frame.columns.nlevels != 1 or frame.shape[1] < 2 or not _all_float(frame):
        return None
    dates = dates_of(frame.index, frame.index.name)
    if dates is None:
        return None
    names = np.tile(np.asarray(frame.columns, dtype=str), len(frame))
    return Keys(dates=np.repeat(dates, frame.shape[1]), names=names)


def _all_float(frame: Any) -> bool:
    return all(getattr(kind, "kind", "") == "f" for kind in frame.dtypes)


def _levels(table: Any) -> Iterator[tuple[object, Any]]:
    if is_polars(table):
        yield from levels_of(table)
        return
    index = table.index
    for number, name in enumerate(index.names):
        yield name, index.get_level_values(number)
    yield from _columns(table)


def _columns(table: Any) -> Iterator[tuple[object, Any]]:
    """The columns of a frame that can tell a date or a name."""
    if not hasattr(table, "columns"):
        return
    for column, kind in zip(table.columns, table.dtypes, strict=True):
        if getattr(kind, "kind", "") != "f" or str(column).lower() in _NAME_NAMES:  # a number tells no date
            yield column, table[column]
