"""What ran here against what is saved: ``%nbcode promote`` takes the file, and a quant means what they see."""

from __future__ import annotations

import ast
from pathlib import Path

from nbcode.cells import code_digest
from nbcode.notebook import parse_notebook, read_notebook
from nbcode.primitives import Diagnostic, Digest, Place, Severity


class RanCells:
    """The code that each tag's cell held when one last ran in this kernel."""

    def __init__(self) -> None:
        self._last: dict[str, Digest] = {}

    def note(self, source: str) -> None:
        """Remember a cell that is about to run. Only the marker tells its tag: a kernel is not told of cell metadata."""
        if not source.startswith("# %% ["):
            return
        notebook = parse_notebook(source.encode("utf-8", "replace"), "cell.py").notebook
        for cell in notebook.cells if notebook is not None else ():
            digest = _digest(cell.source) if cell.tag and cell.tag != "meta" else None
            if cell.tag and digest is not None:
                self._last[cell.tag] = digest

    def not_in(self, path: Path) -> tuple[Diagnostic, ...]:
        """NBC-A25, a warning, for each tag whose last run code is in no cell of that tag in the file."""
        notebook = read_notebook(path).notebook
        if notebook is None:
            return ()
        saved = {(cell.tag, _digest(cell.source)) for cell in notebook.cells if cell.tag}
        return tuple(
            Diagnostic(
                code="NBC-A25",
                severity=Severity.WARNING,
                message=f"the [{tag}] cell that ran last is not in the saved file",
                cause="the open document is newer than the file, or the cell was changed after it ran; the file is what counts",
                fixes=("save, then promote", "run the changed cell again"),
                place=Place(path=path.name, tag=tag),
            )
            for tag, digest in self._last.items()
            if (tag, digest) not in saved
        )


def _digest(source: str) -> Digest | None:
    try:
        return code_digest(source, ast.parse(source))
    except (SyntaxError, ValueError, RecursionError):
        return None
