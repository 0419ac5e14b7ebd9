"""A backward slice over cells: which cells the values of some names at the end of the notebook depend on, and why.

After Weiser (1984), "Program Slicing", at the grain of cells: a cell is kept as a whole where it binds or changes a name that
is live below it, writes a file that a kept cell reads, or has an effect on the process that kept cells may feel (a seed, ``sys.path``).
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import UNKNOWN, Paths
from nbcode.cells.scopes import has_future_annotations
from nbcode.cells.suggestion.statements import CellUse, changers_in, closed, statements_of, uses_of
from nbcode.cells.suggestion.writes import Writes, opened_for_writing
from nbcode.primitives import dataclass

# Calls that change how later cells compute, by the end of their dotted name.
_EFFECTS = {
    "seed": "seeds random numbers",
    "manual_seed": "seeds random numbers",
    "set_seed": "seeds random numbers",
    "set_random_seed": "seeds random numbers",
    "path.insert": "changes where modules are found",
    "path.append": "changes where modules are found",
    "chdir": "changes the working folder",
    "seterr": "changes how numpy computes",
    "set_config": "changes how scikit-learn computes",
    "environ.setdefault": "sets an environment variable",
    "environ.update": "sets an environment variable",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SlicedCell:
    """One cell that can be read: what it takes, gives and changes, the paths it writes (``written_texts``: what those are made of) and
    reads (``reads_untold``: others too, that only the run knows), its effect on the process."""

    facts: CellFacts
    use: CellUse
    writes: frozenset[str]
    written_texts: frozenset[str]
    reads: frozenset[str]
    reads_untold: bool
    effect: str
    has_star: bool

    @property
    def index(self) -> int:
        """The cell's index in the document."""
        return self.facts.cell.index


@dataclass(kw_only=True, slots=True)
class Slice:
    """Kept cells, by index, with the reasons; and the names that no cell gives."""

    kept: dict[int, list[str]] = field(default_factory=dict)
    open_names: set[str] = field(default_factory=set)


def cells_for_slicing(
    cells: Iterable[CellFacts], paths: Paths, aliases: Mapping[str, str]
) -> tuple[SlicedCell, ...]:
    """The cells with a tree, prepared."""
    known = [(facts, facts.tree) for facts in cells if facts.tree is not None]
    changers = frozenset().union(*(changers_in(tree) for _, tree in known))
    writes = Writes([facts for facts, _ in known], paths)
    found: list[SlicedCell] = []
    lazy = False
    for facts, tree in known:
        lazy = lazy or has_future_annotations(tree)
        use = uses_of(tree, imported=aliases, changers=changers, lazy_annotations=lazy)
        found.append(_prepared(facts, use, paths, writes))
    return tuple(found)


def _prepared(facts: CellFacts, use: CellUse, paths: Paths, writes: Writes) -> SlicedCell:
    calls = [(call, paths.dotted(call.func)) for call in facts.calls]
    opened = [read for read in paths.reads(calls) if not opened_for_writing(read.call, read.dotted)]
    return SlicedCell(
        facts=facts,
        use=use,
        writes=writes.paths_of(facts),
        written_texts=writes.texts_of(facts),
        reads=frozenset(read.path for read in opened if read.path is not None),
        reads_untold=any(read.path is None for read in opened),
        effect=_effect(facts, paths),
        has_star=any(found.name == "*" for found in facts.imports),
    )


def _effect(facts: CellFacts, paths: Paths) -> str:
    for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ()):
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            dotted = paths.dotted(statement.value.func)
            for end, what in _EFFECTS.items():
                if dotted == end or dotted.endswith("." + end):
                    return what
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Subscript) and paths.dotted(target.value) == "os.environ"
            for target in statement.targets
        ):
            return "sets an environment variable"
    return ""


def slice_back(
    cells: Sequence[SlicedCell], roots: Mapping[int, Iterable[str]], forced: Mapping[int, str]
) -> Slice:
    """Keep what ``roots`` need: names by the index of the cell after which they are wanted. ``forced`` cells are kept, for the
    reason given."""
    later, changes_later = _functions(cells)
    found = Slice()
    live: dict[str, int] = {}  # name -> the cell that wants it
    wanted_paths: dict[str, int] = {}
    for cell in reversed(cells):
        for name in roots.get(cell.index, ()):
            _want(live, name, cell.index, later)
        reasons = [forced[cell.index]] if cell.index in forced else []
        reasons += _reasons(cell, live, wanted_paths, changes_later)
        if cell.effect and found.kept and not reasons:
            reasons.append(cell.effect)
        if not reasons:
            continue
        found.kept[cell.index] = reasons
        for name in cell.use.gives:
            live.pop(name, None)
        for name in (*cell.use.takes, *cell.use.changes):
            if name in cell.use.takes or name not in cell.use.gives:
                _want(live, name, cell.index, later)
        for name in cell.use.mentions & later.keys():
            for read in later[name] - cell.use.gives:
                live.setdefault(read, cell.index)
        for path in cell.reads:
            wanted_paths.setdefault(posixpath.normpath(path), cell.index)
    found.open_names = set(live)
    return found


def _want(live: dict[str, int], name: str, reader: int, later: Mapping[str, set[str]]) -> None:
    live.setdefault(name, reader)
    for read in later.get(name, ()):
        live.setdefault(read, reader)


def _functions(cells: Sequence[SlicedCell]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """For each function and class: what calling it reads, through the functions that it calls itself; and what it changes."""
    direct: dict[str, set[str]] = {}
    changes: dict[str, set[str]] = {}
    for cell in cells:
        for name, read in cell.use.later.items():
            direct.setdefault(name, set()).update(read)
        for name, changed in cell.use.changes_later.items():
            changes.setdefault(name, set()).update(changed)
    reads = {name: closed(read, direct) for name, read in direct.items()}
    return reads, {
        name: set().union(*(changes.get(one, ()) for one in (name, *reads.get(name, ()))))
        for name in {*changes, *reads}
    }


def _reasons(
    cell: SlicedCell, live: Mapping[str, int], paths: Mapping[str, int], changes_later: Mapping[str, set[str]]
) -> list[str]:
    use = cell.use
    given: dict[int, list[str]] = {}
    for name in sorted(use.may_give):
        if name in live:
            given.setdefault(live[name], []).append(name)
    reasons = [
        f"gives {_listed(names)} to {_reader(reader, cell)}" for reader, names in sorted(given.items())
    ]
    for name, how in sorted(use.changes.items()):
        if name in live and name not in use.may_give:
            reasons.append(f"changes {name} ({how})")
    called = set().union(*(changes_later.get(name, ()) for name in use.mentions - use.may_give))
    reasons += [
        f"calls what changes {name}" for name in sorted(called & live.keys()) if name not in use.may_give
    ]
    reasons += [
        f"writes {path}, which cell {reader} reads" for path, reader in paths.items() if _writes(cell, path)
    ]
    return reasons


def _writes(cell: SlicedCell, path: str) -> bool:
    return any(
        path == one or (UNKNOWN in one and one.split(UNKNOWN)[0] and path.startswith(one.split(UNKNOWN)[0]))
        for one in cell.writes
    )


def _reader(reader: int, cell: SlicedCell) -> str:
    return "the result" if reader == cell.index else f"cell {reader}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return f"{shown} and {len(names) - 4} more" if len(names) > 4 else shown
