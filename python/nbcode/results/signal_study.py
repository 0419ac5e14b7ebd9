"""A signal judged as a factor, outside the cells' process: what is handed over are its values, and everything else is computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from alpha_bench.describe import (
    AlphaBenchError,
    Child,
    Html,
    element,
    footed,
    joined,
    load_signal,
    study_signal,
)
from nbcode.primitives import Json, NbcodeError, canonical_json

STUDY = "study.json"
_PAGE = "study.html"


def judge_signal(
    directory: Path, sources: Iterable[Callable[[], Any]], out: Path, *, horizon: int
) -> dict[str, Json]:
    """Judge the signal in ``directory`` on the first of ``sources`` (each gives a panel, or a table that holds one) that has prices of
    its dates and assets. Write ``study.json`` and, where it could be judged, ``study.html`` into ``out``; returns the figures.

    A signal that cannot be judged is no error: ``study.json`` says why it is not.
    """
    try:
        signal = load_signal(directory)
    except AlphaBenchError as error:
        return not_judged(out, f"its values cannot be read: {error}")
    if signal is None:
        return not_judged(out, "there is none")
    if not signal.has_symbols:
        return not_judged(
            out, "it has one value a date, and none for each asset: there is nothing to compare on a date"
        )
    why = "no input holds prices"
    for source in sources:
        try:
            made = study_signal(signal.values.to_frame("signal"), source(), horizon=horizon)
            document: Any = made.to_json()
            page = made._repr_html_()
        except (AlphaBenchError, NbcodeError) as error:
            why = getattr(error, "message", str(error))
            continue
        (out / _PAGE).write_text(page, encoding="utf-8")
        (out / STUDY).write_bytes(canonical_json({"judged": True, "because": "", "report": document}))
        return dict(made.figures)
    return not_judged(out, why)


def not_judged(out: Path, why: str) -> dict[str, Json]:
    """Say in ``out`` why the signal was not judged; no figure."""
    (out / _PAGE).unlink(missing_ok=True)
    (out / STUDY).write_bytes(canonical_json({"judged": False, "because": why[:500], "report": None}))
    return {}


def add_study(out: Path) -> None:
    """Put what ``study.json`` in ``out`` says into ``report.json``, under ``study``, and the report of the study into ``report.html``, below
    what the notebook stated; or why there is none."""
    found = json.loads((out / STUDY).read_bytes())
    report, page = out / "report.json", out / "report.html"
    report.write_bytes(canonical_json({**json.loads(report.read_bytes()), "study": found}))
    if found["judged"]:
        fragment: Child = Html((out / _PAGE).read_text(encoding="utf-8"))
        said = "Its values, judged as a factor by a process that ran no cell: each against the return that came after it."
        (out / _PAGE).unlink()
    else:
        fragment, said = None, f"It is not judged: {found['because']}."
    (out / STUDY).unlink()
    below = joined(element("h2", "The signal"), element("p", said), fragment)
    page.write_text(footed(page.read_text(encoding="utf-8"), below), encoding="utf-8")
