"""Of what is registered: `models`, `show`, `report`."""

from __future__ import annotations

from typing import TypedDict

from nbcode.commands.outputs.stopped import Findings, JudgementJson, LookAheadJson
from nbcode.primitives import Digest, Json


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
