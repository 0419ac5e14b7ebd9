"""Every static check of one notebook. Parses, never executes."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence

from nbcode.cells.context import Context, Files, Signatures
from nbcode.cells.facts import CellFacts
from nbcode.cells.flow import BUILTINS, follow
from nbcode.cells.graph import CellGraph, build_graph, tagged_cell
from nbcode.cells.inputs_read import input_reads
from nbcode.cells.lookahead import fits_of
from nbcode.cells.paths import Paths
from nbcode.cells.rules import RULES
from nbcode.cells.source_facts import SourceCache, aliases_of
from nbcode.cells.stars import Star, star_aliases, stars_of, with_stars
from nbcode.cells.tables import Columns, Tables
from nbcode.cells.unseen import unseen
from nbcode.cells.values import seen_in
from nbcode.notebook import Cell, Meta, Notebook, read_meta
from nbcode.primitives import Diagnostic, Severity, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Analysis:
    """The graph (None where no cell is tagged), every finding, in document order, and what was not looked at."""

    graph: CellGraph | None
    diagnostics: tuple[Diagnostic, ...]
    unseen: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ModuleContext:
    """What of a notebook's surroundings decides about its imports.

    ``locked``: top-level modules of the environment's lock, None where it is not known (then no import is doubted);
    ``beside``: modules in the notebook's own folder; ``fields``: those of the panel, None where the data are not known; ``columns``: those of a
    declared input by its name, None where headers are not known; ``files``: what lies beside it, ``signatures``: those of installed libraries; None where that is not known.
    """

    locked: frozenset[str] | None = None
    beside: frozenset[str] = frozenset()
    fields: frozenset[str] | None = None
    columns: Columns | None = None
    files: Files | None = None
    signatures: Signatures | None = None


def analyse(
    notebook: Notebook, surroundings: ModuleContext | None = None, *, known: SourceCache | None = None
) -> Analysis:
    """Check a notebook. With ``known``, cells whose source was seen before are not analysed again. Never raises."""
    surroundings = surroundings or ModuleContext()
    known = known or SourceCache()
    meta_cells = tuple(cell for cell in notebook.cells if cell.tag == "meta")
    found: list[Diagnostic] = []
    meta = None
    inputs: tuple[tuple[str, str], ...] = ()
    if meta_cells:
        reading = read_meta(meta_cells[0], notebook.path)
        meta, inputs = reading.meta, reading.inputs
        found += reading.diagnostics
    code = [cell for cell in notebook.cells if cell.kind == "code" and cell.tag != "meta"]
    facts = facts_of(code, notebook.path, known)
    stars = _stars(facts, surroundings, meta)
    tagged = tuple(with_stars(f, stars) for f in facts if f.tag)
    untagged = tuple(f for f in facts if not f.tag)
    flow = follow(tagged, untagged)
    aliases = star_aliases(stars) | aliases_of(facts.source for facts in tagged)
    paths = Paths(tagged, aliases)
    context = Context(
        notebook=notebook,
        meta=meta,
        meta_cells=meta_cells,
        tagged=tagged,
        untagged=untagged,
        flow=flow,
        fits=fits_of(tagged),
        aliases=aliases,
        locked=surroundings.locked,
        beside=surroundings.beside,
        fields=surroundings.fields,
        custom_builtins=_custom_builtins(tagged),
        values=seen_in(tagged),
        paths=paths,
        inputs=inputs,
        tables=Tables(tagged, paths, inputs, surroundings.columns),
        files=surroundings.files,
        signatures=surroundings.signatures,
        stars=stars,
    )
    for rule in RULES:
        found += rule.check(context)
    graph = _graph(context) if tagged or meta_cells else None
    return Analysis(graph=graph, diagnostics=in_document_order(found), unseen=unseen(context))


def _stars(facts: Sequence[CellFacts], surroundings: ModuleContext, meta: Meta | None) -> tuple[Star, ...]:
    return stars_of(
        [f for f in facts if f.tag],
        None if surroundings.signatures is None else surroundings.signatures.names,
        () if meta is None else [name for _, one in meta.expressions for name in one.names],
    )


def _graph(context: Context) -> CellGraph:
    tagged = context.tagged
    exact = any(facts.source.reads_docstrings for facts in tagged)
    return build_graph(
        meta=context.meta,
        meta_cell=context.meta_cells[0] if context.meta_cells else None,
        tagged=[
            tagged_cell(facts, context.flow.refs[facts.cell.index], exact_docstrings=exact)
            for facts in tagged
        ],
        untagged=[cell for cell in context.notebook.cells if cell.tag is None],
        inputs=frozenset(name for facts in tagged for name, _ in input_reads(facts)),
        opens_paths=any(context.reads_of(facts) for facts in tagged),
    )


def facts_of(code: Iterable[Cell], path: str, known: SourceCache | None = None) -> list[CellFacts]:
    """The facts of each cell. What a cell imports from ``__future__`` holds for those below: for tagged cells where a tagged
    one does, since they run alone."""
    known = known or SourceCache()
    found: list[CellFacts] = []
    lazy_tagged = lazy = False
    with warnings.catch_warnings():
        # Python's own warnings about a cell (an odd escape) are for whoever runs it.
        warnings.simplefilter("ignore")
        for cell in code:
            source = known.facts(
                cell.source, thorough=bool(cell.tag), lazy_annotations=lazy_tagged if cell.tag else lazy
            )
            found.append(CellFacts(cell, path, source))
            lazy = lazy or source.has_future_annotations
            lazy_tagged = lazy_tagged or (bool(cell.tag) and source.has_future_annotations)
    return found


def without_consequences(found: Iterable[Diagnostic], read: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """``found`` without those of ``read``, which reading the notebook found, and without what only follows from a misspelt tag among
    them: names of that cell which others lack."""
    misspelt = {
        d.place.cell
        for d in read
        if d.code == "NBC-B04" and d.severity is Severity.ERROR and d.place is not None
    }
    return tuple(
        d
        for d in found
        if d not in read and not (d.code == "NBC-D04" and d.related and d.related[0].place.cell in misspelt)
    )


def in_document_order(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings by cell, line and column; those of the whole notebook first; each once."""

    def key(diagnostic: Diagnostic) -> tuple[int, int, int, str]:
        place = diagnostic.place
        if place is None:
            return (0, 0, 0, diagnostic.code)
        return (place.cell or 0, place.line or 0, place.column or 0, diagnostic.code)

    return tuple(sorted(dict.fromkeys(found), key=key))


def _custom_builtins(tagged: Sequence[CellFacts]) -> frozenset[str]:
    bound = {name for cell in tagged for name, event in cell.binds.items() if event.how != "import"}
    return frozenset(bound & BUILTINS)
