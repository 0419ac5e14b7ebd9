"""JSON Schema 2020-12 of frozen dataclasses, by the same rules as the codec."""

from __future__ import annotations

import dataclasses
import inspect
import types
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from nbcode.primitives.canonical import Json
from nbcode.primitives.codec import hints_of
from nbcode.primitives.digest import Digest

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Written:
    """Says of an annotated type, which a type checker reads, of what kind of value it is the plain form: that is what a schema says."""

    def __init__(self, kind: Any) -> None:
        """``kind`` is what a schema can be made of."""
        self.kind = kind


def object_schema(kind: Any, definitions: dict[str, Json]) -> dict[str, Any]:
    """The schema of a dataclass: every field required but what is left out when empty, no other allowed. Those inside it are added to ``definitions``."""
    hints = hints_of(kind)
    properties: dict[str, Json] = {
        f.name: {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"}
        if f.metadata.get("text")
        else _schema(hints[f.name], definitions)
        for f in dataclasses.fields(kind)
    }
    return {
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "type": "object",
        "additionalProperties": False,
        "required": [f.name for f in dataclasses.fields(kind) if not f.metadata.get("omit_empty")],
        "properties": properties,
    }


def printed_schema(kind: Any, definitions: dict[str, Json]) -> dict[str, Json]:
    """The schema of a ``TypedDict``, which is an object that is printed for others to read. A later version may have further keys."""
    hints = get_type_hints(kind, include_extras=True, localns={"Json": object})
    return {
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "type": "object",
        "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
        "properties": {name: _schema(hint, definitions) for name, hint in hints.items()},
    }


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:
    origin = get_origin(kind)
    if kind is object or kind is Json:
        return {}
    if origin in {Annotated, NotRequired}:
        return _schema(_what_is_written(kind), definitions)
    if origin in {Union, types.UnionType}:
        return {"anyOf": [_schema(one, definitions) for one in get_args(kind)]}
    if origin in {dict, Mapping}:
        return {"type": "object", "additionalProperties": _schema(get_args(kind)[1], definitions)}
    if origin in {tuple, list, Sequence}:
        return {"type": "array", "items": _schema(get_args(kind)[0], definitions)}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if dataclasses.is_dataclass(kind) or is_typeddict(kind):
        name: str = kind.__name__
        if name not in definitions:
            made = printed_schema if is_typeddict(kind) else object_schema
            definitions[name] = made(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if kind is type(None):
        return {"type": "null"}
    if kind is int:
        return {"type": "integer"}
    if kind in {bool, float}:
        return {"type": "boolean" if kind is bool else "number"}
    if kind is Digest:
        return {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    if issubclass(kind, StrEnum):
        return {"enum": [str(member) for member in kind]}
    return {"type": "string"}


def _what_is_written(kind: Any) -> Any:
    inner, *said = get_args(kind)
    return next((one.kind for one in said if isinstance(one, Written)), inner)
