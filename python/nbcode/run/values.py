"""A run as values: what is to be executed, within what limits, what was seen, how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.configuration import Isolation
from nbcode.primitives import Diagnostic, Digest, Json

if TYPE_CHECKING:
    # The processes inside the sandbox import this module, and never see a PinnedInput: it would cost them 0.1 s.
    from nbcode.inputs import PinnedInput


class RunStatus(StrEnum):
    """MLflow's run statuses."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a run may use. ``time_s`` is wall time of the whole run; ``memory_bytes`` is resident memory of its processes
    together; ``output_bytes`` and ``output_files`` bound what it leaves in ``out``."""

    time_s: float = 3600.0
    memory_bytes: int = 8 << 30
    output_bytes: int = 2 << 30
    output_files: int = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedCell:
    """A promoted cell. ``source`` is the cell as written, so that line 1 is the reader's line 1; ``index`` counts from 1
    in the notebook."""

    tag: str
    index: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunPlan:
    """Everything a run needs. ``out`` is made and filled by the run; ``work`` holds its record (events, log, the
    notebook as executed, with times).

    ``python`` is the interpreter of the run's environment (None: the one that runs now); ``fresh_environment`` says that it
    was made from the lock for this purpose. ``numba_cache`` is a directory of compiled kernels: a private copy is used.
    ``notes`` are findings of the planning, for the run's record.
    ``columns`` is where live kernels keep computed columns: the run computes its own and compares.
    ``nonce`` is repeated in the result manifest, so that an older or foreign one is never taken for this run's.
    """

    run_id: str
    spec_digest: Digest
    spec_bytes: bytes
    model_id: str
    cells: tuple[PlannedCell, ...]
    label_names: tuple[str, ...]
    inputs: tuple[PinnedInput, ...]
    definition_digest: Digest | None
    out: Path
    work: Path
    isolation: Isolation = Isolation.AUTO
    limits: Limits = field(default_factory=Limits)
    notebook_path: str | None = None
    environment_digest: Digest | None = None
    platform_key: str = ""
    python: Path | None = None
    fresh_environment: bool = False
    numba_cache: Path | None = None
    columns: Path | None = None
    notes: tuple[Diagnostic, ...] = ()
    nonce: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """Something seen while it runs. ``kind`` is ``step``, ``cell`` or ``log``; ``name`` the step, or ``start``/``end`` of a
    cell; ``cell`` its number in the notebook; ``elapsed_s`` since the run began."""

    kind: str
    name: str
    elapsed_s: float
    cell: int | None = None
    text: str = ""

    def to_json(self) -> dict[str, Json]:
        """One line of ``events.jsonl``."""
        return {
            "kind": self.kind,
            "name": self.name,
            "cell": self.cell,
            "elapsed_s": round(self.elapsed_s, 4),
            "text": self.text,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class RunOutcome:
    """How a run ended. ``isolation`` is the rung that really held, ``layers`` what it consisted of; ``result`` is present
    exactly when ``status`` is FINISHED; ``seconds`` by step in their order; ``columns`` counts what became of the computed
    columns: ``verified`` agree with what a live kernel had kept, ``recomputed`` had nothing to be compared with."""

    status: RunStatus
    isolation: str
    out: Path
    result: ResultManifest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    seconds: tuple[tuple[str, float], ...] = ()
    layers: tuple[str, ...] = ()
    peak_bytes: int = 0
    columns: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultFile:
    """A file of the result: ``path`` relative, with ``/``."""

    path: str
    size_bytes: int
    digest: Digest
    media_type: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultManifest:
    """What a complete run leaves, written last: without it, or with another nonce, the run has failed.

    ``pins`` are the conditions of bit-identity that were asserted inside, name and value.
    """

    nonce: str
    spec_digest: Digest
    definition_digest: Digest | None
    pins: tuple[tuple[str, str], ...]
    files: tuple[ResultFile, ...]
