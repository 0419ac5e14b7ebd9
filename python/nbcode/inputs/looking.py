"""What a file of prices looks like: the lines of ``[data.<name>]`` that would read it, and a word on each. Pure but for its bytes.

A look is a guess from the first rows, and says so; whether it holds is shown by reading the file as it says.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from nbcode.inputs import _tables
from nbcode.inputs._files import RefusedFileError
from nbcode.inputs.declared import DATES, FIELDS, SYMBOLS, plain_name
from nbcode.primitives import Diagnostic, NbcodeError, Place, dataclass

_ROWS = 2000
_HEAD_BYTES = 1 << 20
_DELIMITERS = (",", ";", "\t", "|")
_ISO = re.compile(r"\d{4}-\d\d-\d\d([ T]00:00:00.*)?|\d{8}")
_OTHER = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d\d)")
_YEAR_FIRST = re.compile(r"\d{4}([/.])\d{1,2}\1\d{1,2}")
_NAMED_MONTHS = (
    "%d %b %Y", "%d-%b-%Y", "%d/%b/%Y", "%d.%b.%Y", "%d%b%Y", "%d %b %y", "%d-%b-%y", "%d %B %Y", "%d-%B-%Y", "%b %d, %Y", "%b %d %Y",
    "%B %d, %Y", "%B %d %Y", "%Y-%b-%d", "%Y %b %d", "%Y %B %d", "%a %d %b %Y", "%a, %d %b %Y", "%a %b %d %Y", "%A, %B %d, %Y",
)  # fmt: skip
"""Forms of dates in the words of ``strptime``, those that name the month; the others are told by their shape."""
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?|nan|NaN|")
_COMMA_NUMBER = re.compile(r"[-+]?\d+,\d+")
_PAIR = re.compile(r"\(\s*'([^']*)'\s*,\s*'([^']*)'\s*\)")
_MARKET_CAPS = ("market_cap", "market_cap_usd", "marketcap", "mktcap")


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """``keys`` are (key, TOML text) pairs without the path; ``notes`` say what was seen and what was taken for what."""

    keys: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    def section(self, name: str, prices: str) -> str:
        """``[data.<name>]`` as it is written."""
        lines = [
            f"[data.{name}]",
            f"prices = {_quoted(prices)}",
            *(f"{key} = {text}" for key, text in self.keys),
        ]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    fields: tuple[str, ...] = ()
    """With two levels of columns, what the other level has."""

    def column(self, at: int) -> list[str]:
        return [row[at] for row in self.rows if at < len(row) and row[at].strip()]


def look_at(path: Path) -> Look:
    """What the first rows of ``path`` (CSV, parquet, or a folder of parquet) look like.

    Raises:
        NbcodeError: NBC-E01, E03 where it cannot be read, E15 where it has no dates, or the fields of one asset that it does not name.
    """
    keys: dict[str, str] = {}
    notes: list[str] = []
    table = _read(path, keys, notes)
    if table.fields:
        _two_levels(table, keys, notes)
        dates = 0
    else:
        dates = _dates_at(table, path)
        _columns(table, dates, path, keys, notes)
    _date_format(table.column(dates), table.names[dates], keys, notes)
    return Look(keys=tuple((key, keys[key]) for key in _ORDER if key in keys), notes=tuple(notes))


_ORDER = ("date", "symbol", "field", "levels", "delimiter", "decimal", "date_format", "rename", "derive")


def _read(path: Path, keys: dict[str, str], notes: list[str]) -> _Table:
    try:
        if path.is_dir() or _tables.table_kind(path) == "parquet":
            names, rows = _tables.first_rows(path, _ROWS)
            pairs = [_PAIR.fullmatch(name) for name in names]
            if sum(pair is not None for pair in pairs) > 1:
                return _levelled(names, rows)
            return _Table(names=names, rows=rows)
        with path.open("rb") as file:
            text = file.read(_HEAD_BYTES).decode("utf-8-sig")
    except RefusedFileError as refused:
        raise NbcodeError([_refused(refused.code, path, str(refused), refused.fix)]) from refused
    except OSError as error:
        raise NbcodeError([_refused("E01", path, error.strerror or str(error), "check the path")]) from error
    except UnicodeDecodeError as error:
        fix = "write it in UTF-8"
        raise NbcodeError([_refused("E03", path, "it is no text in UTF-8", fix)]) from error
    return _csv_table(path, text, keys, notes)


def _csv_table(path: Path, text: str, keys: dict[str, str], notes: list[str]) -> _Table:
    lines = text.splitlines()
    lines = lines[:-1] if len(text) >= _HEAD_BYTES else lines
    if len(lines) < 2:
        raise NbcodeError([_refused("E03", path, "it has no rows", "write one row a session")])
    delimiter = max(_DELIMITERS, key=lines[0].count)
    rows = [tuple(cell.strip() for cell in row) for row in csv.reader(lines[:_ROWS], delimiter=delimiter)]
    if delimiter != ",":
        keys["delimiter"] = '"\\t"' if delimiter == "\t" else f'"{delimiter}"'
        notes.append(f"columns are separated by {'tabs' if delimiter == chr(9) else delimiter}")
    cells = [cell for row in rows[1:50] for cell in row]
    if delimiter != "," and any(map(_COMMA_NUMBER.fullmatch, cells)):
        keys["decimal"] = '","'
        notes.append("decimals are written with a comma")
    first, second = rows[0][1:], rows[1][1:]
    if (
        len(set(first)) < len(first)
        and len(second) == len(first)
        and not any(map(_is_number, filter(None, second)))
    ):
        named = len(rows) > 2 and not any(rows[2][1:])
        names = (
            rows[2][0] if named else "",
            *(f"('{a}', '{b}')" for a, b in zip(first, second, strict=True)),
        )
        return _levelled(names, tuple(rows[3 if named else 2 :]))
    return _Table(names=rows[0], rows=tuple(rows[1:]))


def _is_number(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _COMMA_NUMBER.fullmatch(cell))


def _levelled(names: Sequence[str], rows: tuple[tuple[str, ...], ...]) -> _Table:
    dates = next(n for n, name in enumerate(names) if not _PAIR.fullmatch(name))
    firsts = [pair[1] for name in names if (pair := _PAIR.fullmatch(name))]
    seconds = [pair[2] for name in names if (pair := _PAIR.fullmatch(name))]
    ordered = tuple((row[dates], *row[:dates], *row[dates + 1 :]) for row in rows)
    return _Table(
        names=(names[dates], *dict.fromkeys(firsts)), rows=ordered, fields=tuple(dict.fromkeys(seconds))
    )


def _two_levels(table: _Table, keys: dict[str, str], notes: list[str]) -> None:
    first, second = table.names[1:], table.fields
    fields_first = sum(plain_name(n) in FIELDS for n in first) >= sum(plain_name(n) in FIELDS for n in second)
    keys["levels"] = '"field, symbol"' if fields_first else '"symbol, field"'
    fields, symbols = (first, second) if fields_first else (second, first)
    notes.append(f"columns have two levels: {len(fields)} fields, {len(symbols)} symbols")
    _date_key(table.names[0], keys)
    _rename(fields, keys, notes)


def _dates_at(table: _Table, path: Path) -> int:
    named = [n for n, name in enumerate(table.names) if plain_name(name) in DATES]
    tried: list[int] = [*named, *range(min(len(table.names), 5))]
    for at in tried:
        cells = table.column(at)[:50]
        if cells and all(_ISO.fullmatch(c) or _OTHER.fullmatch(c) or _YEAR_FIRST.fullmatch(c) for c in cells):
            return at
        if cells and _named_months(cells) is not None:
            return at
    raise NbcodeError([_without_dates(table, [n for n in named if table.column(n)], path)])


def _without_dates(table: _Table, named: Sequence[int], path: Path) -> Diagnostic:
    if not named:
        shown = ", ".join(name or "an unnamed one" for name in table.names[:8])
        why = f"no column holds dates: it has {shown}"
        return _refused("E15", path, why, "give it a column date, written as YYYY-MM-DD")
    name, cells = table.names[named[0]], table.column(named[0])
    odd = next((one for one in cells if not _ISO.fullmatch(one)), cells[0])
    return _refused(
        "E15",
        path,
        f"the dates of its column {name!r} are not understood: {odd[:40]!r}",
        "write them as YYYY-MM-DD",
        'declare it in nbcode.toml, with date_format = "..." in the words of strptime, such as %d %b %Y for 08 Feb 2013',
    )


def _named_months(cells: Sequence[str]) -> str | None:
    """The form of dates that name their month, where all have one."""
    return next((form for form in _NAMED_MONTHS if all(_is_date(cell, form) for cell in cells)), None)


def _is_date(cell: str, form: str) -> bool:
    try:
        datetime.strptime(cell, form)  # noqa: DTZ007 - only whether it can be read
    except ValueError:
        return False
    return True


def _columns(table: _Table, dates: int, path: Path, keys: dict[str, str], notes: list[str]) -> None:
    others = [n for n in range(len(table.names)) if n != dates]
    numeric = [n for n in others if table.column(n)[:50] and all(map(_is_number, table.column(n)[:50]))]
    fields = [n for n in numeric if plain_name(table.names[n]) in FIELDS]
    symbols = list(_symbols_at(table, others, numeric))
    if not symbols and fields:
        why, fix = "it has the fields of one asset, which no column names", "add a column symbol"
        raise NbcodeError([_refused("E15", path, why, fix)])
    if not symbols:
        _one_field(numeric, path, keys, notes)
        _date_key(table.names[dates], keys)
        return
    symbol = symbols[0]
    notes.append(
        f"long: a row a session ({table.names[dates] or 'the unnamed column'}) and symbol ({table.names[symbol]})"
    )
    if table.names[symbol] != "symbol":
        keys["symbol"] = _quoted(table.names[symbol])
    values = [table.names[n] for n in numeric if n != symbol and table.names[n]]
    renames = _rename(values, keys, notes)
    if not table.names[dates]:
        renames = {"": "date", **renames}
        keys["rename"] = _table_of(renames)
    else:
        _date_key(table.names[dates], keys)
    left = [table.names[n] for n in others if n not in numeric and n != symbol]
    if left:
        told = ", ".join(left[:5])
        notes.append(
            f"no numbers, so no fields: {told}; what is constant for a symbol belongs in a reference table"
        )
    _derive([renames.get(name, name) for name in values], keys, notes)


def _symbols_at(table: _Table, others: Sequence[int], numeric: Sequence[int]) -> Iterator[int]:
    yield from (n for n in others if plain_name(table.names[n]) in SYMBOLS[:-2])
    yield from (n for n in others if n not in numeric and len(set(table.column(n))) < len(table.column(n)))


def _one_field(numeric: Sequence[int], path: Path, keys: dict[str, str], notes: list[str]) -> None:
    if not numeric:
        raise NbcodeError([_refused("E15", path, "it has no numbers beside its dates", "check its decimals")])
    stem = plain_name(path.stem)
    field = next(
        (word for word in ("open", "high", "low", "volume", "vwap", "adj_close") if word in stem), "close"
    )
    keys["field"] = f'"{field}"'
    sure = "as its name says" if field in stem else "which nothing in it says: correct it where it is another"
    notes.append(f"wide: a row a session, {len(numeric)} symbols as columns; taken for {field}, {sure}")


def _date_key(name: str, keys: dict[str, str]) -> None:
    if name and name != "date":
        keys["date"] = _quoted(name)


_SAME = {
    **dict.fromkeys(
        ("adj_close", "adjclose", "adjusted_close", "px_last", "price", "prc", "last", "settle"), "close"
    ),
    **dict.fromkeys(("vol", "px_volume", "shares_traded"), "volume"),
}
"""What vendors call the two fields that the vocabulary is made of, where a table has none of that name."""


def _rename(names: Sequence[str], keys: dict[str, str], notes: list[str]) -> dict[str, str]:
    new: dict[str, str] = {}
    there = {plain_name(name) for name in names}
    for name in names:
        plain = plain_name(name)
        same = _SAME.get(plain)
        if same is not None and same not in {*there, *new.values()}:
            notes.append(f"{name} is taken for {same}")
            plain = same
        if plain != name and plain.isidentifier() and plain not in {*names, *new.values()}:
            new[name] = plain
    if new:
        keys["rename"] = _table_of(new)
    return new


def _derive(fields: Sequence[str], keys: dict[str, str], notes: list[str]) -> None:
    if "shares_outstanding" in fields:
        return
    cap = next((name for name in _MARKET_CAPS if name in fields), None)
    if cap is not None and "close" in fields:
        keys["derive"] = f'{{ shares_outstanding = "{cap} / close" }}'
        notes.append(f"shares_outstanding is derived from {cap} and close")
    else:
        notes.append("no shares_outstanding: features.turnover and market_cap need it; the others do not")


def _date_format(cells: Sequence[str], name: str, keys: dict[str, str], notes: list[str]) -> None:
    if not cells or all(map(_ISO.fullmatch, cells)):
        return
    if (form := _named_months(cells)) is not None:
        keys["date_format"] = _quoted(form)
        notes.append(f"dates of {name or 'the first column'} are written {form}, such as {cells[0]}")
        return
    early = _YEAR_FIRST.fullmatch(cells[0])
    if early:
        keys["date_format"] = f'"%Y{early[1]}%m{early[1]}%d"'
        return
    parts = [match for match in map(_OTHER.fullmatch, cells) if match]
    if not parts:
        return
    mark, year = parts[0][2], "%Y" if len(parts[0][4]) == 4 else "%y"
    day_first = any(int(part[1]) > 12 for part in parts)
    month_first = any(int(part[3]) > 12 for part in parts)
    order = (
        f"%d{mark}%m{mark}{year}"
        if day_first or (mark == "." and not month_first)
        else f"%m{mark}%d{mark}{year}"
    )
    keys["date_format"] = f'"{order}"'
    sure = "" if day_first or month_first else "; nothing in the first rows says which is the day: check it"
    notes.append(f"dates of {name or 'the first column'} are written {order}, such as {parts[0][0]}{sure}")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'


def _table_of(names: dict[str, str]) -> str:
    return "{ " + ", ".join(f"{_quoted(old)} = {_quoted(new)}" for old, new in names.items()) + " }"


def _refused(code: str, path: Path, why: str, *fixes: str) -> Diagnostic:
    return Diagnostic(
        code=f"NBC-{code}",
        message=f"{path.name} is not taken",
        cause=why,
        fixes=fixes,
        place=Place(path=str(path)),
    )
