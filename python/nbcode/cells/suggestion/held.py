"""What names hold at the end of a notebook, as far as the code says: a frame or a series, an array with a value for each row of one, one
number, weights by symbol. Nothing is run; what is not known is None.

An array has lost its dates. ``rows`` is then the expression whose index they are: ``x`` in ``betas = filter(x.values)`` and in a loop
over ``zip(x.values, y.values)``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.statements import statements_of
from nbcode.cells.trees import walk
from nbcode.primitives import dataclass

_DEPTH = 4
"""Functions that call functions."""
_READERS = ("pandas.read_", "polars.read_")
_FRAMES = frozenset({"pandas.DataFrame", "pandas.concat", "pandas.merge", "pandas.pivot_table"})
_FILLED = frozenset({"zeros", "ones", "empty", "full"})
_LIKE = frozenset({"zeros_like", "ones_like", "empty_like", "full_like"})
_SAME_ROWS = frozenset(
    "shift pct_change diff fillna ffill bfill clip abs copy rename mul div sub add pow rank where mask astype apply map transform cumsum cumprod"
    " cummax cummin rolling expanding ewm round replace squeeze add_prefix add_suffix assign sort_index".split()
)
_OTHER_ROWS = frozenset(
    "dropna resample reindex loc iloc head tail query truncate asfreq set_index between_time pivot pivot_table unstack stack drop sort_values"
    " to_frame last first T".split()
)
_SUMS = frozenset(
    "mean std sum median min max var corr cov skew kurt quantile count prod mad sem item autocorr".split()
)
_WINDOWS = frozenset({"rolling", "expanding", "ewm", "resample", "transform"})
_PREDICTS = frozenset({"predict", "predict_proba", "decision_function", "transform"})
_ELEMENTWISE = frozenset(
    "log log1p exp expm1 sqrt abs sign tanh maximum minimum clip cumsum square nan_to_num asarray array where".split()
)
_SOLVERS = frozenset(
    {"scipy.optimize.minimize", "scipy.optimize.least_squares", "scipy.optimize.differential_evolution"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """``kind`` is `frame`, `series`, `array`, `length`, `number`, `columns`, `solution`, `weights` (a value a symbol), `mapping` or
    `other`; ``rows`` the expression that has its index, ``columns`` the one that has the symbols of weights; ``parts`` are
    those of a tuple; ``is_read``: it is what a file holds, or a column of that; ``is_counted``: its rows have numbers for an index;
    ``made_of`` the class of the notebook of an `object`. A `vector` is an array with a value a symbol."""

    kind: str
    rows: str = ""
    columns: str = ""
    parts: tuple[Held | None, ...] = ()
    is_read: bool = False
    is_counted: bool = False
    made_of: str = ""

    @property
    def is_table(self) -> bool:
        """Whether it has an index of its own."""
        return self.kind in {"frame", "series"}


NUMBER = Held(kind="number")
OTHER = Held(kind="other")


class Holdings:
    """What the names of ``cells`` hold when all have run."""

    def __init__(self, cells: Iterable[CellFacts], paths: Paths) -> None:
        self._paths = paths
        self._functions: dict[str, ast.FunctionDef] = {}
        self._names: dict[str, Held | None] = {}
        self.classes: dict[str, ast.ClassDef] = {}
        bodies = [facts.tree.body for facts in cells if facts.tree is not None]
        for body in bodies:
            self._functions |= {one.name: one for one in body if isinstance(one, ast.FunctionDef)}
            self.classes |= {one.name: one for one in body if isinstance(one, ast.ClassDef)}
        for body in bodies:
            self._run(body, self._names, depth=_DEPTH, outside=True)
        for body in bodies:
            self._name_vectors(body)

    def _name_vectors(self, body: Sequence[ast.stmt]) -> None:
        """Arrays that are shown as a series on the columns of a frame: these are their symbols."""
        for node in (one for statement in body for one in walk(statement)):
            match node:
                case ast.Call(args=[ast.Name(id=name)]) if self._paths.dotted(node.func) == "pandas.Series":
                    series = self._series(node, None, self._names, _DEPTH)
                    held = self._names.get(name)
                    if series is not None and series.kind == "weights" and (held is None or not held.rows):
                        self._names[name] = replace(series, kind="vector")

    def of(self, name: str) -> Held | None:
        """What ``name`` holds, None where it is not known."""
        return self._names.get(name)

    def _run(
        self, body: Sequence[ast.stmt], names: dict[str, Held | None], *, depth: int, outside: bool = False
    ) -> None:
        for statement, _ in statements_of(body):
            match statement:
                case ast.Assign(targets=targets, value=value):
                    held = self._of(value, names, depth)
                    for target in targets:
                        _bind(target, held, names, outside=outside)
                case ast.AnnAssign(target=target, value=ast.expr() as value):
                    _bind(target, self._of(value, names, depth), names, outside=outside)
                case ast.For(target=target, iter=iterable, body=inner):
                    _bind(target, None, names, outside=outside)
                    self._fill(self._looped(iterable, names, depth), inner, names)

    def _fill(self, rows: str, body: Sequence[ast.stmt], names: dict[str, Held | None]) -> None:
        """Lists that get one value in each round of a loop over ``rows``."""
        for statement in body if rows else ():
            match statement:
                case ast.Expr(
                    value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[_])
                ):
                    names[name] = Held(kind="array", rows=rows)

    def _looped(self, node: ast.expr, names: Mapping[str, Held | None], depth: int) -> str:
        """The rows that a loop goes over, one a round; empty where it is not known to."""
        match node:
            case ast.Call(func=ast.Name(id="zip" | "enumerate"), args=[first, *_]):
                return self._looped(first, names, depth)
            case ast.Call(func=ast.Name(id="range"), args=[ast.expr() as count]):
                held = self._of(count, names, depth)
                return held.rows if held is not None and held.kind == "length" else ""
            case ast.Call(func=ast.Attribute(value=inner, attr="iterrows" | "itertuples" | "items")):
                held = self._of(inner, names, depth)
                return held.rows if held is not None and held.is_table else ""
        held = self._of(node, names, depth)
        return held.rows if held is not None and held.kind in {"series", "array"} else ""

    def _of(self, node: ast.expr, names: Mapping[str, Held | None], depth: int) -> Held | None:
        match node:
            case ast.Name(id=name):
                return names.get(name)
            case ast.Constant(value=value):
                return NUMBER if isinstance(value, int | float) else OTHER
            case ast.Tuple(elts=parts):
                return Held(kind="tuple", parts=tuple(self._of(one, names, depth) for one in parts))
            case ast.Dict() | ast.DictComp():
                return Held(kind="mapping")
            case ast.ListComp(generators=[one]) if not one.ifs:
                return Held(kind="array", rows=self._looped(one.iter, names, depth))
            case ast.UnaryOp(operand=inner) | ast.IfExp(body=inner):
                return self._of(inner, names, depth)
            case ast.BinOp(left=left, right=right):
                return _combined([self._of(left, names, depth), self._of(right, names, depth)])
            case ast.Compare(left=left, comparators=others):
                return _combined([self._of(one, names, depth) for one in (left, *others)])
            case ast.Attribute(value=inner, attr=name):
                return self._attribute(self._of(inner, names, depth), inner, name)
            case ast.Subscript(value=inner, slice=key):
                return self._part(node, inner, key, names, depth)
            case ast.Call():
                return self._call(node, names, depth)
        return None

    def _attribute(self, held: Held | None, inner: ast.expr, name: str) -> Held | None:
        if held is None:
            return None
        if held.is_table and name == "values":
            return Held(kind="array", rows=held.rows)
        if held.is_table and name == "columns":
            return Held(kind="columns", columns=ast.unparse(inner))
        if held.kind == "solution":
            return Held(kind="solved") if name == "x" else NUMBER if name == "fun" else None
        return Held(kind=held.kind) if held.is_table and name in _OTHER_ROWS else None

    def _part(
        self,
        node: ast.Subscript,
        inner: ast.expr,
        key: ast.expr,
        names: Mapping[str, Held | None],
        depth: int,
    ) -> Held | None:
        held = self._of(inner, names, depth)
        if held is None or held.kind == "tuple":
            at = key.value if isinstance(key, ast.Constant) else None
            parts = held.parts if held is not None else ()
            return parts[at] if isinstance(at, int) and -len(parts) <= at < len(parts) else None
        match key:
            case ast.Constant(value=str()) if held.kind == "frame":
                return replace(held, kind="series")
            case ast.List() if held.kind == "frame":
                return held
            case ast.Slice() | ast.Compare() if held.is_table:
                return Held(kind=held.kind, rows=ast.unparse(node))
        return None

    def _call(self, node: ast.Call, names: Mapping[str, Held | None], depth: int) -> Held | None:
        dotted = self._paths.dotted(node.func)
        last = dotted.rpartition(".")[2]
        given = [self._of(one, names, depth) for one in node.args[:3]]
        first = given[0] if given else None
        if dotted == "len" and first is not None:
            return Held(kind="length", rows=first.rows)
        if dotted in _FRAMES or dotted.startswith(_READERS):
            is_read = dotted.startswith(_READERS)
            indexed = any(one.arg == "index_col" for one in node.keywords)
            return Held(kind="frame", is_read=is_read, is_counted=is_read and not indexed)
        if dotted == "pandas.Series":
            return self._series(node, first, names, depth)
        if dotted in _SOLVERS or (dotted.startswith("scipy.optimize.") and last == "minimize"):
            return Held(kind="solution")
        if dotted == "dict" and node.args:
            return self._zipped(node.args[0], names, depth)
        if dotted.startswith("numpy."):
            return _of_numpy(last, given)
        if isinstance(node.func, ast.Name) and node.func.id in self._functions:
            return self._called(self._functions[node.func.id], node, names, depth)
        if isinstance(node.func, ast.Name) and node.func.id in self.classes:
            return Held(kind="object", made_of=node.func.id)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, first, names, depth)
        return NUMBER if dotted in {"float", "int", "round", "sum", "abs", "max", "min"} else None

    def _series(
        self, node: ast.Call, first: Held | None, names: Mapping[str, Held | None], depth: int
    ) -> Held | None:
        index = next((one.value for one in node.keywords if one.arg == "index"), None)
        index = node.args[1] if index is None and len(node.args) > 1 else index
        if index is None:
            return first if first is not None and first.is_table else OTHER if first is not None else None
        held = self._of(index, names, depth)
        if held is not None and held.kind == "columns":
            return Held(kind="weights", columns=held.columns)
        return Held(kind="series") if isinstance(index, ast.Attribute) and index.attr == "index" else None

    def _zipped(self, node: ast.expr, names: Mapping[str, Held | None], depth: int) -> Held:
        match node:
            case ast.Call(func=ast.Name(id="zip"), args=[keys, _]):
                held = self._of(keys, names, depth)
                if held is not None and held.kind == "columns":
                    return Held(kind="weights", columns=held.columns)
        return Held(kind="mapping")

    def _method(
        self,
        node: ast.Call,
        method: ast.Attribute,
        first: Held | None,
        names: Mapping[str, Held | None],
        depth: int,
    ) -> Held | None:
        held, name = self._of(method.value, names, depth), method.attr
        if held is None:
            asked = name in _PREDICTS and first is not None
            return Held(kind="array", rows=first.rows) if asked and first is not None else None
        if held.kind == "object":
            return held if self._gives_itself(held.made_of, name) else None
        if not held.is_table:
            kept = held.kind in {"array", "solved"} and name in {"round", "copy", "astype"}
            return held if kept else NUMBER if held.kind == "array" and name in _SUMS else None
        if name in {"to_numpy", "ravel"}:
            return Held(kind="array", rows=held.rows)
        if name in _SUMS:
            return _summed(held, node, method.value)
        if name == "dot":
            return replace(held, kind="series")
        if name in _SAME_ROWS:
            return replace(held, is_read=False)
        return Held(kind=held.kind) if name in _OTHER_ROWS else None

    def _gives_itself(self, kind: str, method: str) -> bool:
        return any(
            isinstance(one, ast.FunctionDef)
            and one.name == method
            and any(
                isinstance(inner, ast.Return)
                and isinstance(inner.value, ast.Name)
                and inner.value.id == "self"
                for inner, _ in statements_of(one.body)
            )
            for one in self.classes[kind].body
        )

    def _called(
        self, function: ast.FunctionDef, call: ast.Call, names: Mapping[str, Held | None], depth: int
    ) -> Held | None:
        """What a function of the notebook returns for what it is given; rows that only it knows are lost."""
        if depth == 0:
            return None
        plain = [*function.args.posonlyargs, *function.args.args]
        inner: dict[str, Held | None] = {
            **names,
            **{one.arg: None for one in plain},
            **{
                one.arg: self._of(value, names, depth - 1)
                for one, value in zip(plain, call.args, strict=False)
            },
            **{one.arg: self._of(one.value, names, depth - 1) for one in call.keywords if one.arg},
        }
        self._run(function.body, inner, depth=depth - 1)
        returned = [
            one.value
            for one, _ in statements_of(function.body)
            if isinstance(one, ast.Return) and one.value is not None
        ]
        return self._of(returned[-1], inner, depth - 1) if returned else None


def _bind(target: ast.expr, held: Held | None, names: dict[str, Held | None], *, outside: bool) -> None:
    match target:
        case ast.Name(id=name):
            if held is not None and held.is_table and outside:
                held = replace(held, rows=name)
            names[name] = held
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            given = held.parts if held is not None and len(held.parts) == len(parts) else (None,) * len(parts)
            if held is not None and held.kind == "solved":
                given = (NUMBER,) * len(parts)
            for one, value in zip(parts, given, strict=True):
                _bind(one, value, names, outside=outside)


def _combined(parts: Sequence[Held | None]) -> Held | None:
    """What arithmetic with ``parts`` gives: a table where one is one, else an array."""
    known = [one for one in parts if one is not None]
    for kind in ("frame", "series", "array"):
        of_kind = [one for one in known if one.kind == kind]
        if of_kind:
            return replace(next((one for one in of_kind if one.rows), of_kind[0]), is_read=False)
    return NUMBER if parts and all(one and one.kind in {"number", "length"} for one in parts) else None


def _of_numpy(name: str, given: Sequence[Held | None]) -> Held | None:
    known = [one for one in given if one is not None]
    if name in _FILLED:
        return Held(kind="array", rows=known[0].rows if known and known[0].kind == "length" else "")
    if name in _LIKE:
        return Held(kind="array", rows=known[0].rows if known else "")
    if name == "where" or name in {"array", "asarray"}:
        held = _combined(given)
        return None if held is None else replace(held, kind="array")
    if name in _ELEMENTWISE:
        return _combined(given)
    return NUMBER if name in _SUMS else None


def _summed(held: Held, node: ast.Call, inner: ast.expr) -> Held | None:
    """A mean or the like: of each window, of each row, or of all rows."""
    while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
        if inner.func.attr in _WINDOWS:
            return held
        inner = inner.func.value
    across = [one.value for one in node.keywords if one.arg == "axis"] or node.args[:1]
    if held.kind == "frame":
        by_row = any(isinstance(one, ast.Constant) and one.value in {1, "columns"} for one in across)
        return replace(held, kind="series") if by_row else OTHER
    return NUMBER
