"""The window to the sources of installed libraries: what a class or function takes and which names a star brings, read from their text.
Nothing of them is imported."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
from collections.abc import Iterator
from importlib.machinery import ExtensionFileLoader
from pathlib import Path
from typing import TypeGuard

from nbcode.cells import Signatures
from nbcode.environment.importable import find_lock_file

_LIBRARIES = frozenset({"sklearn"})
_LARGEST_BYTES = 1 << 20
_MOST_BASES = 4
_ALL = re.compile(
    r"^__all__(?:[ \t]*:[^=\n]*)?[ \t]*=[ \t]*(\[[^\]=]*\]|\([^()=]*\))[ \t]*(?:#.*)?$", re.MULTILINE
)
"""``__all__`` as one list that is written out."""


def installed_signatures(root: Path) -> Signatures:
    """Those of what is installed here, for a project in ``root``, whose lock may have other versions."""
    return Signatures(
        parameters=installed_parameters, names=starred_names, certain=find_lock_file(root) is None
    )


@functools.cache
def starred_names(dotted: str) -> frozenset[str] | None:
    """The names that ``from DOTTED import *`` brings, as the stub or the source of an installed module writes them down; None where it
    computes them, or is not found. A module that is part of Python itself, and of C, is asked."""
    parts = dotted.split(".")
    file = _module(parts)
    if file is None:
        return _compiled_names(dotted)
    stub = file.with_suffix(".pyi")
    for one in (stub, file) if stub.is_file() else (file,):
        text = _text(one)
        found = None if text is None else _written_names(text)
        if found is not None:
            return found
    return None


def _compiled_names(dotted: str) -> frozenset[str] | None:
    if dotted not in sys.stdlib_module_names or dotted.startswith("_"):
        return None
    spec = importlib.util.find_spec(dotted)
    if spec is None or not (spec.origin == "built-in" or isinstance(spec.loader, ExtensionFileLoader)):
        return None
    return frozenset(name for name in dir(importlib.import_module(dotted)) if name[:1] != "_")


def _written_names(text: str) -> frozenset[str] | None:
    """``__all__`` where it is one list of texts; without any, what the module's statements bind."""
    found = _ALL.findall(text)
    if found or re.search(r"^\s*__all__\b", text, re.MULTILINE):
        whole = len(found) == len(re.findall(r"^\s*__all__\b", text, re.MULTILINE)) == 1
        return _texts(found[0]) if whole else None
    bound: set[str] = set()
    for node in _parsed(text):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                bound |= {(one.asname or one.name).partition(".")[0] for one in names}
            case _:
                bound |= {one.id for one in ast.walk(node) if _is_bound(one)}
    return None if "*" in bound or not bound else frozenset(name for name in bound if name[:1] != "_")


def _texts(text: str) -> frozenset[str] | None:
    try:
        return frozenset(map(str, ast.literal_eval(text)))
    except ValueError:
        return None


def _is_bound(node: ast.AST) -> TypeGuard[ast.Name]:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


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
        if len(parts) == 1 and top.with_suffix(".py").is_file():
            return top.with_suffix(".py")
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
