"""The window to pyarrow of a promotion: the coefficients, predictions and labels that an artifact holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbcode.promotion.drift import Day, Fit


def fit_in(artifact: Path) -> Fit | None:
    """What the artifact in a folder says of its fit; None where it has no predictions by session and asset."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = artifact / "predictions.parquet"
    try:
        table = pq.read_table(path)
        if not {"date", "asset", "prediction"} <= {*table.column_names}:
            return None
        parts = sorted((artifact / "labels").glob("*.parquet"))
        known = pa.concat_tables([pq.read_table(part) for part in parts]) if parts else table
    except (OSError, pa.ArrowException):
        return None
    labels = _by_day(known, "label") if "label" in known.column_names else {}
    return Fit(coefficients=_coefficients(artifact), predictions=_by_day(table, "prediction"), labels=labels)


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
