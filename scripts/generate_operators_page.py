"""docs/reference/operators.md from the catalogue. With --check only says whether it is current."""

import sys
from pathlib import Path

from alpha_bench.reference.listing import reference_page

page = Path(__file__).parent.parent / "docs/reference/operators.md"
if "--check" in sys.argv:
    if not page.exists() or page.read_text("utf-8") != reference_page():
        sys.exit(f"{page.name} is out of date: make codegen")
else:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(reference_page(), "utf-8")
