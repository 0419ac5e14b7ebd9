"""A picture of a splitter before anything is computed: which sessions train, test and are dropped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import Evaluable, EvaluationDefinition
from alpha_bench.errors import DefinitionError
from alpha_bench.expressions import ValueSource
from alpha_bench.model_selection import AnySplitter
from alpha_bench.reporting.pictures.folds import draw_splits
from alpha_bench.runtime import write_named

Calendar: TypeAlias = ValueSource | NDArray[np.datetime64] | Sequence[str | date] | int
"""A panel, its sessions' dates, or how many sessions there are."""


@dataclass(frozen=True, slots=True, repr=False)
class Drawing:
    """SVG text that shows itself in a notebook."""

    svg: str

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: Path | str) -> None:
        """Write the SVG to a file. Raises ``OSError`` where it cannot be written, or a file that is no SVG is there."""
        write_named(Path(path), self.svg.encode(), durable=False, ours=_is_svg)

    def __repr__(self) -> str:
        return f"Drawing of {len(self.svg)} characters of SVG; save(path) writes it"


def _is_svg(beginning: bytes) -> bool:
    return b"<svg" in beginning


def draw_folds(
    what: Evaluable | AnySplitter, calendar: Calendar, *, horizon: int | None = None, delay: int = 0
) -> Drawing:
    """Draw the folds of ``what`` on ``calendar``; nothing is fitted or read but the calendar.

    >>> from alpha_bench.model_selection.walk_forward import WalkForward
    >>> draw_folds(WalkForward(folds=4), 500, horizon=10).svg[:4]
    '<svg'

    Args:
        what: what ``walk_forward`` gives, its definition, or a splitter.
        calendar: a panel, an array of dates, or a number of sessions.
        horizon: of the label; what ``walk_forward`` gives knows its own.
        delay: of the label.

    Raises:
        AlphaBenchError: R33 when ``what`` is none of these or a splitter comes without a horizon, R29 for a calendar that is too short.
    """
    plan = getattr(what, "definition", what)
    splitter: Any = plan
    if isinstance(plan, EvaluationDefinition):
        splitter, horizon, delay = plan.splitter, plan.model.horizon, plan.model.delay
    if not callable(getattr(splitter, "split", None)) or not hasattr(splitter, "embargo_sessions"):
        raise DefinitionError(
            "R33",
            f"a {type(what).__name__} has no folds to draw",
            fix="give draw_folds what walk_forward(m) returns, or a splitter and a horizon",
        )
    if horizon is None:
        raise DefinitionError(
            "R33",
            "the purge of a splitter depends on the label",
            fix="say its horizon: draw_folds(splitter, 2500, horizon=10)",
        )
    known = getattr(calendar, "dates", calendar)
    sessions: Any = known if isinstance(known, int) else np.asarray(known, dtype="datetime64[D]")
    total = sessions if isinstance(sessions, int) else len(sessions)
    return Drawing(draw_splits(splitter.split(total, horizon=horizon, delay=delay), sessions))
