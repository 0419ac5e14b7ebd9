"""Why no other future can be made: what of a notebook's inputs has none, and how it gets one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode.leaks.lineage import Obstacle
from nbcode.leaks.tables import PART, TABLES

_NAMED = 3

NO_INPUTS = Obstacle(
    cause="no input is declared and no panel is used",
    fix="",
    of_note=True,
)
NO_FIT = Obstacle(
    cause="no cell fits, applies or splits with a library whose calls are recorded",
    fix="fit with scikit-learn, LightGBM, XGBoost, CatBoost or statsmodels, or with a class that has fit and predict",
)


def few_sessions(there: int, needed: int) -> Obstacle:
    """The inputs are too short."""
    return Obstacle(
        cause=f"the inputs have {there} sessions, and it needs {needed} to change the later ones",
        fix=f"promote on inputs of {needed} sessions or more",
    )


def not_kept(lost: str) -> Obstacle:
    """What the recorder could not follow; ``lost`` is of :attr:`Lineage.lost`: what it was, the error's kind, and the error."""
    what, kind, error = (*lost.split(": ", 2), "", "")[:3]
    return Obstacle(
        cause=f"what {what} holds could not be recorded ({kind})",
        detail=f": {error}"[:120] if error else "",
        fix="keep it as a frame or a series by date, or as an array of numbers",
    )


def nothing_dated(frames: Mapping[str, Any], files: Mapping[str, Path]) -> Obstacle:
    """Inputs that stay as they are: ``frames`` without dates, and ``files`` that are no frames."""
    told = [f"{_called(name)} has no column of dates" for name in frames]
    told += [_no_table(name, path) for name, path in files.items()]
    more = f" (and {len(told) - _NAMED} more)" if len(told) > _NAMED else ""
    if frames:
        fix = f"give {_called(next(iter(frames)))} a column `date`, the day of each row"
    else:
        fix = "declare the prices as CSV or parquet, with a column `date`"
    return Obstacle(cause="; ".join(told[:_NAMED]) + more, fix=fix)


def _no_table(name: str, path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix in TABLES:
        return f"{name} cannot be read as a table"
    return f"{name} is no table with dates" + (f" ({suffix})" if suffix else "")


def _called(name: str) -> str:
    return name.replace(PART, "/")
