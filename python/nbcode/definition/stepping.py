"""Runs cells statement by statement without data, and says what they define.

1. Each statement of each tagged cell is run in order, in one namespace that has the platform's names.
2. The first one that asks for a value makes the notebook plain Python, but for `print(...)` and a bare name or figure,
   which define nothing: the clean run has the value and shows it. From there on only imports, functions, classes
   and the assignments behind `m` are still run, as far as they need nothing that is missing: enough to refuse an `m` that cannot be kept.
3. Any other exception before that is the user's, and ends it with the cell and line.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from alpha_bench.describe import ValuesNeeded
from nbcode.definition._budget import CpuBudget
from nbcode.definition.module_finder import raised_in
from nbcode.definition.undeclared_access import undeclared
from nbcode.definition.wire import MODULES, CellSource
from nbcode.namespace import CellName, Statements, cell_file, diagnostic_of
from nbcode.primitives import Diagnostic, Place, Related
from nbcode.results import Originals, replaced_by_a_cell

_ASSIGNMENT = (ast.Assign, ast.AnnAssign)
_SHOWING = frozenset(
    {"print", "display", "round", "len", "sorted", "list", "dict", "str", "repr", "abs", "float"}
)
_STILL_RUN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class Stepping:
    """The state of one pass over the cells: what is known, what is missing, what went wrong, where a name was bound last."""

    def __init__(
        self,
        namespace: dict[str, object],
        on_step: Callable[[Place], None] = lambda _place: None,
        wanted: Collection[str] = ("m",),
        budget: CpuBudget | None = None,
        originals: Originals | None = None,
    ) -> None:
        """``on_step`` hears where each statement stands before it runs: whoever ends this process names the last one. ``wanted``
        are the names that the model is made of; ``budget`` is the processor time that the statements have; ``originals`` what no cell
        may put others in the place of, if a definition is to be told."""
        self.namespace = namespace
        self._on_step = on_step
        self.values_needed = False
        self.missing: set[str] = set()
        self.problem: Diagnostic | None = None
        self.replaced: Diagnostic | None = None
        self._originals = originals
        self.bound_at: dict[str, Place] = {}
        self._cells: dict[str, CellName] = {}
        self._wanted = frozenset(wanted)
        self._for_m: set[str] = set()
        self._statements = Statements(namespace, ())
        self._budget = budget or CpuBudget()

    def run(self, cells: Sequence[CellSource]) -> None:
        """Run ``cells`` until the end or the first problem."""
        steps: list[tuple[ast.stmt, str]] = []
        for cell in cells:
            file = cell_file(cell.index, cell.tag)
            self._cells[file] = CellName(index=cell.index, tag=cell.tag)
            linecache.cache[file] = (len(cell.source), None, cell.source.splitlines(keepends=True), file)
            try:
                steps += [(statement, file) for statement in ast.parse(cell.source, file).body]
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                self.problem = diagnostic_of(error, self._cells)
                return
        self._for_m = names_behind(self._wanted, [statement for statement, _ in steps])
        with Statements(self.namespace, [cell.source for cell in cells]) as self._statements:
            for cell in cells:
                file = cell_file(cell.index, cell.tag)
                for statement in (one for one, its in steps if its == file):
                    self._step(statement, file)
                    if self.problem is not None:
                        return
                self._look_for_others(cell)

    def _look_for_others(self, cell: CellSource) -> None:
        if self._originals is None or self.replaced is not None:
            return
        if (name := self._originals.replaced()) is not None:
            self.replaced = replaced_by_a_cell(name, Place(cell=cell.index, tag=cell.tag), cell.source)

    def _step(self, statement: ast.stmt, file: str) -> None:
        cell = self._cells[file]
        place = Place(cell=cell.index, tag=cell.tag, line=statement.lineno)
        self.bound_at.update(dict.fromkeys(bound_names(statement), place))
        if self.values_needed and not self._still_wanted(statement):
            self.missing |= bound_names(statement)
            return
        self._on_step(place)
        try:
            with self._budget.spent_by(statement):
                self._statements.run(statement, file)
        except ValuesNeeded:
            if not only_shows(statement):
                self._without(statement)
        except MemoryError:
            raise  # reported by the child's own answer: there may be no room left to say more
        except BaseException as error:
            if _caused_by_missing_values(error) and only_shows(statement):
                return
            if self.values_needed or _caused_by_missing_values(error):
                self._without(statement)
            else:
                told = diagnostic_of(error, self._cells)
                self.problem = _of_a_module(undeclared(error, told.place) or told, error)

    def _without(self, statement: ast.stmt) -> None:
        self.values_needed = True
        self.missing |= bound_names(statement)

    def _still_wanted(self, statement: ast.stmt) -> bool:
        behind_m = isinstance(statement, _ASSIGNMENT) and bound_names(statement) <= self._for_m
        return (behind_m or isinstance(statement, _STILL_RUN)) and not (read_names(statement) & self.missing)


def _of_a_module(told: Diagnostic, error: BaseException) -> Diagnostic:
    """``told``, which says where in a module of the project ``error`` came from, where it came from one."""
    place = raised_in(error)
    if place is None:
        return told
    module = (place.path or "").removeprefix(MODULES)
    message = told.message.replace("the cell raised", f"the module {module} raised", 1)
    here = Related(message="it comes from here", place=place)
    return replace(told, message=message, related=(here, *told.related))


def bound_names(statement: ast.stmt) -> set[str]:
    """The names that ``statement`` binds at the top level of its cell."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(a.asname or a.name).split(".")[0] for a in statement.names}
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}


def only_shows(statement: ast.stmt) -> bool:
    """Whether ``statement`` can only show something: `report.ic_mean`, `print(report["icir"])`. A call of anything else may
    do more."""
    if not isinstance(statement, ast.Expr):
        return False
    calls = [n for n in ast.walk(statement) if isinstance(n, ast.Call | ast.NamedExpr | ast.Await)]
    return all(
        isinstance(c, ast.Call) and isinstance(c.func, ast.Name) and c.func.id in _SHOWING for c in calls
    )


def names_behind(names: Collection[str], statements: Sequence[ast.stmt]) -> set[str]:
    """``names`` and every name that the assignments leading to them mention, wherever they stand."""
    found = set(names)
    while True:
        more = {
            n for s in statements if bound_names(s) & found for n in read_names(s) | bound_names(s)
        } - found
        if not more:
            return found
        found |= more


def names_in(expression: str) -> set[str]:
    """Every name in an expression of [meta]."""
    return {n.id for n in ast.walk(ast.parse(expression, mode="eval")) if isinstance(n, ast.Name)}


def read_names(statement: ast.stmt) -> set[str]:
    """Every name that ``statement`` mentions for reading, also inside functions."""
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}


def _caused_by_missing_values(error: BaseException) -> bool:
    """Whether ``ValuesNeeded`` is in the chain of ``error``: the cell caught it and raised something of its own."""
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        if isinstance(link, ValuesNeeded):
            return True
        seen.add(id(link))
        link = link.__cause__ or link.__context__
    return False
