"""The window to polars: an Arrow table as a polars frame. An optional extra: ``alpha-bench[polars]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from alpha_bench.errors import MissingLibraryError

if TYPE_CHECKING:
    import polars as pl


def from_arrow(table: pa.Table) -> pl.DataFrame:
    """The same rows; nothing is copied where polars can look at Arrow's buffers. Raises AlphaBenchError E22 without polars."""
    try:
        import polars as pl
    except ImportError:
        raise MissingLibraryError(
            "E22",
            "polars is not installed",
            fix="pip install 'alpha-bench[polars]', or to_arrow() and to_pandas()",
        ) from None
    return pl.DataFrame(table)
