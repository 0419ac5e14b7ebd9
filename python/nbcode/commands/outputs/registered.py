"""Of what is registered: `models`, `show`, `report`."""

from __future__ import annotations

from typing import TypedDict

from nbcode.commands.outputs.stopped import Findings, JudgementJson, LookAheadJson
from nbcode.primitives import Digest, Json


class ListedModelRow(TypedDict):
    """A registered model. ``version`` is the candidate, else the newest: ``metrics`` and what follows are its; ``figures`` say what each rests on."""

    model: str
    versions: int
    refits: int
    candidate: int | None
    notebook: str
    updated_at: str
    updated_by: str
    account: str
    owner: str
    version: int | None
    line: str
    path: str
    metrics: dict[str, Json]
    look_ahead: LookAheadJson
    judged: JudgementJson
    figures: dict[str, str]


class ModelsOutput(TypedDict):
    """``nbcode models``. ``registry`` is null where only the ledger was read."""

    project: str
    registry: str | None
    models: list[ListedModelRow]
    other_projects: list[str]
    diagnostics: Findings


class TrialsOfVersion(TypedDict):
    """How much was tried before a version."""

    looked_at: int
    since: str
    declared: int | None
    deflated_sharpe: float | None


class ShownVersion(TypedDict):
    """A version of a model. ``artifact`` is its folder in this store, ``source`` its place in the registry. ``collected`` says when its bytes were removed, and by whom."""

    version: int
    alias: str | None
    spec_digest: Digest
    artifact_digest: Digest | None
    registered_at: str
    registered_by: str
    account: str
    owner: str
    path: str
    line: str
    notebook: str
    snapshot: str | None
    artifact: str | None
    source: str | None
    metrics: dict[str, Json]
    look_ahead: LookAheadJson
    judged: JudgementJson
    figures: dict[str, str]
    findings: Findings
    trials: TrialsOfVersion | None
    tried: str
    collected: str


class ShowOutput(TypedDict):
    """``nbcode show``: the newest version first. ``registry`` is null where only the ledger was read."""

    model: str
    registry: str | None
    versions: list[ShownVersion]
    diagnostics: Findings


class ReportOutput(TypedDict):
    """``nbcode report``."""

    model: str
    version: int
    report: str
    facts: dict[str, str]
