"""What is known only after a report is written, in the report: what the leak probe came to, and who computed the figures."""

from __future__ import annotations

import json
from pathlib import Path

from alpha_bench.describe import element, headed
from nbcode.primitives import Json, Judgement, LookAhead, canonical_json, to_plain

_LOOK = "font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:1rem auto 0;padding:0 1rem;color:#1d2733"


def write_look_ahead(out: Path, found: LookAhead) -> None:
    """Put ``found`` into the ``report.json`` in ``out``, and its sentence at the head of ``report.html``."""
    _write(out, {"look_ahead": to_plain(found)}, f"Look-ahead: {found}.")


def write_judgement(out: Path, found: Judgement) -> None:
    """The same with who computed the figures."""
    _write(out, {"judged": to_plain(found)}, f"Figures: {found}.")


def _write(out: Path, entry: dict[str, Json], sentence: str) -> None:
    data, page = out / "report.json", out / "report.html"
    data.write_bytes(canonical_json({**json.loads(data.read_bytes()), **entry}))
    text = page.read_text(encoding="utf-8")
    page.write_text(headed(text, None, element("p", sentence, style=_LOOK)), encoding="utf-8")
