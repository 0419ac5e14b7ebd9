"""The tagged cells as a graph: what each defines, what each takes from the others, and the digest of its code."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import field

from alpha_bench.names import LIBRARIES, PLATFORM_NAMES, is_label_name
from nbcode.cells.facts import CellFacts
from nbcode.cells.optional_parts import optional_modules
from nbcode.cells.source_facts import SourceFacts
from nbcode.notebook import Cell, Meta
from nbcode.notebook.marker import head_line, is_marker
from nbcode.primitives import Digest, dataclass

_LEADS_TO_PANEL = PLATFORM_NAMES - {"inputs"}
# Words and modules by which a cell reaches every name, or the framework itself.
_LEADS_TO_ALL = frozenset(
    {"__builtins__", "__import__", "eval", "exec", "get_ipython", "globals", "locals", "vars"}
    | {"IPython", "__main__", "alpha_bench", "builtins", "importlib", "nbcode", "sys", "inspect", "gc"}
)
_FRAMEWORK = frozenset({"alpha_bench", "nbcode"})

_HAS_OPTIONAL_PARTS = frozenset({"pandas", "polars", "xgboost", "lightgbm", "sklearn", "statsmodels"})
_GIVES_FRAMES = frozenset({"data", "inputs"})


@dataclass(frozen=True, kw_only=True, slots=True)
class TaggedCell:
    """A cell that is promoted. ``defs``: module-level names that it leaves behind. ``refs``: module-level names that it
    reads from outside itself (also the platform's and labels, not Python's builtins).

    ``code`` is the source without its marker line and outer blank lines; line n of it is line ``n + line_offset`` of the
    cell. ``python`` is what runs: the source, line for line, without what IPython alone reads. ``imports`` are top-level module names,
    ``loads`` those that frames and other libraries in it load by themselves; ``reaches_all``: whether it names what leads to every name.
    ``exact_docstrings``: a promoted cell reads docstrings, so that their layout is part of the code.
    """

    cell: Cell
    tag: str
    defs: frozenset[str]
    refs: frozenset[str]
    code: str
    line_offset: int
    python: str
    imports: frozenset[str]
    loads: frozenset[str]
    reaches_all: bool
    exact_docstrings: bool
    source: SourceFacts = field(compare=False, repr=False)

    @property
    def code_digest(self) -> Digest:
        """The digest of the code, which counts neither positions, comments nor formatting. Computed when it is first asked for."""
        return self.source.code_digest(exact_docstrings=self.exact_docstrings)


@dataclass(frozen=True, kw_only=True, slots=True)
class CellGraph:
    """The promoted cells in document order (``tagged``; the ``[meta]`` cell apart), and the exploratory ones.

    ``label_names``: the labels that the tagged cells read. ``input_names``: the x of each ``inputs["x"]``.
    ``opens_paths``: whether they open or list any file by its path.
    ``imports``: top-level modules that they import, those of the libraries behind the platform's names that they read, and those
    that frames and other libraries load by themselves.
    """

    meta: Meta | None
    meta_cell: Cell | None
    tagged: tuple[TaggedCell, ...]
    untagged: tuple[Cell, ...]
    label_names: frozenset[str]
    input_names: frozenset[str]
    opens_paths: bool
    imports: frozenset[str]

    def computes_features(self, imports: frozenset[str] = frozenset()) -> bool:
        """Whether the tagged cells compute by the platform's framework, as far as their names say; ``imports`` are those of the
        project's modules. What reaches it otherwise is not seen: it may only cost time."""
        if self.label_names or (self.imports | imports) & _FRAMEWORK:
            return True
        return self._reads(_LEADS_TO_PANEL)

    @property
    def reads_panel(self) -> bool:
        """Whether the tagged cells may read the platform's panel: False only where they name nothing that leads to it."""
        if self.label_names or any(cell.reaches_all for cell in self.tagged):
            return True
        return self._reads(_LEADS_TO_PANEL)

    def _reads(self, platform: frozenset[str]) -> bool:
        """Whether a cell reads one of these names before a tagged cell has bound it."""
        own: set[str] = set()
        for cell in self.tagged:
            if (cell.refs - own) & platform:
                return True
            own |= cell.defs
        return False


def tagged_cell(facts: CellFacts, refs: frozenset[str], *, exact_docstrings: bool) -> TaggedCell:
    """The public value of a tagged code cell."""
    code, offset = _code(facts.parsed.python)
    imports = frozenset(found.module.split(".")[0] for found in facts.imports if not found.relative)
    return TaggedCell(
        cell=facts.cell,
        tag=facts.tag,
        defs=frozenset(facts.binds),
        refs=refs,
        code=code,
        line_offset=offset,
        python=facts.parsed.python,
        exact_docstrings=exact_docstrings,
        source=facts.source,
        imports=imports,
        loads=optional_modules(
            [*facts.all_of(ast.Attribute), *facts.all_of(ast.ImportFrom), *facts.all_of(ast.Call)]
        ),
        reaches_all=not _LEADS_TO_ALL.isdisjoint(imports | {node.id for node in facts.all_of(ast.Name)}),
    )


def build_graph(
    *,
    meta: Meta | None,
    meta_cell: Cell | None,
    tagged: Sequence[TaggedCell],
    untagged: Sequence[Cell],
    inputs: frozenset[str],
    opens_paths: bool,
) -> CellGraph:
    """Put the cells together."""
    refs = frozenset().union(*(cell.refs for cell in tagged))
    imports = frozenset(LIBRARIES[name] for name in refs if name in LIBRARIES).union(
        *(cell.imports for cell in tagged)
    )
    if imports & _HAS_OPTIONAL_PARTS or refs & _GIVES_FRAMES:
        imports = imports.union(*(cell.loads for cell in tagged))
    return CellGraph(
        meta=meta,
        meta_cell=meta_cell,
        tagged=tuple(tagged),
        untagged=tuple(untagged),
        label_names=frozenset(name for name in refs if is_label_name(name)),
        input_names=inputs,
        opens_paths=opens_paths,
        imports=imports,
    )


def _code(source: str) -> tuple[str, int]:
    lines = source.split("\n")
    head = head_line(lines)
    start = head + 1 if is_marker(lines[head]) else 0
    while start < len(lines) and not lines[start].strip():
        start += 1
    return "\n".join(lines[start:]).rstrip(), start
