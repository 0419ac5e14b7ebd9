"""The executed notebook as part of an artifact: what does not depend on the clock, on addresses or on what is not identity.

Comments, formatting and the position of a cell among exploratory ones are no part of a spec's identity, so they are no
part of the artifact's either. The notebook with its times is kept in the run's record.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nbcode.primitives import Json, canonical_json
from nbcode.run.inside import InsideCell

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_CELL_FILE = re.compile(r"<cell \d+( \[\w+\])?>(:\d+)?")
_TEXT_MEDIA = ("text/", "image/svg+xml", "application/javascript")


def canonical_notebook(notebook: Mapping[str, Any], cells: Sequence[InsideCell]) -> bytes:
    """RFC 8785 bytes of ``notebook`` (prologue, ``cells``, epilogue): one cell each, source in canonical form, no execution
    times, memory addresses written as ``0x0``."""
    kept: list[Json] = []
    for number, (executed, cell) in enumerate(zip(notebook["cells"][1:-1], cells, strict=True), 1):
        kept.append(
            {
                "cell_type": "code",
                "id": f"{cell.tag}-{number}",
                "metadata": {"tags": [cell.tag]},
                "execution_count": number,
                "source": _canonical_source(cell.source),
                "outputs": [_scrubbed(output, number) for output in executed["outputs"]],
            }
        )
    return canonical_json(
        {
            "cells": kept,
            "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def _canonical_source(source: str) -> str:
    return ast.unparse(ast.parse(source))


def _scrubbed(output: Mapping[str, Any], number: int) -> Json:
    found: dict[str, Json] = {str(key): _plain(value) for key, value in output.items() if key != "transient"}
    if "execution_count" in found:
        found["execution_count"] = number
    return found


def _plain(value: Any) -> Json:
    if isinstance(value, str):
        return _CELL_FILE.sub(r"<cell\1>", _ADDRESS.sub("0x0", value))
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_plain(one) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)
