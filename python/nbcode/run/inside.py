"""What goes through the wall: the plan as the inside sees it, and the lines that come back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Literal

from nbcode.configuration import TableLayout
from nbcode.inputs import InputSource
from nbcode.primitives import Diagnostic, Json, dataclass, from_plain, to_plain
from nbcode.results import Asked

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
    """A declared input at the path where the inside finds it. ``derive`` holds (field, formula); ``place`` is the path by which
    cells open it themselves, where they may. ``source`` tells its files and their parts where it is not whole."""

    name: str
    role: str
    path: str
    digest: str
    derive: tuple[tuple[str, str], ...]
    date_column: str = "date"
    symbol_column: str = "symbol"
    layout: TableLayout | None = None
    place: str | None = None
    source: InputSource | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class InsidePlan:
    """A plan with the paths of the inside. ``definition`` is :attr:`nbcode.run.values.RunContent.definition`. ``opened`` are the paths by which cells open inputs themselves; ``project`` is the
    mirror of the project in which they work, in ``cwd``, with the project's ``modules`` (files) in ``module_folders``. ``readable`` are the roots that the guard lets cells read from,
    ``listed`` directories in which an import may look for names. ``share`` (number from 1, of how many) is what a run fits that fits a share of the folds alone; ``folds``
    (name, sha256) are fits that such runs left, in the folder ``folds_at``."""

    nonce: str
    spec_digest: str
    definition_digest: str | None
    definition_kind: str = "declarative"
    definition: str = ""
    asked: tuple[Asked, ...] = ()
    meta_cell: int = 1
    opens_paths: bool = False
    label_names: tuple[str, ...]
    cells: tuple[InsideCell, ...]
    inputs: tuple[InsideInput, ...]
    opened: tuple[str, ...] = ()
    project: str = ""
    cwd: str = ""
    module_folders: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
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
    horizon_sessions: int = 1
    look_cpu_s: float = 60.0
    share: tuple[int, int] | None = None
    folds: tuple[tuple[str, str], ...] = ()
    folds_at: str | None = None
    cpu_s: float | None = None


def encode_plan(plan: InsidePlan) -> bytes:
    """JSON of ``plan``: ``decode_plan(encode_plan(p)) == p``."""
    return json.dumps(to_plain(plan)).encode()


def decode_plan(data: bytes) -> InsidePlan:
    """The plan in ``data``. Raises ``ValueError`` for anything but the output of :func:`encode_plan`."""
    return from_plain(InsidePlan, json.loads(data), "plan")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """``failed`` and ``notes``: findings of the inside."""

    kind: Literal["failed", "notes"]
    diagnostics: tuple[object, ...]

    def read(self) -> tuple[Diagnostic, ...]:
        """The findings. Raises ``ValueError`` where one is none."""
        return tuple(Diagnostic.from_json(one) for one in self.diagnostics)


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnsCounted:
    """What became of the computed columns."""

    kind: Literal["columns"]
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellEvent:
    """A cell begins or is done."""

    kind: Literal["cell"]
    name: str
    cell: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StepStarted:
    """A step begins; ``at_s`` is a reading of the machine's monotonic clock."""

    kind: Literal["step"]
    name: str
    at_s: float


Message = Reported | ColumnsCounted | CellEvent | StepStarted
_MESSAGES: Mapping[str, type[Message]] = {
    "failed": Reported,
    "notes": Reported,
    "columns": ColumnsCounted,
    "cell": CellEvent,
    "step": StepStarted,
}


def read_message(line: str) -> Message | None:
    """The message on a line of the inside's output, None for anything else: what cells print comes by the same way."""
    try:
        said = json.loads(line)
        kind = _MESSAGES.get(said["kind"])
        message = None if kind is None else from_plain(kind, said, "message")
        if isinstance(message, Reported):
            message.read()
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return message


def line_of(kind: str, **fields: Json) -> str:
    """One message to the outside: a JSON object on one line."""
    return json.dumps({"kind": kind, **fields})
