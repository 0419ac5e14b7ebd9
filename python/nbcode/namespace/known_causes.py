"""Errors of libraries whose message says too little or too much: a column that a table does not have, a NaN that a model does not take."""

from __future__ import annotations

import re
import sys
import traceback
from collections.abc import Sequence

from nbcode.primitives import nearest

_SHOWN = 8
_NAN = re.compile(r"\A(Input \w+ contains NaN\.)\s+(\w+) does not accept missing values")


def known_cause(error: BaseException) -> tuple[str, str] | None:
    """The cause and the way out of such an error; None for any other."""
    if isinstance(error, KeyError):
        return _no_column(error)
    if isinstance(error, ValueError) and (found := _NAN.match(str(error))) is not None:
        return (
            f"{found[1]} {found[2]} does not accept missing values",
            "take the rows out before the fit, as in table.dropna(), or put SimpleImputer() before it in a pipeline",
        )
    return None


def _no_column(error: KeyError) -> tuple[str, str] | None:
    columns = _columns(error)
    wanted = [name for name in _wanted(error) if name not in columns]
    if not columns or not wanted:
        return None
    near = nearest(wanted[0], columns)
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    cause = f"{wanted[0]!r} is no column of the table, which has {', '.join(columns[:_SHOWN])}{more}"
    return cause, f"write {near!r}" if near else "write one of them, or compute it in a tagged cell above"


def _wanted(error: KeyError) -> list[str]:
    given = error.args[0] if error.args else None
    if not isinstance(given, str):
        return []
    if re.search(r"(not in index|are in the \[?columns\]?)\Z", given):
        return re.findall(r"'([^']+)'", given)
    return [] if "'" in given or "\n" in given else [given]


def _columns(error: BaseException) -> Sequence[str]:
    """The columns of the table of pandas that was asked, where the error comes from pandas and was not asked for a row."""
    pandas = sys.modules.get("pandas")
    for frame, _ in reversed(list(traceback.walk_tb(error.__traceback__))):
        if pandas is None or "pandas" not in frame.f_code.co_filename:
            break
        table = frame.f_locals.get("self")
        if isinstance(table, pandas.DataFrame):
            of_a_row = frame.f_code.co_name == "xs" and frame.f_locals.get("axis") != 1
            return [] if of_a_row else [name for name in table.columns if isinstance(name, str)]
    return []
