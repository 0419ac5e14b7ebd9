"""The table of kept cells in docs/how-to/suggest.md, from the notebooks in tests/notebooks. With --check only says whether it is current."""

import re
import sys
from pathlib import Path

from nbcode.cells.suggestion import suggest
from nbcode.notebook import parse_notebook, stored_outputs

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/how-to/suggest.md"
BEGIN, END = "<!-- kept cells: make codegen -->\n", "<!-- end of kept cells -->"


def row(path: Path) -> str:
    data = path.read_bytes()
    notebook = parse_notebook(data, str(path)).notebook
    if notebook is None:
        sys.exit(f"{path} cannot be read")
    made = suggest(notebook, stored_outputs(data, str(path)))
    tags = [f"{cell.index} {cell.tag}" for cell in made.cells if cell.tag]
    figure = made.figures[0]
    result = made.model or f"{made.signal} (signal)"
    return (
        f"| {path.stem} | {len(tags)} of {len(made.cells)} | {', '.join(tags)} | `{result}`"
        f" | `{figure.text}` | {figure.stored} |"
    )


def page() -> str:
    head = "| notebook | kept | cells | model | figure | stored |\n|---|---|---|---|---|---|\n"
    rows = [row(path) for path in sorted((ROOT / "tests/notebooks/research").glob("*.ipynb"))]
    table = head + "\n".join(rows) + "\n"
    text = PAGE.read_text("utf-8")
    return re.sub(
        re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: BEGIN + table + END, text, flags=re.DOTALL
    )


if "--check" in sys.argv:
    if PAGE.read_text("utf-8") != page():
        sys.exit(f"{PAGE.name} is out of date: make codegen")
else:
    PAGE.write_text(page(), "utf-8")
