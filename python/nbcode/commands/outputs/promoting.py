"""Of runs and promotes: `run`, `promote`, `status`, `resume`, `logs`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, TypedDict

from nbcode.commands.outputs.stopped import Ended, Findings, JudgementJson, LookAheadJson, StoppedOutput
from nbcode.primitives import Digest, Json
from nbcode.primitives.json_schema import Written
from nbcode.primitives.wire import WireDiagnostic
from nbcode.promotion import State
from nbcode.run import RunStatus


class RunOutput(TypedDict):
    """``nbcode run``."""

    status: Annotated[str, Written(RunStatus)]
    run_id: str
    model: str
    spec_digest: Digest
    definition_digest: Digest
    isolation: str
    layers: list[str]
    out: str
    report: str | None
    seconds: dict[str, float]
    peak_bytes: str
    columns: dict[str, int]
    metrics: dict[str, Json]
    folds: list[Json]
    diagnostics: Findings
    look_ahead: LookAheadJson
    judged: JudgementJson


class FanOutOutput(TypedDict):
    """How the folds of a run are spread over several: ``shares`` are the folds, counted from 1, of each; ``because`` says why they are not."""

    folds: int
    shares: list[list[int]]
    runs: int
    on: str
    cpu: str
    memory_bytes: str
    inputs_bytes: str
    runs_cells: bool
    together: bool
    measured: str | None
    alone_s: float | None
    at_best_s: float | None
    because: str


class PromoteOutput(TypedDict):
    """``nbcode promote``, however it ended once it had begun."""

    status: Annotated[str, Written(Literal["done", "exists", "failed", "submitted"])]
    model: str
    version: int | None
    alias: str | None
    spec_digest: Digest
    definition_digest: Digest
    artifact_digest: Digest | None
    artifact: str | None
    report: str | None
    isolation: str | None
    seconds: dict[str, float]
    metrics: dict[str, Json]
    folds: list[Json]
    diagnostics: Findings
    run_id: str | None
    look_ahead: LookAheadJson
    judged: JudgementJson
    line: str
    fan_out: FanOutOutput | None


class NoCandidate(StoppedOutput):
    """``nbcode promote`` that did not begin: the same keys, without a value."""

    model: None
    version: None
    alias: None
    spec_digest: None
    definition_digest: None
    artifact_digest: None
    artifact: None
    report: None
    isolation: None
    seconds: dict[str, float]
    metrics: dict[str, Json]
    folds: list[Json]
    run_id: None
    look_ahead: None
    judged: None
    line: None
    fan_out: None


class PromotionRow(TypedDict):
    """A promote in the journal. ``code`` and ``message`` say why it failed."""

    key: Digest
    model: str
    state: Annotated[str, Written(State)]
    spec_digest: Digest
    artifact_digest: Digest | None
    version: int | None
    project: str
    notebook: str
    path: str
    snapshot: str | None
    run_id: str | None
    isolation: str | None
    attempt: int
    who: str
    account: str | None
    adopt: bool
    refit_of: int | None
    runs_on: str
    runs_in: str
    line: str
    begun_at: str
    updated_at: str
    code: str | None
    message: str | None


class PromotionNow(PromotionRow):
    """The same, with what is known of its process."""

    working: bool
    controlled: bool
    interrupted: bool
    ours: bool


class DiffersOutput(TypedDict):
    """Where the registry has another candidate now than ``here``, which was promoted in this project last, or lacks versions."""

    model: str
    here: int | None
    candidate: int | None
    by: str
    at: str
    gone: list[int]


class StatusOutput(TypedDict):
    """``nbcode status``. ``diagnostics`` say why the registry could not be asked."""

    project: str
    promotions: Annotated[Sequence[Mapping[str, object]], Written(list[PromotionNow])]
    other_projects: list[str]
    differs: list[DiffersOutput]
    diagnostics: Findings


class ControllerOutput(TypedDict):
    """`nbcode controller --once --json`: how many promotions came to their end, and how many could not go on now."""

    finished: int
    hindered: int


class CancelOutput(TypedDict):
    """``nbcode cancel``: the promotes whose runs were told to end."""

    cancelled: Annotated[Sequence[Mapping[str, object]], Written(list[PromotionRow])]


class ResumeOutput(TypedDict):
    """``nbcode resume``: what was finished, and what others are at."""

    status: Ended
    finished: list[PromoteOutput]
    held: Annotated[Sequence[Mapping[str, object]], Written(list[PromotionRow])]
    diagnostics: Findings


class EventOfRun(TypedDict):
    """Something seen while a run went on."""

    kind: str
    name: str
    cell: int | None
    elapsed_s: float
    text: str


class PrintedByCell(TypedDict):
    """What a cell printed."""

    cell: int | None
    text: str


class LogsOutput(TypedDict):
    """``nbcode logs``."""

    run_id: str
    status: str | None
    isolation: str | None
    columns: dict[str, Json]
    events: Annotated[Sequence[Mapping[str, object]], Written(list[EventOfRun])]
    printed: list[PrintedByCell]
    log: str
    diagnostics: Annotated[Sequence[object], Written(list[WireDiagnostic])]
