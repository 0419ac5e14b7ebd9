"""The window to pyarrow: a table as a parquet file whose bytes depend on the table alone."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq


def write_table(table: pa.Table, path: Path) -> None:
    """Write ``table`` with fixed settings, so that equal tables are equal files."""
    pq.write_table(table, path, compression="zstd", version="2.6", write_statistics=True)
