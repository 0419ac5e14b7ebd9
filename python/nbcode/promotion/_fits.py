"""The window to pyarrow of a promotion: the coefficients, predictions and labels that an artifact holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbcode.promotion.drift import Day, Fit

_SIGNAL = {"symbol": "asset", "value": "prediction"}
"""What the columns of a signal are called here."""


def fit_in(artifact: Path) -> Fit | None:
    """What the artifact in a folder says of its fit; None where there is none. A signal is what its model predicts."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not artifact.is_dir():
        return None
    nothing = Fit(coefficients=_coefficients(artifact), predictions={}, labels={})
    try:
        table = _predictions(artifact)
        if table is None or not {"date", "asset", "prediction"} <= {*table.column_names}:
            return nothing
        parts = sorted((artifact / "labels").glob("*.parquet"))
        known = pa.concat_tables([pq.read_table(part) for part in parts]) if parts else table
    except (OSError, pa.ArrowException):
        return nothing
    labels = _by_day(known, "label") if "label" in known.column_names else {}
    return Fit(coefficients=_coefficients(artifact), predictions=_by_day(table, "prediction"), labels=labels)


def _predictions(artifact: Path) -> Any:
    """The predictions of the folds, or the values of a signal, by date and asset; None where there are neither."""
    import pyarrow.parquet as pq

    folds, signal = artifact / "predictions.parquet", artifact / "model" / "signal.parquet"
    if folds.is_file():
        return pq.read_table(folds)
    if not signal.is_file():
        return None
    table = pq.read_table(signal)
    return table.rename_columns([_SIGNAL.get(name, name) for name in table.column_names])


def _by_day(table: Any, column: str) -> dict[Day, dict[str, float]]:
    import pyarrow.compute as pc

    there = table.filter(pc.is_valid(table[column]))
    days = pc.strftime(there["date"], format="%Y-%m-%d").to_pylist()
    found: dict[Day, dict[str, float]] = {}
    rows = zip(days, there["asset"].to_pylist(), there[column].to_pylist(), strict=True)
    for day, asset, value in rows:
        found.setdefault(day, {})[asset] = value
    return found


def _coefficients(artifact: Path) -> dict[str, float] | None:
    try:
        model = json.loads((artifact / "model" / "model.json").read_bytes())
        return dict(zip(model["names"], map(float, model["linear"]["coef"]), strict=True))
    except (OSError, ValueError, KeyError, TypeError):
        return None
