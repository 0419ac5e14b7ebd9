"""The window to PyYAML: a document as plain nodes that know where they stand. Strict: no anchor, no tag, no key twice, no merge.

Scalars are read by YAML 1.2's core schema, so that ``on``, ``no`` and ``1:30`` are text; nothing is ever constructed from a tag.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import yaml

from alpha_bench.errors import AlphaBenchError, DefinitionError
from alpha_bench.runtime import yaml_scalar

_DEEPEST = 64
_LARGEST = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class YamlPlace:
    """Where a node begins, 1-based."""

    line: int
    column: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Scalar:
    """``text`` as written without its quotes; ``value`` is what YAML 1.2 takes it for.

    ``style`` is the quote, or ``|`` or ``>``, or None for a plain scalar; ``end`` is where it ends, exclusive.
    """

    place: YamlPlace
    text: str
    value: object
    style: str | None
    end: YamlPlace
    kind: Literal["scalar"] = "scalar"


@dataclass(frozen=True, kw_only=True, slots=True)
class Items:
    """A list."""

    place: YamlPlace
    nodes: tuple[YamlNode, ...]
    kind: Literal["items"] = "items"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entries:
    """A mapping in the order of the document; ``keys`` says where each key stands."""

    place: YamlPlace
    nodes: Mapping[str, YamlNode]
    keys: Mapping[str, YamlPlace]
    kind: Literal["entries"] = "entries"


YamlNode: TypeAlias = Scalar | Items | Entries


def read_document(text: str) -> YamlNode:
    """The document's one node.

    Raises AlphaBenchError R37 with ``line`` and ``column``, and ``refused``: ``anchor``, ``alias``, ``tag`` (with ``tag``), ``merge``,
    ``key``, ``twice``, ``deep``, or ``syntax``.
    """
    if len(text) > _LARGEST:
        raise problem(
            YamlPlace(line=1, column=1), "R37", f"a document of {len(text)} characters", "write less"
        )
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise problem(
                    _place(event.start_mark),
                    "R37",
                    "anchors and aliases are not allowed",
                    "write the value out, or name it under define:",
                    refused="alias" if isinstance(event, yaml.AliasEvent) else "anchor",
                )
            if getattr(event, "tag", None):
                raise problem(
                    _place(event.start_mark),
                    "R37",
                    "tags are not allowed",
                    "leave out what begins with !",
                    refused="tag",
                    tag=str(getattr(event, "tag", "")),
                )
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        raise problem(
            _place(error.problem_mark),
            "R37",
            f"not YAML: {error.problem}",
            "correct it there",
            refused="syntax",
            problem=error.problem,
        ) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise problem(
            YamlPlace(line=1, column=1), "R37", f"not YAML: {error}", "correct it", refused="syntax"
        ) from error
    if node is None:
        raise problem(
            YamlPlace(line=1, column=1), "R37", "the document is empty", "write features, label and model"
        )
    return _node(node, 0)


def problem(place: YamlPlace, code: str, what: str, fix: str, **context: object) -> AlphaBenchError:
    """An error that says where; ``context`` has ``line`` and ``column``."""
    where = {"line": place.line, "column": place.column}
    return DefinitionError(
        code, f"line {place.line}, column {place.column}: {what}", fix, **{**context, **where}
    )


def plain(node: YamlNode) -> object:
    """The node as plain data."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(n) for n in node.nodes]
    return {key: plain(value) for key, value in node.nodes.items()}


def _place(mark: Any) -> YamlPlace:
    return YamlPlace(line=mark.line + 1, column=mark.column + 1)


def _node(node: Any, depth: int) -> YamlNode:
    place = _place(node.start_mark)
    if depth > _DEEPEST:
        raise problem(place, "R37", f"nested deeper than {_DEEPEST}", "write it flatter", refused="deep")
    if isinstance(node, yaml.ScalarNode):
        text = str(node.value)
        return Scalar(
            place=place,
            text=text,
            value=yaml_scalar(text) if node.style is None else text,
            style=node.style,
            end=_place(node.end_mark),
        )
    if isinstance(node, yaml.SequenceNode):
        return Items(place=place, nodes=tuple(_node(n, depth + 1) for n in node.value))
    nodes: dict[str, YamlNode] = {}
    keys: dict[str, YamlPlace] = {}
    for key, value in node.value:
        name = str(key.value)
        if not isinstance(key, yaml.ScalarNode) or name == "<<":
            raise problem(
                _place(key.start_mark),
                "R37",
                "keys are text here, and are not merged",
                "write the keys out",
                refused="merge" if name == "<<" else "key",
            )
        if name in nodes:
            raise problem(
                _place(key.start_mark),
                "R37",
                f"{name!r} is there twice, first in line {keys[name].line}",
                "leave one out",
                refused="twice",
                key=name,
            )
        keys[name] = _place(key.start_mark)
        nodes[name] = _node(value, depth + 1)
    return Entries(place=place, nodes=nodes, keys=keys)
