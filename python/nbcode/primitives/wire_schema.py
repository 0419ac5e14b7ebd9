"""The JSON Schema of a finding."""

from __future__ import annotations

from nbcode.primitives.canonical import Json
from nbcode.primitives.json_schema import DIALECT, object_schema
from nbcode.primitives.wire import WireDiagnostic


def diagnostic_schema() -> dict[str, Json]:
    """JSON Schema 2020-12 of one finding as ``--json`` writes it."""
    definitions: dict[str, Json] = {}
    root = object_schema(WireDiagnostic, definitions)
    return {
        "$schema": DIALECT,
        "title": "nbcode diagnostic",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
