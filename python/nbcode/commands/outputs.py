"""What ``--json`` of every command prints, as types: the commands are checked against them, and the JSON Schemas are made from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NotRequired, TypedDict

from nbcode.configuration import TrustKind
from nbcode.primitives import Digest, Json, Judgement, LookAhead
from nbcode.primitives.json_schema import Written
from nbcode.primitives.wire import WireDiagnostic
from nbcode.promotion import State
from nbcode.run import RunStatus

Ended = Literal["done", "failed"]
Findings = Annotated[Sequence[Mapping[str, object]], Written(list[WireDiagnostic])]
LookAheadJson = Annotated[object, Written(LookAhead | None)]
JudgementJson = Annotated[object, Written(Judgement | None)]


class StoppedOutput(TypedDict):
    """Of any command that was stopped: ``exit_code`` says whose turn it is."""

    status: Literal["failed"]
    exit_code: int
    diagnostics: Findings


class TaggedCell(TypedDict):
    """A promoted cell: what it defines and what it reads."""

    cell: int
    tag: str | None
    defs: list[str]
    refs: list[str]
    code_digest: Digest


class CheckedNotebook(TypedDict):
    """A notebook that was looked at. ``ok``: nothing stops a promote."""

    path: str
    ok: bool
    errors: int
    warnings: int
    notes: int
    cells: int
    model: str | None
    tagged: list[TaggedCell]
    not_looked_at: list[str]


class CheckedAlone(CheckedNotebook):
    """The same, with what was found."""

    diagnostics: Findings


class CheckOutput(TypedDict):
    """``nbcode check``."""

    status: Ended
    notebooks: list[CheckedNotebook]
    diagnostics: Findings


class SuggestedModel(TypedDict):
    """Something fitted, and why it is taken for the model."""

    name: str
    expression: str
    cell: int
    line: int
    why: str


class SuggestedFigure(TypedDict):
    """A figure that a cell shows."""

    name: str
    expression: str
    cell: int | None
    stored: str | None
    why: str


class SuggestedHorizon(TypedDict):
    """How far the label looks ahead."""

    sessions: int | None
    why: str
    certain: bool


class SuggestedTag(TypedDict):
    """The tag that a cell would get, and the one that it had."""

    cell: int
    tag: str | None
    had: str | None
    first_line: str
    lines: int
    why: str


class ComparedFigure(TypedDict):
    """A figure as the notebook shows it and as the clean run gives it."""

    name: str
    stored: str | None
    clean: float | None
    same: bool | None


class SuggestOutput(TypedDict):
    """``nbcode suggest``; with ``--run`` also ``compared`` and ``diagnostics``."""

    status: Ended
    path: str
    model: str | None
    signal: str | None
    signals: list[str]
    models: list[SuggestedModel]
    report: str | None
    figures: list[SuggestedFigure]
    candidates: list[SuggestedFigure]
    horizon: SuggestedHorizon
    inputs: dict[str, str]
    cells: list[SuggestedTag]
    meta: list[str]
    remarks: list[str]
    changed: bool
    written: bool
    compared: NotRequired[list[ComparedFigure]]
    diagnostics: NotRequired[Findings]


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


class PromoteOutput(TypedDict):
    """``nbcode promote``, however it ended once it had begun."""

    status: Annotated[str, Written(Literal["done", "exists", "failed"])]
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
    snapshot: str | None
    run_id: str | None
    isolation: str | None
    attempt: int
    who: str
    account: str | None
    adopt: bool
    begun_at: str
    updated_at: str
    code: str | None
    message: str | None


class PromotionNow(PromotionRow):
    """The same, with what is known of its process."""

    working: bool
    interrupted: bool
    ours: bool


class StatusOutput(TypedDict):
    """``nbcode status``."""

    project: str
    promotions: Annotated[Sequence[Mapping[str, object]], Written(list[PromotionNow])]
    other_projects: list[str]


class ResumeOutput(TypedDict):
    """``nbcode resume``: what was finished, and what others are at."""

    status: Ended
    finished: list[PromoteOutput]
    held: Annotated[Sequence[Mapping[str, object]], Written(list[PromotionRow])]
    diagnostics: Findings


class ListedModelRow(TypedDict):
    """A registered model. ``figures`` say what each rests on."""

    model: str
    versions: int
    candidate: int | None
    notebook: str
    updated_at: str
    updated_by: str
    look_ahead: LookAheadJson
    judged: JudgementJson
    figures: dict[str, str]


class ModelsOutput(TypedDict):
    """``nbcode models``."""

    project: str
    models: list[ListedModelRow]
    other_projects: list[str]


class TrialsOfVersion(TypedDict):
    """How much was tried before a version."""

    looked_at: int
    since: str
    declared: int | None
    deflated_sharpe: float | None


class ShownVersion(TypedDict):
    """A version of a model."""

    version: int
    alias: str | None
    spec_digest: Digest
    artifact_digest: Digest | None
    registered_at: str
    registered_by: str
    notebook: str
    snapshot: str | None
    artifact: str
    metrics: dict[str, Json]
    look_ahead: LookAheadJson
    judged: JudgementJson
    figures: dict[str, str]
    findings: Findings
    trials: TrialsOfVersion | None


class ShowOutput(TypedDict):
    """``nbcode show``: the newest version first."""

    model: str
    versions: list[ShownVersion]
    diagnostics: Findings


class ReportOutput(TypedDict):
    """``nbcode report``."""

    model: str
    version: int
    report: str
    facts: dict[str, str]


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


class HealthFinding(TypedDict):
    """One thing that was looked at."""

    area: str
    name: str
    level: Annotated[str, Written(Literal["ok", "warn", "fail"])]
    text: str
    fix: str


class DoctorOutput(TypedDict):
    """``nbcode doctor``."""

    status: Ended
    findings: list[HealthFinding]


class TrustedItem(TypedDict):
    """Something that was trusted, by its digest."""

    digest: Digest
    kind: Annotated[str, Written(TrustKind)]
    value: str
    target: str
    trusted_at: str


class AskedItem(TypedDict):
    """Something that a project asks for beyond itself."""

    kind: Annotated[str, Written(TrustKind)]
    setting: str
    value: str
    target: str
    why: str
    path: str | None
    line: int | None
    digest: Digest


class TrustOutput(TypedDict):
    """``nbcode trust``: what was asked for; with ``--revoke`` what was taken back."""

    status: Annotated[str, Written(Literal["trusted", "declined", "nothing to trust", "revoked"])]
    root: str
    items: Annotated[Sequence[object], Written(list[AskedItem | TrustedItem])]


class TrustedProject(TypedDict):
    """What is trusted of one project."""

    root: str
    items: list[TrustedItem]


class TrustedOutput(TypedDict):
    """``nbcode trust --list``."""

    projects: Annotated[Sequence[Mapping[str, object]], Written(list[TrustedProject])]


class MadeItem(TypedDict):
    """A file or a kernel, and what became of it."""

    what: str
    path: str | None
    state: Annotated[str, Written(Literal["written", "exists", "not wanted"])]
    note: str


class DeclaredDataset(TypedDict):
    """The dataset of ``--data``, as nbcode.toml has it."""

    name: str
    configuration: str
    section: str
    written: bool
    notes: list[str]
    panel: str
    validation: str


class InitOutput(TypedDict):
    """``nbcode init``. ``next`` is what to type now."""

    status: Literal["done"]
    folder: str
    items: list[MadeItem]
    next: list[str]
    dataset: DeclaredDataset | None


class ExamplesOutput(TypedDict):
    """``nbcode init --example``: each example's name and what it is about."""

    examples: dict[str, str]


class ExplainOutput(TypedDict):
    """``nbcode explain CODE``."""

    code: str
    title: str
    text: str


class CodeTitle(TypedDict):
    """A code of the manual."""

    code: str
    title: str


class CodesOutput(TypedDict):
    """``nbcode explain``: every code."""

    codes: list[CodeTitle]
