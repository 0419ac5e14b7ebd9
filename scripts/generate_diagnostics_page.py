"""docs/format/diagnostics.md from the rules' docstrings and the table of codes. With --check only says whether it is current."""

import sys
from pathlib import Path

from nbcode.diagnostics import diagnostics_page

page = Path(__file__).parent.parent / "docs/format/diagnostics.md"
if "--check" in sys.argv:
    if not page.exists() or page.read_text("utf-8") != diagnostics_page():
        sys.exit(f"{page.name} is out of date: make codegen")
else:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(diagnostics_page(), "utf-8")
