"""What a model takes and gives, in MLflow's words: signature and input example, from what its artifact says it needs.

MLflow checks data against the signature's inputs before a model sees them, and refuses what a panel may come in: wide frames, polars, Arrow,
dates with a zone, a volume of whole numbers where numbers are declared; other columns it drops. The model reads all of these, and refuses
by name what it cannot read. ``is_signature_from_type_hint`` is how MLflow (2.20 and later) is told that a model checks its data itself:
the signature is shown, and enforced by nobody else. Its server then takes the rows under ``inputs``.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from nbcode.primitives import Json, dataclass
from nbcode.results import EXAMPLE_NAME, NEEDS_NAME

_TYPES = {"date": "string", "text": "string", "number": "double"}
"""A date is a text here: JSON and CSV have no other, and pandas reads no CSV into a declared date."""
_PARAMS = [
    {"name": "method", "type": "string", "default": "predict", "shape": None},
    {"name": "as_of", "type": "string", "default": "", "shape": None},
]
"""What ``predict(data, params=...)`` may say."""
_OUTPUTS = [
    {"type": "string", "name": "date", "required": False},
    {"type": "string", "name": "symbol", "required": False},
    {"type": "double", "name": "prediction", "required": True},
]
"""Date and symbol where one day is asked for; else a prediction for each row that was given, in its order."""
_SERVED = "serving_input_example.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """``described`` belongs into MLmodel, ``metadata`` into its metadata, ``files`` (by name) beside it. ``columns`` with their types, how many
    ``sessions`` a prediction takes, and whether all names of one are needed. ``functions`` are those of cells that its features call, and that are no part of it."""

    described: Mapping[str, Json]
    columns: Mapping[str, str] = field(default_factory=dict)
    sessions: int = 0
    cross_section: bool = False
    functions: tuple[str, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def interface_of(artifact: Path) -> Interface:
    """What the artifact says of its model. Its inputs are the columns of the tables that it was fitted on; those of a reference
    table are optional, since a file may hold them (``model_config={"reference": PATH}``). Data has no schema where it says nothing: one would refuse arrays for models that were
    fitted on frames."""
    params = json.dumps(_PARAMS)
    needs = _read(artifact / NEEDS_NAME)
    if needs is None:
        return Interface(described={"signature": {"inputs": None, "outputs": None, "params": params}})
    columns = [
        {"type": _TYPES[one["type"]], "name": one["name"], "required": required}
        for required, of in ((True, needs["raw"]), (False, needs["reference"][1:]))
        for one in of
    ]
    described: dict[str, Json] = {
        "signature": {"inputs": json.dumps(columns), "outputs": json.dumps(_OUTPUTS), "params": params},
        "is_signature_from_type_hint": True,
        "type_hint_from_example": False,
    }
    metadata: dict[str, Json] = {
        "nbcode.lookback_sessions": needs["lookback_sessions"],
        "nbcode.cross_section": needs["cross_section"],
    }
    example = _read(artifact / EXAMPLE_NAME)
    if example is not None:
        described["saved_input_example_info"] = {
            "artifact_path": EXAMPLE_NAME,
            "serving_input_path": _SERVED,
            "type": "dataframe",
            "pandas_orient": "split",
            "params": "true",
        }
    return Interface(
        described=described,
        columns={one["name"]: one["type"] for one in (*needs["raw"], *needs["reference"][1:])},
        sessions=int(needs["lookback_sessions"]) + 1,
        cross_section=bool(needs["cross_section"]),
        functions=tuple(sorted(set(_functions(_read(artifact / "model" / "model.json"))))),
        metadata=metadata,
        files={} if example is None else _files(example),
    )


def _functions(node: object) -> Iterator[str]:
    """The names of the functions under ``@feature`` in a saved definition."""
    if isinstance(node, Mapping):
        if node.get("op") == "feature":
            yield str(node["params"]["name"])
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from _functions(one)


def _files(example: Mapping[str, Any]) -> dict[str, str]:
    """The example as MLflow keeps one, and as it is sent to a server."""
    names, rows = example["columns"], example["data"]
    params = {"as_of": example["as_of"]}
    by_column = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return {
        EXAMPLE_NAME: json.dumps({"inputs": {"columns": names, "data": rows}, "params": params}) + "\n",
        _SERVED: json.dumps({"inputs": by_column, "params": params}) + "\n",
    }


def _read(path: Path) -> dict[str, Any] | None:
    with contextlib.suppress(FileNotFoundError):
        found: dict[str, Any] = json.loads(path.read_bytes())
        return found
    return None
