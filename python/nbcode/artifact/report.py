"""What an artifact's ``report.json`` says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from nbcode.artifact.store import ArtifactRefusedError
from nbcode.primitives import Json, Judgement, LookAhead, from_plain

_NAME = "report.json"
Figures = Mapping[str, Json]
_Entry = TypeVar("_Entry")


def figures_of(artifact: Path) -> tuple[Figures, tuple[Json, ...]]:
    """The figures and the folds of the report in ``artifact``; both empty when it has none.

    Raises:
        ArtifactRefusedError: it is no report. Cells can write to it, so it is believed no further than its shape.
    """
    document = _document(artifact)
    figures, folds = (
        (document.get("figures", {}), document.get("folds", []))
        if isinstance(document, dict)
        else (None, None)
    )
    if not isinstance(figures, dict) or not isinstance(folds, list):
        raise ArtifactRefusedError(f"{_NAME} is no report: it has no figures by name, or no list of folds")
    return figures, tuple(folds)


def look_ahead_of(artifact: Path) -> LookAhead | None:
    """What the leak probe came to; None for a report of alpha_bench's language, which cannot look ahead, and where it is not known.

    Raises:
        ArtifactRefusedError: there is no report that can be read.
    """
    return _entry(artifact, "look_ahead", LookAhead)


def judgement_of(artifact: Path) -> Judgement | None:
    """Who computed the figures; None for a report of before that was written down.

    Raises:
        ArtifactRefusedError: there is no report that can be read.
    """
    return _entry(artifact, "judged", Judgement)


def _entry(artifact: Path, name: str, kind: type[_Entry]) -> _Entry | None:
    document = _document(artifact)
    plain = document.get(name) if isinstance(document, dict) else None
    if plain is None:
        return None
    try:
        return from_plain(kind, plain, name)
    except ValueError as error:
        raise ArtifactRefusedError(f"{_NAME} is no report: {error}") from error


def evidence_of(artifact: Path) -> dict[str, Json] | None:
    """What the Sharpe ratio of the report's book is made of (``portfolio.evidence``); None where it has no book.

    Raises:
        ArtifactRefusedError: there is no report that can be read.
    """
    document = _document(artifact)
    book = document.get("portfolio") if isinstance(document, dict) else None
    evidence = book.get("evidence") if isinstance(book, dict) else None
    return evidence if isinstance(evidence, dict) else None


def verdict_of(artifact: Path) -> str:
    """The one sentence that the report leads with; empty where it has none.

    Raises:
        ArtifactRefusedError: there is no report that can be read.
    """
    document = _document(artifact)
    verdict = document.get("verdict") if isinstance(document, dict) else None
    return str(verdict.get("headline", "")) if isinstance(verdict, dict) else ""


def costs_of(artifact: Path) -> tuple[float, ...]:
    """The trading costs (basis points) of figures by cost, in their order; empty where the report has no book.

    Raises:
        ArtifactRefusedError: there is no report that can be read.
    """
    document = _document(artifact)
    book = document.get("portfolio") if isinstance(document, dict) else None
    rows = book.get("by_cost") if isinstance(book, dict) else None
    costs = [row.get("cost_bps") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    return tuple(float(cost) for cost in costs if isinstance(cost, int | float) and math.isfinite(cost))


def _document(artifact: Path) -> Any:
    try:
        return json.loads((artifact / _NAME).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise ArtifactRefusedError(f"{_NAME} cannot be read: {error}") from error


def numbers_in(value: Json, path: str = "") -> Iterator[tuple[str, float]]:
    """The finite numbers of nested figures with their names, as MLflow takes them: ``quantile_returns.1``."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, int | float):
        if math.isfinite(value):
            yield path, float(value)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from numbers_in(inner, f"{path}.{name}" if path else str(name))
    else:
        for number, inner in enumerate(value, start=1):
            yield from numbers_in(inner, f"{path}.{number}")
