"""The executed notebook as part of an artifact: what does not depend on the clock, on addresses or on what is not identity.

Comments, formatting and the position of a cell among exploratory ones are no part of a spec's identity, so they are no
part of the artifact's either. The notebook with its times comes out beside the result, and is kept in the run's record.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import re
import shutil
import stat
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from nbcode.primitives import Json, canonical_json
from nbcode.run.inside import InsideCell

_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,16}\b")
_CELL_FILE = re.compile(r"<cell \d+( \[\w+\])?>(:\d+)?")

TIMED_NAME = "executed-with-times.ipynb"
"""The notebook with its times, in the directory of a run's output: a file that is no part of the result."""
_KEPT_NAME = "executed.ipynb"


def write_timed(notebook: Mapping[str, Any], out: Path) -> None:
    """Inside: leave the notebook with its times in ``out``, whatever lies there under its name."""
    path = out / TIMED_NAME
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        json.dump(notebook, stream, indent=1)


def collect_executed(out: Path, record: Path) -> None:
    """Outside: move the notebook with its times from ``out`` to the run's record. Anything but a plain file is removed."""
    left = out / TIMED_NAME
    try:
        plain = stat.S_ISREG(left.lstat().st_mode)
    except OSError:
        return
    if plain:
        shutil.move(left, record / _KEPT_NAME)
    elif left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink()


def canonical_notebook(
    notebook: Mapping[str, Any], cells: Sequence[InsideCell], places: Mapping[str, str] | None = None
) -> bytes:
    """RFC 8785 bytes of ``notebook`` (prologue, ``cells``, epilogue): one cell each, source in canonical form, no execution
    times, memory addresses written as ``0x0``, directories of this machine as the names that ``places`` gives them."""
    kept: list[Json] = []
    named = _Places(places or {})
    for number, (executed, cell) in enumerate(zip(notebook["cells"][1:-1], cells, strict=True), 1):
        kept.append(
            {
                "cell_type": "code",
                "id": f"{cell.tag}-{number}",
                "metadata": {"tags": [cell.tag]},
                "execution_count": number,
                "source": _canonical_source(cell.source),
                "outputs": [_scrubbed(output, number, named) for output in _joined(executed["outputs"])],
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


def _joined(outputs: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Pieces of a stream that follow each other as one: where the kernel cut them depends on the clock."""
    joined: list[Mapping[str, Any]] = []
    for (kind, name), group in groupby(outputs, lambda one: (one["output_type"], one.get("name"))):
        if kind != "stream":
            joined += group
            continue
        texts = [one["text"] if isinstance(one["text"], str) else "".join(one["text"]) for one in group]
        joined.append({"output_type": kind, "name": name, "text": "".join(texts)})
    return joined


def _canonical_source(source: str) -> str:
    return ast.unparse(ast.parse(source))


class _Places:
    """Where this machine keeps things, by names that are the same on every machine: a warning tells the path of its library."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {path: name for path, name in names.items() if len(path) > 1}
        longest_first = sorted(self._names, key=lambda path: (-len(path), path))
        anyone = "|".join(re.escape(path) for path in longest_first)
        self._pattern = re.compile(rf"(?:{anyone})(?![\w.-])") if anyone else None

    def named(self, text: str) -> str:
        if self._pattern is None:
            return text
        return self._pattern.sub(lambda found: self._names[found.group()], text)


def _scrubbed(output: Mapping[str, Any], number: int, places: _Places) -> Json:
    found: dict[str, Json] = {
        str(key): _plain(value, places) for key, value in output.items() if key != "transient"
    }
    if "execution_count" in found:
        found["execution_count"] = number
    return found


def _plain(value: Any, places: _Places) -> Json:
    if isinstance(value, str):
        return _CELL_FILE.sub(r"<cell\1>", _ADDRESS.sub("0x0", places.named(value)))
    if isinstance(value, Mapping):
        return {str(key): _plain(one, places) for key, one in value.items()}
    if isinstance(value, Sequence):
        return [_plain(one, places) for one in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    return str(value)
