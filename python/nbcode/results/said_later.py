"""What is known only after a report is written, in the report: what the leak probe came to and found, and who computed the figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from alpha_bench.describe import with_look
from nbcode.primitives import (
    Diagnostic,
    Json,
    Judged,
    Judgement,
    LookAhead,
    Place,
    Severity,
    Verdict,
    canonical_json,
    from_plain,
    to_plain,
)
from nbcode.results.belief import too_good
from nbcode.results.plain_page import OF_THE_CELLS, plain_page, verdict_of


def write_verdict(
    out: Path,
    found: LookAhead,
    findings: Iterable[Diagnostic],
    horizon: int,
    rows: Sequence[Json] = (),
) -> None:
    """Put ``found`` and the ``findings`` behind it into the ``report.json`` in ``out``, and at the head of ``report.html``. ``horizon``: of the
    label, in sessions; ``rows``: what was recorded of the calls that train and test, as :func:`nbcode.leaks.lineage.stretches` gives it.

    Nothing of a place goes there: cells have other numbers when an exploratory one comes or goes, and the artifact must not.
    """
    listed: list[Json] = [_plain(one) for one in findings if one.severity is not Severity.NOTE]
    entry: dict[str, Json] = {"look_ahead": to_plain(found), "findings": listed}
    report = _read(out)
    if report.get("kind") == "python":
        entry |= {"horizon_sessions": horizon} | ({"rows": list(rows)} if rows else {})
    _write(out, report | entry)


def add_look(out: Path, found: LookAhead, findings: Iterable[Diagnostic]) -> None:
    """Put the look at a definition that cells built with data in hand into the evaluation in ``out``: what the language answers for
    stays, what was found of the cells goes before it. It was made where the cells ran, and the verdict says so."""
    report = _read(out)
    known = from_plain(LookAhead, report.get("look_ahead"), "look_ahead")
    if Verdict.FOUND in {known.verdict, found.verdict}:
        both = [one.because for one in (found, known) if one.verdict is Verdict.FOUND]
        found = LookAhead(verdict=Verdict.FOUND, because="; ".join(both), stated=True)
    else:
        missed = found.because.removeprefix(_MISSED)
        also = f"{_MISSED}{missed}" if missed and not known.because else f"; {missed}" if missed else ""
        found = LookAhead(verdict=known.verdict, because=known.because + also, stated=True)
    listed: list[Json] = [_plain(one) for one in findings if one.severity is not Severity.NOTE]
    _write(out, report | {"look_ahead": to_plain(found)} | ({"findings": listed} if listed else {}))


_MISSED = "but not all was looked at: "


def fields_that_know(out: Path) -> tuple[Diagnostic, ...]:
    """NBC-E42 where the verdict of the evaluation in ``out`` is that what it reads knows later sessions."""
    look = from_plain(LookAhead, _read(out).get("look_ahead"), "look_ahead")
    if look.verdict is not Verdict.FOUND:
        return ()
    return (
        Diagnostic(
            code="NBC-E42",
            severity=Severity.WARNING,
            message=f"what the model reads knows later sessions: {look.because}",
            cause="it is seen from the panel: what a field holds was not known on its session",
            fixes=(
                "give the field as it was known on each session: Panel.as_filed, unadjusted prices, groups by date",
            ),
            place=Place(tag="features"),
        ),
    )


def write_judgement(out: Path, found: Judgement, horizon: int | None = None) -> None:
    """The same with who computed the figures, and whose the verdict on look-ahead then is. ``horizon``: of plain cells, in sessions,
    whatever their process has written down.

    Raises:
        ValueError: ``look_ahead`` is none.
    """
    report = _read(out) | {"judged": to_plain(found)}
    if report.get("kind") == "python" and horizon is not None:
        report["horizon_sessions"] = horizon
    if found.judged is not Judged.OUTSIDE:
        report["look_ahead"] = to_plain(_of_the_cells(report.get("look_ahead")))
    _write(out, report)


def _of_the_cells(plain: Json) -> LookAhead:
    """The verdict that was made where cells ran: said to be so by who writes this, and not by them."""
    if plain is None:
        return LookAhead(
            verdict=Verdict.NOT_LOOKED_AT, because="the run of the cells came to no verdict", stated=True
        )
    return replace(from_plain(LookAhead, plain, "look_ahead"), stated=True)


def _read(out: Path) -> dict[str, Json]:
    report: dict[str, Json] = json.loads((out / "report.json").read_bytes())
    return report


def _write(out: Path, report: dict[str, Json]) -> None:
    """Write ``report``, and its page: that of plain cells is made of nothing else, in that of an evaluation a paragraph of its head is."""
    page = out / "report.html"
    if report.get("kind") == "python":
        report = report | _head(report)
        text = plain_page(report)
    else:
        look, judged = report.get("look_ahead"), report.get("judged")
        told = [] if look is None else [f"Look-ahead: {from_plain(LookAhead, look, 'look_ahead')}."]
        told += [] if judged is None else [f"Figures: {from_plain(Judgement, judged, 'judged')}."]
        text = with_look(page.read_text(encoding="utf-8"), " ".join(told))
    (out / "report.json").write_bytes(canonical_json(report))
    page.write_text(text, encoding="utf-8")


def _head(report: dict[str, Json]) -> dict[str, Json]:
    """What stands first in the report of plain cells, and the sentences of its limits."""
    figures, horizon, look = (report.get(name) for name in ("figures", "horizon_sessions", "look_ahead"))
    found = too_good(figures if isinstance(figures, dict) else {}, horizon if isinstance(horizon, int) else 1)
    beyond = [one.message for one in found]
    verdict = verdict_of(None if look is None else from_plain(LookAhead, look, "look_ahead"), beyond)
    return {"verdict": verdict, "warnings": [*beyond, *OF_THE_CELLS]}


def _plain(one: Diagnostic) -> Json:
    return {"code": one.code, "message": one.message, "fixes": list(one.fix_titles)}
