"""What the leak probe came to, in the report of the run: it ends after the report is written, since it runs the cells again."""

from __future__ import annotations

import json
from pathlib import Path

from alpha_bench.describe import element, headed
from nbcode.primitives import LookAhead, canonical_json, to_plain

_LOOK = "font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:1rem auto 0;padding:0 1rem;color:#1d2733"


def write_look_ahead(out: Path, found: LookAhead) -> None:
    """Put ``found`` into the ``report.json`` in ``out``, and its sentence at the head of ``report.html``."""
    data, page = out / "report.json", out / "report.html"
    document = {**json.loads(data.read_bytes()), "look_ahead": to_plain(found)}
    data.write_bytes(canonical_json(document))
    above = element("p", f"Look-ahead: {found}.", style=_LOOK)
    page.write_text(headed(page.read_text(encoding="utf-8"), None, above), encoding="utf-8")
