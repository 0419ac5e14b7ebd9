"""What a notebook's cells printed and gave when they ran last, as an ``.ipynb`` stores it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath

from nbcode.primitives import dataclass

_ESCAPES = "\x1b["
_LONGEST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredOutput:
    """``printed`` to standard output, the plain text of the value that the cell ended with (``result``), and the count of the
    execution (None: it did not run)."""

    printed: str = ""
    result: str = ""
    execution_count: int | None = None


def stored_outputs(data: bytes, path: str) -> dict[int, StoredOutput]:
    """The outputs of each code cell, by the cell's index from 1. Empty for a percent file, which stores none, and for a file that
    is no notebook. Never raises."""
    if PurePath(path).suffix.lower() != ".ipynb":
        return {}
    try:
        cells = json.loads(data.decode("utf-8-sig"))["cells"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(cells, list):
        return {}
    return {
        n: _output(cell)
        for n, cell in enumerate(cells, 1)
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    }


def _output(cell: dict[str, object]) -> StoredOutput:
    count = cell.get("execution_count")
    printed: list[str] = []
    result = ""
    for output in _dicts(cell.get("outputs")):
        if output.get("output_type") == "stream" and output.get("name") == "stdout":
            printed.append(_text(output.get("text")))
        elif output.get("output_type") == "execute_result":
            bundle = output.get("data")
            result = _text(bundle.get("text/plain")) if isinstance(bundle, dict) else ""
    return StoredOutput(
        printed="".join(printed)[:_LONGEST],
        result=result[:_LONGEST],
        execution_count=count if isinstance(count, int) and not isinstance(count, bool) else None,
    )


def _dicts(value: object) -> Iterator[dict[str, object]]:
    for one in value if isinstance(value, list) else ():
        if isinstance(one, dict):
            yield one


def _text(value: object) -> str:
    parts = value if isinstance(value, list) else [value]
    return "".join(part for part in parts if isinstance(part, str)).replace(_ESCAPES, "")
