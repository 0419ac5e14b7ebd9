"""The window to the sources of installed libraries: what a class or function takes, read from its text. Nothing is imported."""

from __future__ import annotations

import ast
import functools
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nbcode.cells import Signatures
from nbcode.environment.importable import find_lock_file

_LIBRARIES = frozenset({"sklearn"})
_LARGEST_BYTES = 1 << 20
_MOST_BASES = 4


def installed_signatures(root: Path) -> Signatures:
    """Those of what is installed here, for a project in ``root``, whose lock may have other versions."""
    return Signatures(parameters=installed_parameters, certain=find_lock_file(root) is None)


@functools.cache
def installed_parameters(dotted: str) -> tuple[str, ...] | None:
    """The names that ``sklearn.linear_model.Ridge`` takes as keywords where it is called; None where that is not known: another
    library, not installed, or keywords that it hands on."""
    parts = dotted.split(".")
    if parts[0] not in _LIBRARIES or len(parts) < 3:
        return None
    found = _module(parts[:-1])
    for _ in range(2):  # a package's `__init__` says in which file a name of it is
        text = None if found is None else _text(found)
        if found is None or text is None:
            return None
        taken = _parameters(text, parts[-1])
        if taken is not None or found.name != "__init__.py":
            return taken
        found = _imported_from(text, parts[-1], parts[:-1])
    return None


def _module(parts: list[str]) -> Path | None:
    """The file of a module, in the first entry of ``sys.path`` that has its library."""
    for entry in sys.path:
        top = Path(entry or ".") / parts[0]
        if (top / "__init__.py").is_file():
            inner = top.joinpath(*parts[1:])
            files = (inner / "__init__.py", inner.with_suffix(".py"))
            return next((file for file in files if file.is_file()), None)
    return None


def _text(file: Path) -> str | None:
    try:
        return file.read_text("utf-8") if file.stat().st_size <= _LARGEST_BYTES else None
    except (OSError, UnicodeError):
        return None


def _imported_from(text: str, name: str, package: list[str]) -> Path | None:
    for node in _parsed(text):
        if isinstance(node, ast.ImportFrom) and any((a.asname or a.name) == name for a in node.names):
            inner = (node.module or "").split(".")
            return _module([*package, *inner] if node.level == 1 else inner) if node.level < 2 else None
    return None


def _parsed(text: str) -> list[ast.stmt]:
    try:
        return ast.parse(text).body
    except SyntaxError:
        return []


def _parameters(text: str, name: str) -> tuple[str, ...] | None:
    """The parameters of a class or function that ``text`` defines, by the text of its head alone: these files are large."""
    for _ in range(_MOST_BASES):
        kind = re.search(rf"^class {name}\b(\(.*?\))?:\n", text, re.MULTILINE | re.DOTALL)
        start = kind or re.search(rf"^def {name}(?=\()", text, re.MULTILINE)
        if start is None:
            return None
        if kind is None:
            return _names(_head(text[start.end() :]))
        body = re.split(r"^(?:class |def |@)", text[kind.end() :], maxsplit=1, flags=re.MULTILINE)[0]
        init = re.search(r"^    def __init__(?=\()", body, re.MULTILINE)
        if init is not None:
            return _names(_head(body[init.end() :]), skip=1)
        bases = re.findall(r"\w+(?=\s*[,)])", kind[1] or "")
        if not bases:
            return None
        name = bases[-1]
        name = next((one for one in bases if re.search(rf"^class {one}\b", text, re.MULTILINE)), name)
    return None


def _head(text: str) -> str:
    """``(self, alpha=1.0)`` at the beginning of ``text``."""
    found = re.match(r"\(.*?\)(?=(?:\s*->[^:\n]*)?:\n)", text, re.DOTALL)
    return found[0] if found else ""


def _names(head: str, *, skip: int = 0) -> tuple[str, ...] | None:
    match _parsed(f"def f{head}: pass"):
        case [ast.FunctionDef(args=arguments)] if head and arguments.kwarg is None:
            return tuple(_by_name(arguments))[skip:]
    return None


def _by_name(arguments: ast.arguments) -> Iterator[str]:
    for one in (*arguments.args, *arguments.kwonlyargs):
        yield one.arg
