"""The window to polars: a table as a frame of it."""

from __future__ import annotations

from typing import Any

import polars as pl


def frame(table: Any) -> Any:
    """A polars frame of an Arrow table."""
    return pl.from_arrow(table)
