"""A dataset as nbcode.toml declares it against the columns that its file has. Pure; what is wrong is said in TOML's words."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from alpha_bench.describe import AlphaBenchError, formulas_in_order
from nbcode.configuration import NO_DEFAULT, Config, DatasetConfig, Workspace
from nbcode.primitives import Diagnostic, Place, nearest

DATES = ("date", "datetime", "day", "session", "time", "timestamp", "trade_date", "tradedate")
SYMBOLS = ("symbol", "ticker", "asset", "instrument", "permno", "sid", "secid", "isin", "code", "name")
FIELDS = frozenset(
    {
        "open",
        "high",
        "low",
        "close",
        "volume",
        "adj_close",
        "vwap",
        "shares_outstanding",
        "market_cap",
        "price",
        "ret",
        "return",
    }
)
"""What columns of dates, of names of assets and of numbers are called elsewhere, as :func:`plain_name` writes them."""
_PAIR = re.compile(r"\(\s*['\"].*['\"]\s*,.*\)")
_DELIMITERS = {";": ";", "\t": "\\t", "|": "|"}
_TOLD = 12


def plain_name(text: str) -> str:
    """``adj_close`` for ``Adj Close``."""
    return re.sub(r"\W+", "_", text.strip().lower()).strip("_")


def declared_at(workspace: Workspace, dataset: DatasetConfig, key: str) -> Place | None:
    """The line of nbcode.toml that declares ``key`` of a dataset; None of the sample, which none does."""
    path = workspace.config.path
    line = dataset.line_of(key)
    return None if path is None else Place(path=str(path), line=line, file_line=line)


def unknown_dataset(name: str, config: Config) -> Diagnostic:
    """NBC-E01 for a dataset that nbcode.toml does not declare; NBC-C33 where none is named, and none of several is the default."""
    known = config.dataset_names
    if name == NO_DEFAULT:
        return Diagnostic(
            code="NBC-C33",
            message=f"{len(config.datasets)} datasets and no default one",
            cause=f"declared: {', '.join(known[:-1])}",
            fixes=(f"write `data: {known[0]}`", f'in nbcode.toml: [defaults] data = "{known[0]}"'),
            place=Place(tag="meta"),
        )
    near = nearest(name, known)
    fixes = [f"declare it as [data.{name}] in nbcode.toml"]
    return Diagnostic(
        code="NBC-E01",
        message=f"no dataset is named `{name}`" + (f": did you mean `{near}`?" if near else ""),
        cause=f"nbcode.toml and the embedded sample give: {', '.join(known)}",
        fixes=[f"write `data: {near}`", *fixes]
        if near
        else [*fixes, *(f"write `data: {one}`" for one in known[:3])],
        place=Place(tag="meta"),
    )


def wrong_columns(dataset: DatasetConfig, columns: Sequence[str], place: Place | None) -> Diagnostic | None:
    """NBC-E15 where the file cannot be what ``dataset`` declares, with the line to write; None where its columns fit."""
    layout = dataset.layout
    renames = dict(layout.rename) if layout else {}
    absent = [name for name in renames if name not in columns]
    if absent and not (layout and layout.levels):
        near = nearest(absent[0], columns)
        new = renames[absent[0]]
        fix = f'"{near}" = "{new}"' if near and near != new else f'no "{absent[0]}" in rename'
        return _wrong(dataset, columns, f"has no column {absent[0]!r} to rename", (fix,), place)
    if layout and layout.is_wide:
        return None
    names = [renames.get(name, name) for name in columns]
    lacking = [
        (key, name)
        for key, name in (("date", dataset.date_column), ("symbol", dataset.symbol_column))
        if name not in names
    ]
    if not lacking:
        return None
    key, name = lacking[0]
    told = f"has no column {name!r}"
    return _wrong(dataset, columns, told, _ways_out(dataset, names, key), place)


def fields_of(dataset: DatasetConfig, columns: Sequence[str]) -> set[str] | None:
    """What the panel's fields are called by a file's columns; None where its head does not say."""
    layout = dataset.layout
    if layout is not None and layout.is_wide:
        return {layout.field} if layout.field else None
    renames = dict(layout.rename) if layout else {}
    return {renames.get(name, name) for name in columns}


def wrong_formulas(
    dataset: DatasetConfig, columns: Collection[str], place: Place | None
) -> tuple[Diagnostic, ...]:
    """NBC-R10 for formulas that a run would refuse: what is none, and one that reads what neither ``columns`` of the files nor other formulas give."""
    try:
        formulas_in_order(dict(dataset.derive), columns)
    except AlphaBenchError as error:
        cause = "a formula is computed of the columns of the prices and the reference, and of other formulas"
        return (
            Diagnostic(
                code="NBC-R10",
                message=f"[data.{dataset.name}]: {error.message}",
                cause=cause,
                fixes=(error.fix,),
                place=place,
            ),
        )
    return ()


def delimiter_in(line: str) -> str | None:
    """What stands between the columns of a head that has no comma, as TOML writes it; None where nothing does."""
    return next((written for mark, written in _DELIMITERS.items() if mark in line and "," not in line), None)


def _ways_out(dataset: DatasetConfig, names: Sequence[str], key: str) -> tuple[str, ...]:
    if len(names) == 1:
        written = delimiter_in(names[0])
        if written is not None:
            comma = ', and decimal = "," where decimals are written so' if written == ";" else ""
            return (f'delimiter = "{written}"{comma}',)
    if sum(map(bool, map(_PAIR.fullmatch, names))) > 1:
        return ('levels = "field, symbol", or "symbol, field"',)
    known = DATES if key == "date" else SYMBOLS
    same = [name for name in names if plain_name(name) in known]
    if same:
        return (f'{key} = "{same[0]}"',)
    near = nearest(dataset.date_column if key == "date" else dataset.symbol_column, names)
    if near:
        return (f'{key} = "{near}"',)
    if key == "symbol" and len(names) > 2 and not any(plain_name(n) in FIELDS for n in names):
        return ('field = "close", or whichever field it is, where each column is a symbol',)
    return (f'{key} = "the name that the column has"',)


def _wrong(
    dataset: DatasetConfig, columns: Sequence[str], told: str, ways: tuple[str, ...], place: Place | None
) -> Diagnostic:
    listed = ", ".join(name or "(no name)" for name in columns[:_TOLD])
    more = f" and {len(columns) - _TOLD} more" if len(columns) > _TOLD else ""
    return Diagnostic(
        code="NBC-E15",
        message=f"[data.{dataset.name}]: {dataset.prices_uri} {told}",
        cause=f"it has {listed}{more}",
        fixes=tuple(f"in [data.{dataset.name}] write {way}" for way in ways),
        place=place,
    )
