"""Of a notebook that is looked at: `check`, `suggest`."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from nbcode.commands.outputs.stopped import Ended, Findings
from nbcode.primitives import Digest


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
