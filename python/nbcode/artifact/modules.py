"""Which libraries a kept model names: in its description, and in the notebook's code that it needs."""

from __future__ import annotations

import ast
import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbcode.primitives import Json


def modules_of(artifact: Path) -> frozenset[str]:
    """The first names of everything in the artifact's ``model/`` that may be a module: ``sklearn`` of ``sklearn.linear_model.Ridge``, and
    what its code imports. More than are modules, never fewer."""
    found: set[str] = set()
    for file in sorted((artifact / "model").glob("*.json")):
        with contextlib.suppress(OSError, ValueError, RecursionError):
            found.update(_texts(json.loads(file.read_bytes())))
    for file in sorted((artifact / "model").glob("*.py")):
        with contextlib.suppress(OSError, ValueError, SyntaxError, RecursionError):
            found.update(_imports(file.read_text("utf-8")))
    return frozenset(name for text in found if (name := text.partition(".")[0]).isidentifier())


def _texts(plain: Json) -> Iterator[str]:
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, Mapping):
        yield from (text for value in plain.values() for text in _texts(value))
    elif isinstance(plain, list | tuple):
        yield from (text for value in plain for text in _texts(value))


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
