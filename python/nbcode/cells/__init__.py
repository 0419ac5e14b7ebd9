"""Tagged cells as a graph of definitions and references, the digest of their code, and every static rule."""

from nbcode.cells.analysis import Analysis, analyse
from nbcode.cells.graph import CellGraph, TaggedCell, code_digest

__all__ = [
    "Analysis",
    "CellGraph",
    "TaggedCell",
    "analyse",
    "code_digest",
]
