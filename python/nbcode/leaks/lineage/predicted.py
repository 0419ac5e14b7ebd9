"""What the recorded calls predicted, and the labels that they learnt from, by session and name: plain arrays for the judge."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from nbcode.leaks.lineage.calls import UNKNOWN, Call, Kind, Lineage, Role, Rows

_Part = tuple[Rows, np.ndarray[Any, Any]]


_MOST_VALUES = 4_000_000  # of the rows that the model is asked for again


def write_predictions(lineage: Lineage, path: Path, model: int = UNKNOWN) -> bool:
    """Write the rows of every ``predict`` whose sessions are known, and of the y of every fit, where there are both; whether there
    are. The arrays are ``dates`` and ``names``, of which ``row`` (a session), ``name`` (-1: none) and ``value`` of ``predicted_`` and
    ``label_`` are made, and the number of the ``predicted_call``. Of the object with the number ``model`` there are besides ``model_x`` (rows x
    columns), ``model_columns`` (their names, or none) and ``model_value``, what its last ``predict`` gave, where it was not fitted since."""
    predicted = [part for call in lineage.calls if (part := _predicted(call)) is not None]
    labels = [part for call in lineage.calls if (part := _labels(call)) is not None]
    if not predicted or not labels:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    calls = [np.full(len(rows), number, dtype=np.int64) for number, (rows, _) in enumerate(predicted)]
    np.savez(
        path,
        dates=lineage.dates,
        names=np.array(lineage.names, dtype=np.str_),
        predicted_call=np.concatenate(calls),
        **_columns("predicted", predicted),
        **_columns("label", labels),
        **_of_model(lineage, model),
    )
    return True


def _of_model(lineage: Lineage, model: int) -> dict[str, Any]:
    own = [call for call in lineage.calls if call.owner == model != UNKNOWN]
    fitted = max((call.number for call in own if call.kind is Kind.FIT), default=UNKNOWN)
    for call in reversed(own):
        x = next(call.of(Role.X), None)
        if call.number < fitted or not call.asked_plainly or call.predicted is None:
            continue
        if x is None or x.numbers is None or not x.plain:
            continue
        if x.numbers.size <= _MOST_VALUES and call.predicted.shape == (len(x.numbers), 1):
            named = x.columns if len(x.columns) == x.numbers.shape[1] else ()
            return {
                "model_x": x.numbers,
                "model_columns": np.array(named, dtype=np.str_),
                "model_value": call.predicted[:, 0],
            }
    return {}


def _columns(kind: str, parts: Iterable[_Part]) -> dict[str, Any]:
    rows, values = zip(*parts, strict=True)
    names = [np.full(len(one), UNKNOWN) if one.names is None else one.names for one in rows]
    return {
        f"{kind}_row": np.concatenate([one.sessions for one in rows]).astype(np.int64),
        f"{kind}_name": np.concatenate(names).astype(np.int64),
        f"{kind}_value": np.concatenate(values),
    }


def _predicted(call: Call) -> _Part | None:
    return _part(call.rows_of(Role.X), call.predicted)


def _labels(call: Call) -> _Part | None:
    if call.kind is not Kind.FIT:
        return None
    y = next(call.of(Role.Y), None)
    return None if y is None else _part(y.rows, y.numbers)


def _part(rows: Rows | None, numbers: np.ndarray[Any, Any] | None) -> _Part | None:
    if rows is None or numbers is None or numbers.shape != (len(rows), 1):
        return None
    known = rows.sessions != UNKNOWN
    return rows[known], numbers[known, 0]
