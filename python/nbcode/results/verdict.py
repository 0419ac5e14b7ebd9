"""The verdict in the report of the run: what the leak probe came to and found. It ends after the report is written, since it runs the
cells again."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from alpha_bench.describe import element, headed, without_look
from nbcode.primitives import Diagnostic, Json, LookAhead, Severity, canonical_json, to_plain
from nbcode.results.belief import too_good
from nbcode.results.plain_page import OF_THE_CELLS, plain_page, verdict_of

_LOOK = "font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:1rem auto 0;padding:0 1rem;color:#1d2733"


def write_verdict(out: Path, found: LookAhead, findings: Iterable[Diagnostic], horizon: int) -> None:
    """Put ``found`` and the ``findings`` behind it into the ``report.json`` in ``out``, and at the head of ``report.html``. ``horizon``: of the
    label, in sessions.

    Nothing of a place goes there: cells have other numbers when an exploratory one comes or goes, and the artifact must not.
    """
    data, page = out / "report.json", out / "report.html"
    document: dict[str, Json] = json.loads(data.read_bytes())
    document["look_ahead"] = to_plain(found)
    listed: list[Json] = [_plain(one) for one in findings if one.severity is not Severity.NOTE]
    document["findings"] = listed
    if document.get("kind") == "python":
        figures = document.get("figures")
        beyond = [d.message for d in too_good(figures if isinstance(figures, dict) else {}, horizon)]
        document["verdict"] = verdict_of(found, beyond)
        document["warnings"] = [*beyond, *OF_THE_CELLS]
        page.write_text(plain_page(document), encoding="utf-8")
    else:
        above = element("p", f"Look-ahead: {found}.", style=_LOOK)
        told = without_look(page.read_text(encoding="utf-8"))
        page.write_text(headed(told, None, above), encoding="utf-8")
    data.write_bytes(canonical_json(document))


def _plain(one: Diagnostic) -> Json:
    return {"code": one.code, "message": one.message, "fixes": list(one.fix_titles)}
