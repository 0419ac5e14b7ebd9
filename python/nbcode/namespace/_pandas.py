"""The window to pandas: a declared input as a frame, parsed from the very bytes whose digest was checked."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from nbcode.namespace.source import InputFile
from nbcode.primitives import Diagnostic, NbcodeError, Place, digest_bytes

_PARQUET = b"PAR1"
_COPY_ON_WRITE = int(pd.__version__.split(".", maxsplit=1)[0]) >= 3


def read_frame(file: InputFile) -> pd.DataFrame:
    """The frame of a declared input: parquet by its magic bytes, else CSV with pandas' own defaults.

    Raises:
        NbcodeError: NBC-E01 when the file is gone, NBC-E02 when its digest is another, NBC-E03 when it cannot be read as a table.
    """
    assert file.path is not None
    data = _bytes_of(file, file.path)
    try:
        if data[:4] == _PARQUET:
            return pd.read_parquet(io.BytesIO(data))
        return pd.read_csv(io.BytesIO(data))
    except (ValueError, OSError) as error:
        raise _refused(
            "NBC-E03",
            file.path,
            f"input `{file.name}` is not a table",
            f"pandas says: {error}",
            "declare a CSV with a header line, or a parquet file",
        ) from error


def share(frame: pd.DataFrame) -> pd.DataFrame:
    """A frame that a cell may change without changing what the next cell reads: a lazy copy where pandas copies on write."""
    return frame.copy(deep=not _COPY_ON_WRITE)


def _bytes_of(file: InputFile, path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _refused(
            "NBC-E01",
            path,
            f"input `{file.name}` cannot be read",
            f"{error.strerror or error}",
            "correct its path under inputs: in [meta]",
        ) from error
    found = digest_bytes(data)
    if file.digest is not None and found != file.digest:
        raise _refused(
            "NBC-E02",
            path,
            f"input `{file.name}` changed: {file.digest.short} -> {found.short}",
            "the spec names the first digest and the file has the second",
            "promote again, so that the spec names the new bytes",
        )
    return data


def _refused(code: str, path: Path, message: str, cause: str, fix: str) -> NbcodeError:
    return NbcodeError(
        [Diagnostic(code=code, message=message, cause=cause, fixes=(fix,), place=Place(path=path.name))]
    )
