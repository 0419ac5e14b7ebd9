"""The window to polars: an Arrow table as a polars frame. An optional extra: ``alpha-bench[polars]``."""

from __future__ import annotations

import polars as pl
import pyarrow as pa


def from_arrow(table: pa.Table) -> pl.DataFrame:
    """The same rows; nothing is copied where polars can look at Arrow's buffers."""
    return pl.DataFrame(table)
