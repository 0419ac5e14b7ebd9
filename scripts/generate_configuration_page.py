"""docs/reference/configuration.md from the table of keys. With --check only says whether it is current."""

import sys
from pathlib import Path

from nbcode.configuration import reference_page

page = Path(__file__).parent.parent / "docs/reference/configuration.md"
if "--check" in sys.argv:
    if not page.exists() or page.read_text("utf-8") != reference_page():
        sys.exit(f"{page.name} is out of date: make codegen")
else:
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(reference_page(), "utf-8")
