"""The inputs of a spec as MLflow shows datasets: by name, digest, place and columns."""

from __future__ import annotations

import json
from typing import Any

from nbcode.registry.version import Registration

_DIGEST_CHARACTERS = 36
_TYPES = (("date", "datetime"), ("timestamp", "datetime"), ("double", "double"), ("float", "float"))
_WHOLE = ("int", "uint")


def datasets_of(wanted: Registration) -> list[tuple[dict[str, str], str]]:
    """The fields of a ``mlflow.entities.Dataset`` for each input of the spec, and the input's role; none where the spec is not known."""
    inputs = json.loads(wanted.spec).get("inputs", []) if wanted.spec else []
    return [
        (
            {
                "name": one["name"] if one["role"] == "input" else f"{one['name']} ({one['role']})",
                "digest": one["digest"].removeprefix("sha256:")[:_DIGEST_CHARACTERS],
                "source_type": "nbcode",
                "source": json.dumps({"uri": one["uri"], "digest": one["digest"], "as_of": one["as_of"]}),
                "schema": json.dumps({"mlflow_colspec": [_column(column) for column in one["schema"]]}),
                "profile": json.dumps({"size_bytes": one["size_bytes"], "as_of": one["as_of"]}),
            },
            one["role"],
        )
        for one in inputs
    ]


def _column(column: dict[str, str]) -> dict[str, Any]:
    kind = column["dtype"]
    known = next((name for start, name in _TYPES if kind.startswith(start)), None)
    whole = "long" if kind.startswith(_WHOLE) else "string"
    return {"name": column["name"], "type": known or whole, "required": True}
