"""The JSON Schema of a build spec, read from the same dataclasses as the codec."""

from __future__ import annotations

from nbcode.primitives import Json
from nbcode.primitives.json_schema import DIALECT, object_schema
from nbcode.spec.build_spec import BUILD_TYPE, SCHEMA_VERSION, BuildSpec


def json_schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of the current version: every field required, no other field allowed."""
    definitions: dict[str, Json] = {}
    root = object_schema(BuildSpec, definitions)
    root["properties"]["schema_version"] = {"const": SCHEMA_VERSION}
    root["properties"]["build_type"] = {"const": BUILD_TYPE}
    return {
        "$schema": DIALECT,
        "title": "nbcode build spec",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
