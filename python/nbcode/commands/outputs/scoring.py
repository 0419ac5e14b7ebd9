"""Of predictions: `score`."""

from __future__ import annotations

from typing import TypedDict

from nbcode.commands.outputs.stopped import Findings
from nbcode.primitives import Digest


class ScoredData(TypedDict):
    """The files that were read. ``last`` is the last session in them."""

    dataset: str | None
    prices: str
    prices_digest: Digest
    reference: str | None
    reference_digest: Digest | None
    last: str


class ScoredHistory(TypedDict):
    """Sessions that a prediction needs, and that the data has up to the one that is predicted, this one with them."""

    needed: int
    sessions: int


class ScoreOutput(TypedDict):
    """``nbcode score``."""

    status: str
    model: str
    version: int | None
    line: str
    alias: str | None
    artifact_digest: Digest
    spec_digest: Digest | None
    as_of: str | None
    session: str
    data: ScoredData
    history: ScoredHistory
    rows: int
    predicted: int
    coverage: float | None
    absent: list[str]
    in_sample: bool
    fitted_through: str
    file: str | None
    file_digest: Digest | None
    scored_at: str
    seconds: dict[str, float]
    diagnostics: Findings
