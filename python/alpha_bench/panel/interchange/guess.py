"""Which reader: chosen by the type and the names of what is given, importing no library that it does not come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alpha_bench.errors import DataError
from alpha_bench.panel.interchange.tables import (
    FileLayout,
    LongTable,
    ReferenceTable,
    Rename,
    WideTable,
)


def table_of(
    x: object, *, date: str = "date", symbol: str = "symbol", field: str | None = None, rename: Rename = None
) -> LongTable | WideTable:
    """What ``x`` holds as a table; see :meth:`alpha_bench.panel.panel.Panel.of`."""
    home = type(x).__module__.partition(".")[0]
    if isinstance(x, str | os.PathLike):
        from alpha_bench.panel.interchange import _parquet

        return _parquet.read_long(Path(x), date=date, symbol=symbol, rename=rename)
    if home == "pandas":
        from alpha_bench.panel.interchange import _pandas

        return _pandas.read(x, date=date, symbol=symbol, field=field, rename=rename)
    if isinstance(x, Mapping):
        from alpha_bench.panel.interchange import _pandas

        return _pandas.wide(x, rename=rename)
    if field is not None:
        raise DataError(
            "R57",
            f"field= names the one field of a wide pandas frame or a series; this is a {type(x).__name__}",
            fix="leave field= out, and rename=... if a column has another name",
        )
    if home == "polars" and hasattr(x, "collect"):
        x = x.collect()
    if hasattr(x, "__arrow_c_stream__") or home == "pyarrow":
        from alpha_bench.panel.interchange import _arrow

        return _arrow.long_table(
            _arrow.table_of(x), f"the {type(x).__name__}", date=date, symbol=symbol, rename=rename
        )
    raise DataError(
        "R57",
        f"no panel is made of a {type(x).__name__}",
        fix="give a path, a pandas or polars frame, an Arrow table, a DuckDB relation, or a mapping of field to wide frame",
    )


def of_library(x: Any, library: str) -> Any:
    """``x``, being of ``library`` (for pyarrow also whatever gives an Arrow stream). Raises AlphaBenchError R57 otherwise."""
    home = type(x).__module__.partition(".")[0]
    if home == library or (library == "pyarrow" and hasattr(x, "__arrow_c_stream__")):
        return x
    raise DataError(
        "R57", f"this is a {type(x).__name__} of {home}, not of {library}", fix="Panel.of(x) takes either"
    )


def reference_of(x: Any, *, symbol: str, layout: FileLayout | None = None) -> ReferenceTable:
    """A table of one row a symbol, from a path or a frame; a file may be laid out as that of the prices. Raises AlphaBenchError E01, E13,
    E15, R57."""
    from alpha_bench.panel.interchange import _arrow, _parquet

    if isinstance(x, str | os.PathLike):
        how = layout or FileLayout()
        return _parquet.read_reference(Path(x), symbol=symbol, marks=(how.delimiter, how.decimal_point))
    if type(x).__module__.partition(".")[0] == "polars" and hasattr(x, "collect"):
        x = x.collect()
    if type(x).__module__.partition(".")[0] == "pandas" and symbol in x.index.names:
        x = x.reset_index()
    if not hasattr(x, "__arrow_c_stream__"):
        raise DataError(
            "R57",
            f"no reference is made of a {type(x).__name__}",
            fix="give a path, a frame or an Arrow table",
        )
    return _arrow.reference_table(_arrow.table_of(x), "the reference", symbol=symbol)
