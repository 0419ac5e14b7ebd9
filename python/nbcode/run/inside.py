"""What goes through the wall: the plan as the inside sees it, and the lines that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nbcode.primitives import Diagnostic, Json

PLAN_NAME = "plan.json"
PRICES, REFERENCE, INPUT = "prices", "reference", "input"
"""Roles of inputs, as ``nbcode.inputs.Role`` writes them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideCell:
    """A promoted cell: see ``PlannedCell``."""

    tag: str
    index: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class InsideInput:
    """A declared input at the path where the inside finds it. ``derive`` holds (field, formula)."""

    name: str
    role: str
    path: str
    digest: str
    derive: tuple[tuple[str, str], ...]
    date_column: str = "date"
    symbol_column: str = "symbol"


@dataclass(frozen=True, kw_only=True, slots=True)
class InsidePlan:
    """A plan with the paths of the inside. ``readable`` are the roots that the guard lets cells read from,
    ``listed`` directories in which an import may look for names."""

    nonce: str
    spec_digest: str
    definition_digest: str | None
    label_names: tuple[str, ...]
    cells: tuple[InsideCell, ...]
    inputs: tuple[InsideInput, ...]
    out: str
    scratch: str
    numba_cache: str | None
    columns: str | None
    readable: tuple[str, ...]
    listed: tuple[str, ...]
    enforced: bool
    core_type: str
    time_s: float
    memory_bytes: int
    output_bytes: int
    output_files: int


def encode_plan(plan: InsidePlan) -> bytes:
    """JSON of ``plan``: ``decode_plan(encode_plan(p)) == p``."""
    return json.dumps(asdict(plan)).encode()


def decode_plan(data: bytes) -> InsidePlan:
    """The plan in ``data``. Raises ``KeyError`` or ``TypeError`` for anything but the output of :func:`encode_plan`."""
    raw: dict[str, Any] = json.loads(data)
    raw["cells"] = tuple(InsideCell(**cell) for cell in raw["cells"])
    raw["inputs"] = tuple(
        InsideInput(**(one | {"derive": tuple((f, g) for f, g in one["derive"])})) for one in raw["inputs"]
    )
    for name in ("label_names", "readable", "listed"):
        raw[name] = tuple(raw[name])
    return InsidePlan(**raw)


def diagnostic_from_json(data: Mapping[str, Any]) -> Diagnostic:
    """Back from :meth:`Diagnostic.to_json`. Raises ``ValueError`` for anything else."""
    return Diagnostic.from_json(data)


def line_of(kind: str, **fields: Json) -> str:
    """One message to the outside: a JSON object on one line."""
    return json.dumps({"kind": kind, **fields})
