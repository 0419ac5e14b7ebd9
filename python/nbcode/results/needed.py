"""What a model reads, beside it in the artifact, and made-up rows to try it by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alpha_bench.describe import canonical

NEEDS_NAME = "needs.json"
"""Columns with their types, look-back in sessions, and whether the other names of a session matter."""
EXAMPLE_NAME = "input_example.json"
"""Rows that the model predicts on, and the day ``as_of`` that they are the history of. Made up: no row is of anybody's data."""


def write_needs(fitted: Any, out: Path) -> None:
    """Write both of them of a ``FittedModel`` into ``out``; no example where no made-up row is predicted."""
    (out / NEEDS_NAME).write_bytes(canonical({"schema_version": 1, **fitted.needs.to_plain()}))
    example = fitted.example()
    if example is not None:
        (out / EXAMPLE_NAME).write_bytes(canonical(example.to_plain()))
