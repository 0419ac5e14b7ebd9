"""Tagged cells as a graph of definitions and references, the digest of their code, and every static rule."""

from nbcode.cells.analysis import Analysis, analyse
from nbcode.cells.graph import CellGraph, TaggedCell, code_digest
from nbcode.cells.manual import all_codes, diagnostics_page, explain

__all__ = [
    "Analysis",
    "CellGraph",
    "TaggedCell",
    "all_codes",
    "analyse",
    "code_digest",
    "diagnostics_page",
    "explain",
]
