"""Frames that tagged cells read from a declared table, and which columns they can have: those of the table's header, and those that
cells write by a literal name. Followed through assignments that keep columns; what is not proven is not claimed."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import UNKNOWN, Paths, declared_as
from nbcode.cells.trees import children
from nbcode.primitives import dataclass

Columns = Callable[[str], "frozenset[str] | None"]
"""The columns of a declared input by its name; None where it is no table, or not known here."""

_CSV_KEYWORDS = frozenset(
    "index_col usecols dtype low_memory nrows na_values parse_dates date_format dayfirst engine".split()
)
_READERS: dict[str, frozenset[str]] = {
    "pandas.read_csv": _CSV_KEYWORDS,
    "pandas.read_parquet": frozenset({"columns", "engine", "filters"}),
    "polars.read_csv": frozenset(),
    "polars.read_parquet": frozenset(),
}
"""Readers with the keywords that give no column another name."""
_KEEPING = frozenset(
    "copy sort_values sort_index dropna drop_duplicates fillna ffill bfill head tail sample query astype round set_index drop".split()
)
"""Methods that give a frame without any new column."""
_READING = frozenset(
    {"len", "print", "display", "list", "sorted", "set", "pandas.concat", "pandas.merge", "id"}
)
"""Functions that a frame can be given to and is the same afterwards."""
_INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
_UNTOLD = (
    ast.If,
    ast.While,
    ast.Try,
    ast.TryStar,
    ast.Match,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
)
_UNTOLD_EXPRESSIONS = (ast.IfExp, ast.BoolOp, ast.Lambda)


@dataclass(frozen=True, kw_only=True, slots=True)
class WrongColumn:
    """A column that is read of the table ``table`` and is neither in its header (``columns``) nor written by a cell."""

    facts: CellFacts
    node: ast.expr
    column: str
    table: str
    columns: frozenset[str]


class Tables:
    """What is known of the frames of ``tagged``. ``inputs`` are those that [meta] declares; ``columns`` None: headers are not known."""

    def __init__(
        self,
        tagged: Sequence[CellFacts],
        paths: Paths,
        inputs: Sequence[tuple[str, str]],
        columns: Columns | None,
    ) -> None:
        self._tagged = [facts for facts in tagged if facts.tree is not None] if inputs else []
        self._paths, self._inputs, self._columns = paths, inputs, columns
        self._frames: dict[str, str] = {}  # name of a frame, name of its input
        self.unproven: list[str] = []
        self._written: set[str] = set()
        if self._tagged:
            self._follow()

    def known(self) -> Iterator[tuple[str, frozenset[str]]]:
        """The declared tables whose headers are known, with their columns."""
        for name, _ in self._inputs:
            columns = self._columns(name) if self._columns is not None else None
            if columns is not None:
                yield name, columns

    def wrong(self) -> Iterator[WrongColumn]:
        """Every column that is read where every run passes and that is not there."""
        if self._columns is None:
            return
        for facts in self._tagged:
            for node in _always_run(facts.tree):
                if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                    yield from self._wrong(facts, node)

    def _wrong(self, facts: CellFacts, node: ast.Subscript) -> Iterator[WrongColumn]:
        named = _names(node.slice)
        table = self._table_of(facts, _ungrouped(node.value)) if named else None
        known = self._columns(table) if table is not None and self._columns is not None else None
        if table is None or known is None:
            return
        for column in named:
            if column not in known and column not in self._written:
                yield WrongColumn(facts=facts, node=node, column=column, table=table, columns=known)

    # -- which name holds which table ------------------------------------------------------------------------

    def _follow(self) -> None:
        stores = Counter(
            node.id
            for facts in self._tagged
            for node in facts.all_of(ast.Name)
            if not isinstance(node.ctx, ast.Load)
        )
        for facts in self._tagged:
            for statement in facts.tree.body if facts.tree is not None else ():
                match statement:
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        table = self._table_of(facts, value)
                        if table is not None and stores[name] == 1:
                            self._frames[name] = table
                        elif table is not None:
                            self.unproven.append(name)
        for name in [name for name in self._frames if not self._is_kept(name)]:
            del self._frames[name]
            self.unproven.append(name)

    def _table_of(self, facts: CellFacts, node: ast.expr) -> str | None:
        """The input whose columns ``node`` has, or some of them."""
        match node:
            case ast.Name(id=name):
                return self._frames.get(name) if facts.is_module_level(node) else None
            case ast.Subscript(value=ast.Name(id="inputs") as here, slice=ast.Constant(value=str(name))):
                return name if facts.is_module_level(here) and name in dict(self._inputs) else None
            case ast.Subscript(
                value=value,
                slice=ast.Compare() | ast.UnaryOp(op=ast.Invert()) | ast.BinOp(op=ast.BitAnd() | ast.BitOr()),
            ):
                return self._table_of(facts, value)
            case ast.Call(func=ast.Attribute(value=value, attr=method)) if method in _KEEPING:
                return None if _has(node, "inplace") else self._table_of(facts, value)
            case ast.Call():
                return self._read_by(node)
        return None

    def _read_by(self, call: ast.Call) -> str | None:
        allowed = _READERS.get(self._paths.dotted(call.func))
        if allowed is None or len(call.args) != 1 or not all(_plain(k, allowed) for k in call.keywords):
            return None
        path = self._paths.of(call.args[0])
        return None if path is None or UNKNOWN in path else declared_as(path, self._inputs)

    # -- whether nothing adds columns to it -------------------------------------------------------------------

    def _is_kept(self, name: str) -> bool:
        """Whether every use of ``name`` reads it, or writes a column by a literal name, which is then taken to be in every table."""
        return all(
            self._use_is_known(parents)
            for facts in self._tagged
            if name in facts.cell.source
            for parents in _uses(facts, name)
        )

    def _use_is_known(self, parents: tuple[ast.AST, ...]) -> bool:
        """``parents``: the name, what holds it, and so on, as far as it matters."""
        name, parent, above = parents[0], parents[1], parents[2]
        match parent:
            case ast.Subscript(value=value) if value is name:
                return self._item(parent.ctx, parent.slice)
            case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in _INDEXERS:
                return isinstance(above, ast.Subscript) and self._item(above.ctx, _last(above.slice))
            case ast.Attribute(attr=attr, ctx=ast.Load()):
                called = isinstance(above, ast.Call) and above.func is parent
                return not called or (attr not in {"insert", "pipe"} and not _has(above, "inplace"))
            case ast.Attribute(attr=attr):
                return attr != "columns"
            case ast.Call():
                return self._paths.dotted(parent.func) in _READING
            case ast.List() | ast.Tuple():
                return isinstance(above, ast.Call) and self._paths.dotted(above.func) in _READING
            case (
                ast.Expr()
                | ast.Compare()
                | ast.FormattedValue()
                | ast.For()
                | ast.comprehension()
                | ast.BinOp()
                | ast.UnaryOp()
            ):
                return True
        return False

    def _item(self, context: ast.expr_context, index: ast.expr) -> bool:
        if not isinstance(context, ast.Store):
            return True
        named = _names(index)
        self._written.update(named)
        return bool(named)


def _names(index: ast.expr) -> tuple[str, ...]:
    """The columns that an index names one by one; none where it says anything else."""
    parts = index.elts if isinstance(index, ast.List) else [index]
    named = [one.value for one in parts if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return tuple(named) if len(named) == len(parts) else ()


def _last(index: ast.expr) -> ast.expr:
    return index.elts[-1] if isinstance(index, ast.Tuple) and index.elts else index


def _ungrouped(node: ast.expr) -> ast.expr:
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="groupby")):
            return value
    return node


def _has(call: ast.AST, keyword: str) -> bool:
    return isinstance(call, ast.Call) and any(k.arg in {keyword, None} for k in call.keywords)


def _plain(keyword: ast.keyword, allowed: frozenset[str]) -> bool:
    """Whether a keyword of a reader gives no new column: dates put together of several columns do."""
    if keyword.arg not in allowed:
        return False
    if keyword.arg != "parse_dates":
        return True
    value = keyword.value
    parts = value.elts if isinstance(value, ast.List) else [value]
    return all(isinstance(one, ast.Constant) for one in parts)


def _uses(facts: CellFacts, name: str) -> Iterator[tuple[ast.AST, ...]]:
    """Each read of the module's ``name`` in a cell, with what holds it and what holds that."""
    assert facts.tree is not None
    stack: list[tuple[ast.AST, ...]] = [(facts.tree, facts.tree, facts.tree)]
    while stack:
        here = stack.pop()
        node = here[0]
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            if facts.is_module_level(node):
                yield here
            continue
        stack += [(child, node, here[1]) for child in children(node)]


def _always_run(tree: ast.AST | None) -> Iterator[ast.AST]:
    """Every node that is evaluated whenever the cell is; what a branch, a `try` or a function holds may never be."""
    stack: list[ast.AST] = [] if tree is None else [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, _UNTOLD + _UNTOLD_EXPRESSIONS):
            continue
        yield node
        stack += reversed(children(node))
