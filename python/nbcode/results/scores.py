"""Predictions of a session as a file: parquet, CSV or Arrow, with what is known of them where the form has room for it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nbcode.primitives import Json

FORMS: Mapping[str, str] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".arrow": "arrow",
    ".feather": "arrow",
}
"""Form by suffix."""
CSV_HEAD = b"date,symbol,prediction\n"
RECORD = "nbcode.score"
"""The key of the record in the metadata of parquet and Arrow files."""


def encode_scores(
    form: str, session: str, symbols: Sequence[str], predictions: Any, record: Mapping[str, Json]
) -> bytes:
    """The file: date (date32), symbol, prediction (float64, missing ones null), a row a name; ``record`` in its metadata."""
    from nbcode.results._pyarrow import encode_scores as encode

    return encode(form, session, symbols, predictions, {RECORD: json.dumps(record)})


def is_scores(path: Path, beginning: bytes) -> bool:
    """Whether a file at ``path``, which begins so, is one of :func:`encode_scores`."""
    if beginning.startswith(CSV_HEAD):
        return True
    from nbcode.results._pyarrow import metadata_of

    return RECORD in metadata_of(path)
