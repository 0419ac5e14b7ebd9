"""JSON Schema 2020-12 of frozen dataclasses, by the same rules as the codec."""

from __future__ import annotations

import dataclasses
import inspect
import types
from enum import StrEnum
from typing import Any, Literal, Union, get_args, get_origin

from nbcode.primitives.canonical import Json
from nbcode.primitives.codec import hints_of
from nbcode.primitives.digest import Digest

DIALECT = "https://json-schema.org/draft/2020-12/schema"


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


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:
    origin = get_origin(kind)
    if kind is object:
        return {}
    if origin in (Union, types.UnionType):
        (inner,) = (a for a in get_args(kind) if a is not type(None))
        return {"anyOf": [_schema(inner, definitions), {"type": "null"}]}
    if origin is tuple:
        return {"type": "array", "items": _schema(get_args(kind)[0], definitions)}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if dataclasses.is_dataclass(kind):
        name: str = kind.__name__  # type: ignore[union-attr]
        if name not in definitions:
            definitions[name] = object_schema(kind, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if kind is int:
        return {"type": "integer"}
    if kind in {bool, float}:
        return {"type": "boolean" if kind is bool else "number"}
    if kind is Digest:
        return {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
    if issubclass(kind, StrEnum):
        return {"enum": [str(member) for member in kind]}
    return {"type": "string"}
