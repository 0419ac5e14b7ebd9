"""The window to pyarrow: a table as a parquet file whose bytes depend on the table alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def write_table(table: pa.Table, path: Path) -> None:
    """Write ``table`` with fixed settings, so that equal tables are equal files."""
    pq.write_table(table, path, compression="zstd", version="2.6", write_statistics=True)


def write_columns(columns: Mapping[str, Any], path: Path) -> None:
    """Write columns by name, each anything that Arrow makes an array of, as :func:`write_table` does."""
    write_table(pa.table({name: pa.array(values) for name, values in columns.items()}), path)


def column_names(path: Path) -> list[str]:
    """The columns of a parquet file, or of a CSV file by its first line; none of any other file."""
    if path.suffix == ".parquet":
        return list(pq.read_schema(path).names)
    if path.suffix != ".csv":
        return []
    with path.open(encoding="utf-8-sig") as stream:
        return [name.strip().strip('"') for name in stream.readline().split(",")]
