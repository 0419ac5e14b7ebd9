"""The tagged cells as a graph: what each defines, what each takes from the others, and the digest of its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from alpha_bench.names import LIBRARIES, is_label_name
from nbcode.cells.facts import CellFacts
from nbcode.notebook import Cell, Meta
from nbcode.notebook.marker import is_marker
from nbcode.primitives import Digest


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggedCell:
    """A cell that is promoted. ``defs``: module-level names that it leaves behind. ``refs``: module-level names that it
    reads from outside itself (also the platform's and labels, not Python's builtins).

    ``code`` is the source without its marker line and outer blank lines; line n of it is line ``n + line_offset`` of the
    cell. ``code_digest`` counts neither positions, comments nor formatting. ``imports`` are top-level module names.
    """

    cell: Cell
    tag: str
    defs: frozenset[str]
    refs: frozenset[str]
    code: str
    line_offset: int
    code_digest: Digest
    imports: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellGraph:
    """The promoted cells in document order (``tagged``; the ``[meta]`` cell apart), and the exploratory ones.

    ``label_names``: the labels that the tagged cells read. ``input_names``: the x of each ``inputs["x"]``.
    ``imports``: top-level modules that they import, and those of the libraries behind the platform's names that they read.
    """

    meta: Meta | None
    meta_cell: Cell | None
    tagged: tuple[TaggedCell, ...]
    untagged: tuple[Cell, ...]
    label_names: frozenset[str]
    input_names: frozenset[str]
    imports: frozenset[str]


def tagged_cell(facts: CellFacts, refs: frozenset[str], *, exact_docstrings: bool) -> TaggedCell:
    """The public value of a tagged code cell."""
    code, offset = _code(facts.cell.source)
    return TaggedCell(
        cell=facts.cell,
        tag=facts.tag,
        defs=frozenset(facts.binds),
        refs=refs,
        code=code,
        line_offset=offset,
        code_digest=facts.source.code_digest(exact_docstrings=exact_docstrings),
        imports=frozenset(found.module.split(".")[0] for found in facts.imports if not found.relative),
    )


def build_graph(
    *,
    meta: Meta | None,
    meta_cell: Cell | None,
    tagged: Sequence[TaggedCell],
    untagged: Sequence[Cell],
    inputs: frozenset[str],
) -> CellGraph:
    """Put the cells together."""
    refs = frozenset().union(*(cell.refs for cell in tagged))
    return CellGraph(
        meta=meta,
        meta_cell=meta_cell,
        tagged=tuple(tagged),
        untagged=tuple(untagged),
        label_names=frozenset(name for name in refs if is_label_name(name)),
        input_names=inputs,
        imports=frozenset(LIBRARIES[name] for name in refs if name in LIBRARIES).union(
            *(cell.imports for cell in tagged)
        ),
    )


def _code(source: str) -> tuple[str, int]:
    lines = source.split("\n")
    start = 1 if lines and is_marker(lines[0]) else 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    return "\n".join(lines[start:]).rstrip(), start
