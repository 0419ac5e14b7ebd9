"""The window to PyYAML: a document as plain nodes that know where they stand. Strict: no anchor, no tag, no key twice, no merge.

Scalars are read by YAML 1.2's core schema, so that ``on``, ``no`` and ``1:30`` are text; nothing is ever constructed from a tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from alpha_bench.errors import AlphaBenchError

_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_REAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_WORDS: Mapping[str, object] = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 64
_LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a node begins, 1-based."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """``text`` as written without its quotes; ``value`` is what YAML 1.2 takes it for."""

    place: Place
    text: str
    value: object


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A list."""

    place: Place
    nodes: tuple[Node, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Entries:
    """A mapping in the order of the document; ``keys`` says where each key stands."""

    place: Place
    nodes: Mapping[str, Node]
    keys: Mapping[str, Place]


Node: TypeAlias = Scalar | Items | Entries


def read_document(text: str) -> Node:
    """The document's one node. Raises AlphaBenchError R37 with line and column."""
    if len(text) > _LARGEST:
        raise problem(Place(line=1, column=1), "R37", f"a document of {len(text)} characters", "write less")
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise problem(
                    _place(event.start_mark),
                    "R37",
                    "anchors and aliases are not allowed",
                    "write the value out, or name it under define:",
                )
            if getattr(event, "tag", None):
                raise problem(
                    _place(event.start_mark), "R37", "tags are not allowed", "leave out what begins with !"
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise problem(
            _place(error.problem_mark), "R37", f"not YAML: {error.problem}", "correct it there"
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise problem(Place(line=1, column=1), "R37", f"not YAML: {error}", "correct it") from error
    if node is None:
        raise problem(
            Place(line=1, column=1), "R37", "the document is empty", "write features, label and model"
        )
    return _node(node, 0)


def problem(place: Place, code: str, what: str, fix: str, **context: object) -> AlphaBenchError:
    """An error that says where; ``context`` has ``line`` and ``column``."""
    where = {"line": place.line, "column": place.column}
    return AlphaBenchError(
        code, f"line {place.line}, column {place.column}: {what}", fix, **{**context, **where}
    )


def plain(node: Node) -> object:
    """The node as plain data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(n) for n in node.nodes]
    return {key: plain(value) for key, value in node.nodes.items()}


def _place(mark: Any) -> Place:
    return Place(line=mark.line + 1, column=mark.column + 1)


def _node(node: Any, depth: int) -> Node:
    place = _place(node.start_mark)
    if depth > _DEEPEST:
        raise problem(place, "R37", f"nested deeper than {_DEEPEST}", "write it flatter")
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        return Scalar(place=place, text=text, value=_core(text) if node.style is None else text)
    if isinstance(node, yaml.SequenceNode):
        return Items(place=place, nodes=tuple(_node(n, depth + 1) for n in node.value))
    nodes: dict[str, Node] = {}
    keys: dict[str, Place] = {}
    for key, value in node.value:
        name = str(key.value)
        if not isinstance(key, yaml.ScalarNode) or name == "<<":
            raise problem(
                _place(key.start_mark), "R37", "keys are text here, and are not merged", "write the keys out"
            )
        if name in nodes:
            raise problem(
                _place(key.start_mark),
                "R37",
                f"{name!r} is there twice, first in line {keys[name].line}",
                "leave one out",
            )
        keys[name] = _place(key.start_mark)
        nodes[name] = _node(value, depth + 1)
    return Entries(place=place, nodes=nodes, keys=keys)


def _core(text: str) -> object:
    if text.lower() in _WORDS and (text == text.lower() or text.capitalize() == text):
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _REAL.fullmatch(text) else text
