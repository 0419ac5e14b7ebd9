"""The forms in which a fitted object is kept, each by a node of ``model.json`` and files beside it.

========== ===================================================================================================
form       what is kept
========== ===================================================================================================
skops      a scikit-learn object; parts of another form stand in files of their own
lightgbm   the library's text of the trees, parameters as data
xgboost    the library's JSON of the trees, parameters as data
catboost   the library's JSON of the trees, parameters as data
linear     results of statsmodels and linearmodels: parameters, link and design as data
torch      a module's structure as data, its tensors as safetensors
own        an object of a class of cells or of the project: its attributes; the class is code of the notebook
defined    such a class or function itself
pandas     a series, a frame or an index inside one of the others
========== ===================================================================================================

No form is a pickle, and reading runs none of the files; code of a notebook is run only where the reader has agreed to it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from alpha_bench.errors import SavedModelError
from alpha_bench.fitting.serialization import boosted_estimators, linear_results
from alpha_bench.fitting.serialization._skops import from_skops, to_skops
from alpha_bench.fitting.serialization.own_code import CodeSource, definition
from alpha_bench.fitting.serialization.parts import Part, rebuilt
from alpha_bench.fitting.serialization.searches import kept_attributes

Node = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """Where nodes put their files, and what they have met. ``stem`` begins the names of this node's own files."""

    code: CodeSource | None = None
    stem: str = "estimator"
    files: dict[str, bytes] = field(default_factory=dict)
    defined: set[str] = field(default_factory=set)

    def add(self, suffix: str, data: bytes) -> str:
        """Keep ``data`` as ``<stem><suffix>`` and give that name."""
        name = self.stem + suffix
        self.files[name] = data
        return name

    def inner(self, number: int) -> Writer:
        """The writer of this node's part ``number``."""
        return Writer(code=self.code, stem=f"{self.stem}-{number}", files=self.files, defined=self.defined)

    def name_of(self, value: object) -> str | None:
        """What the notebook's code calls ``value``, where it is a class or function of its own."""
        return None if self.code is None else self.code.name_of(value)

    def is_own(self, value: object) -> bool:
        """Whether ``value`` is a class or function of the notebook."""
        return self.name_of(value) is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """The bytes of a file by its name, and the module of the notebook's code where it may run."""

    file: Callable[[str], bytes]
    code: types.ModuleType | None = None


def write(value: Any, writer: Writer) -> Node:
    """The node of ``value``; its files are in ``writer.files``. Raises AlphaBenchError R35 for what could not be read back."""
    if boosted_estimators.library_of(value):
        return boosted_estimators.write(value, writer)
    if linear_results.is_results(value):
        return linear_results.write(value)
    special = _special(type(value))
    if special is not None:
        kept: Node = special.write(value, writer)
        return kept
    if (name := writer.name_of(value)) is not None:
        writer.defined.add(name)
        return {"form": "defined", "name": name}
    if (name := writer.name_of(type(value))) is not None:
        return _write_own(value, name, writer)
    if _is_pandas(value):
        return _write_pandas(value, writer)
    return _packed(value, writer) | {"form": "skops", "class": class_of(value)}


def read(node: Mapping[str, Any], reader: Reader) -> Any:
    """The object of :func:`write`. Raises AlphaBenchError R35, ValueError, KeyError, TypeError for what is no such node."""
    match node["form"]:
        case "skops":
            return _unpacked(node, reader)
        case "lightgbm" | "xgboost":
            return boosted_estimators.read(node, reader.file)
        case "linear":
            return linear_results.read(node)
        case "catboost":
            from alpha_bench.fitting.serialization import _catboost

            return _catboost.read(node, reader)
        case "torch":
            from alpha_bench.fitting.serialization import _torch

            return _torch.read(node, reader, lambda: _code(reader))
        case "defined":
            return definition(_code(reader), str(node["name"]))
        case "own":
            kind = definition(_code(reader), str(node["name"]))
            if node.get("named_tuple"):
                return tuple.__new__(kind, _unpacked(node, reader)["items"])
            made = object.__new__(kind)
            made.__dict__.update(_unpacked(node, reader))
            return made
        case "pandas":
            from alpha_bench.fitting.serialization import _pandas_values

            return _pandas_values.of_state(_unpacked(node, reader))
        case form:
            raise ValueError(f"no form {form!r}")


def class_of(value: object) -> str:
    """The full name of its class."""
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _packed(value: Any, writer: Writer) -> Node:
    """``value`` as a file of skops, and the nodes of the parts that are none of skops' own."""
    parts: list[Node] = []

    def replace(inner: Any) -> Any:
        if inner is value or not _is_foreign(inner, writer):
            return inner
        number = len(parts)
        parts.append({})  # a part's own parts have their numbers from its own writer
        parts[number] = write(inner, writer.inner(number))
        return Part(number)

    data = to_skops(rebuilt(value, replace, kept_attributes))
    return {"file": writer.add(".skops", data), "parts": parts}


def _unpacked(node: Mapping[str, Any], reader: Reader) -> Any:
    parts = [read(part, reader) for part in node["parts"]]
    value = from_skops(reader.file(node["file"]))
    if not parts:
        return value
    return rebuilt(value, lambda inner: parts[inner.number] if type(inner) is Part else inner)


def _is_foreign(value: Any, writer: Writer) -> bool:
    return bool(
        boosted_estimators.library_of(value)
        or linear_results.is_results(value)
        or _special(type(value)) is not None
        or writer.is_own(value)
        or writer.is_own(type(value))
        or _is_pandas(value)
    )


def _write_own(value: Any, name: str, writer: Writer) -> Node:
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        writer.defined.add(name)
        items = {"items": list(value)}
        return _packed(items, writer) | {"form": "own", "name": name, "named_tuple": True}
    if not hasattr(value, "__dict__"):
        raise SavedModelError(
            "R35",
            f"a {type(value).__name__} has slots",
            fix="let the class have plain attributes, without __slots__",
        )
    writer.defined.add(name)
    state = dict(vars(value))
    try:
        return _packed(state, writer) | {"form": "own", "name": name}
    except SavedModelError as error:
        attribute, unkept = first_unkept(state, writer)
        if unkept is None or error.context:
            raise
        raise SavedModelError(
            "R35",
            f"its attribute `{attribute}` is {not_data(state[attribute])}",
            fix=f"keep numbers or arrays in self.{attribute}, or delete it at the end of `fit`: del self.{attribute}",
            attribute=attribute,
            of=name,
        ) from error


def first_unkept(
    values: Mapping[str, Any], writer: Writer | None = None
) -> tuple[str, SavedModelError | None]:
    """The first of ``values`` that could not be read back, by its name, and why; no error where each can be."""
    for name, value in values.items():
        try:
            write({name: value}, Writer(code=writer.code if writer else None))
        except SavedModelError as error:
            return name, error
    return "", None


def not_data(value: object) -> str:
    """What it is, where it could not be read back."""
    return f"of the class {type(value).__name__}, which is no data"


def _write_pandas(value: Any, writer: Writer) -> Node:
    from alpha_bench.fitting.serialization import _pandas_values

    try:
        state = _pandas_values.state_of(value)
    except TypeError as error:
        raise SavedModelError("R35", str(error), fix="keep arrays of numbers in the model") from error
    return _packed(state, writer) | {"form": "pandas"}


def _is_pandas(value: object) -> bool:
    if type(value).__module__.partition(".")[0] != "pandas":
        return False
    from alpha_bench.fitting.serialization import _pandas_values

    return _pandas_values.is_pandas(value)


def _special(kind: type) -> Any:
    """The window of the form that objects of ``kind`` have in a library that few have installed; None for all others."""
    if kind.__module__.partition(".")[0] == "catboost":
        from alpha_bench.fitting.serialization import _catboost

        return _catboost if kind.__name__ in _catboost.KINDS else None
    from alpha_bench.fitting.serialization import _torch

    return _torch if _torch.is_module(kind) else None


def _code(reader: Reader) -> types.ModuleType:
    if reader.code is None:
        raise ValueError("the model names code of a notebook, and has none")
    return reader.code


def predicts(value: object) -> bool:
    """Whether an object that has no ``predict`` of its own is kept as one that has: results, and modules of torch."""
    return linear_results.is_results(value) or _special(type(value)) is not None


def predicts_rows(value: object) -> bool:
    """Whether what is kept of ``value`` predicts."""
    return not linear_results.is_results(value) or linear_results.write(value)["response"] is not None
