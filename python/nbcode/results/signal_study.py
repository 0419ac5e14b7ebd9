"""A signal judged as a factor, outside the cells' process: what is handed over are its values, and everything else is computed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from alpha_bench.describe import AlphaBenchError, Html, element, headed, joined, study_signal
from nbcode.primitives import Json, LookAhead, NbcodeError, canonical_json, from_plain
from nbcode.results.figures import figures_table
from nbcode.results.said_later import write_look_ahead
from nbcode.results.signals import load_signal

STUDY = "study.json"
_PAGE = "study.html"
_NOTE = "font:15px/1.5 system-ui,sans-serif;max-width:920px;margin:1rem auto 0;padding:0 1rem;color:#1d2733"


def judge_signal(
    directory: Path, sources: Iterable[Callable[[], Any]], out: Path, *, horizon: int
) -> dict[str, Json]:
    """Judge the signal in ``directory`` on the first of ``sources`` (each gives a panel, or a table that holds one) that has prices of
    its dates and assets. Write ``study.json`` and, where it could be judged, ``study.html`` into ``out``; returns the figures.

    A signal that cannot be judged is no error: ``study.json`` says why it is not.
    """
    try:
        signal = load_signal(directory)
    except NbcodeError as error:
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
            made = study_signal(signal.values.rename("signal"), source(), horizon=horizon)
            document: Any = made.to_json()
            page = made.to_html(None, title="Report")
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
    """Put what ``study.json`` in ``out`` says into ``report.json``, under ``study``; the page of the study becomes ``report.html``, below
    the figures that the notebook stated. Where there is none, the page that is there says why."""
    found = json.loads((out / STUDY).read_bytes())
    report, page = out / "report.json", out / "report.html"
    document = json.loads(report.read_bytes())
    report.write_bytes(canonical_json({**document, "study": found}))
    (out / STUDY).unlink()
    if not found["judged"]:
        _head(
            page,
            page.read_text(encoding="utf-8"),
            element("p", f"The signal is not judged: {found['because']}.", style=_NOTE),
        )
        return
    (out / _PAGE).replace(page)
    _head(page, page.read_text(encoding="utf-8"), _stated(document["figures"]))
    if "look_ahead" in document:
        write_look_ahead(out, from_plain(LookAhead, document["look_ahead"], "the look-ahead"))


def _stated(figures: Mapping[str, Json]) -> Html:
    said = (
        "The signal's values, judged as a factor by a process that ran no cell: each value against the return that came after it. Below are the "
        "figures that the notebook itself stated."
    )
    return element("div", joined(element("p", said), figures_table(figures)), style=_NOTE)


def _head(path: Path, text: str, above: Html) -> None:
    path.write_text(headed(text, None, above), encoding="utf-8")
