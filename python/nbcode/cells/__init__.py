"""Tagged cells as a graph of definitions and references, the digest of their code, and every static rule."""

from nbcode.cells.analysis import Analysis, Surroundings, analyse
from nbcode.cells.digests import code_digest
from nbcode.cells.graph import CellGraph, TaggedCell
from nbcode.cells.optional_parts import optional_modules
from nbcode.cells.source_facts import KnownSources

__all__ = [
    "Analysis",
    "CellGraph",
    "KnownSources",
    "Surroundings",
    "TaggedCell",
    "analyse",
    "code_digest",
    "optional_modules",
]
