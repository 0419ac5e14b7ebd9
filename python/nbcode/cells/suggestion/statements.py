"""What one cell takes from cells above it, gives to those below, and changes: statement by statement.

The events of :mod:`nbcode.cells.scopes` say what happens to names; here they are put in the order of control flow. A loop's body is taken to
run at least once, an ``if`` binds what both branches bind. What a function reads counts where the function is mentioned.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from nbcode.cells.facts import CellFacts
from nbcode.cells.scopes import Event, events_of
from nbcode.cells.trees import children, walk
from nbcode.primitives import dataclass

FITS = frozenset(
    {
        "fit",
        "partial_fit",
        "fit_transform",
        "fit_predict",
        "fit_resample",
        "fit_regularized",
        "fit_constrained",
    }
)
# Methods that, as a statement of their own, show or write and leave their object as it was.
_SHOW = frozenset(
    "head tail describe info plot hist boxplot show summary sample value_counts unique nunique isnull isna sum mean std var corr cov median"
    " max min quantile groupby pivot_table to_csv to_parquet to_pickle to_excel to_json to_html to_markdown to_string savefig print display"
    " write_csv write_parquet score predict predict_proba get_params transform evaluate keys values items copy dump close glimpse"
    " select filter with_columns collect sort group_by agg join limit drop_nulls unpivot query assign merge sort_values reset_index set_index"
    " rename dropna fillna pivot stack unstack loc tz_localize astype rolling resample pct_change shift diff rank scatter line bar".split()
)
_BRANCHES = (ast.If, ast.Match)
_TRIES = (ast.Try, ast.TryStar)
_READS = frozenset({"use", "call"})


@dataclass(kw_only=True, slots=True)
class CellUse:
    """``takes``: names that are read before the cell has bound them. ``gives``: names it binds for certain, ``may_give`` those it
    binds in a branch too. ``changes``: names changed in place, with how. ``later``: by name of a function or class that the cell
    defines, what its body reads, and ``changes_later`` what it changes, when it is called. ``lazy_annotations``: annotations read nothing."""

    takes: set[str] = field(default_factory=set)
    gives: set[str] = field(default_factory=set)
    may_give: set[str] = field(default_factory=set)
    changes: dict[str, str] = field(default_factory=dict)
    later: dict[str, set[str]] = field(default_factory=dict)
    changes_later: dict[str, set[str]] = field(default_factory=dict)
    mentions: set[str] = field(default_factory=set)
    lazy_annotations: bool = False


def uses_of(
    tree: ast.Module, *, imported: Collection[str], changers: Collection[str], lazy_annotations: bool = False
) -> CellUse:
    """The use of one cell's tree. ``imported`` names are modules and functions of others, whose calls change nothing that cells bind;
    ``changers`` are functions of the notebook that change what they are given (see :func:`changers_in`);
    ``lazy_annotations``: this cell or one above has imported them from ``__future__``, and they read nothing."""
    found = CellUse(lazy_annotations=lazy_annotations)
    found.gives = _block(tree.body, set(), found)
    found.may_give |= found.gives
    for statement, _ in statements_of(tree.body):
        for name, how in _changed_by_calls(statement, changers):
            found.changes.setdefault(name, how)
    for name in found.changes.keys() & set(imported):
        del found.changes[name]
    return found


def changers_in(tree: ast.Module) -> frozenset[str]:
    """Functions of a cell that change one of their parameters in place."""
    return frozenset(
        node.name
        for node in walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _changes_a_parameter(node)
    )


def _changes_a_parameter(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    parameters = {one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)} - {
        "self"
    }
    for inner in walk(node):
        targets = (
            inner.targets
            if isinstance(inner, ast.Assign)
            else [inner.target]
            if isinstance(inner, ast.AugAssign)
            else []
        )
        if any(
            isinstance(one, ast.Subscript | ast.Attribute) and root_of(one) in parameters for one in targets
        ):
            return True
        if isinstance(inner, ast.Expr) and any(
            name in parameters for name, _ in _changed_by_calls(inner, ())
        ):
            return True
    return False


def _block(body: Sequence[ast.stmt], bound: set[str], found: CellUse) -> set[str]:
    """Go through ``body`` with ``bound`` names at its start; the names bound for certain at its end."""
    for statement in body:
        bound = _statement(statement, bound, found)
    return bound


def _statement(node: ast.stmt, bound: set[str], found: CellUse) -> set[str]:
    if isinstance(node, _BRANCHES):
        return _branches(node, bound, found)
    if isinstance(node, _TRIES):
        inside = _block(node.body, set(bound), found)
        inside = _block(node.orelse, inside, found)
        ends = [
            _block(one.body, {*bound, one.name or ""}, found)
            for one in node.handlers
            if not _leaves(one.body)
        ]
        return _block(node.finalbody, set.intersection(inside, *ends), found)
    if isinstance(node, ast.For | ast.AsyncFor):
        header = ast.For(target=node.target, iter=node.iter, body=[ast.Pass()], orelse=[])
        bound = _plain(_placed(header, node), bound, found)
        return _block([*node.body, *node.orelse], bound, found)
    if isinstance(node, ast.While):
        bound = _plain(_placed(ast.Expr(value=node.test), node), bound, found)
        return _block([*node.body, *node.orelse], bound, found)
    if isinstance(node, ast.With | ast.AsyncWith):
        header_with = ast.With(items=node.items, body=[ast.Pass()])
        bound = _plain(_placed(header_with, node), bound, found)
        return _block(node.body, bound, found)
    return _plain(node, bound, found)


def _placed(made: ast.stmt, like: ast.stmt) -> ast.stmt:
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _branches(node: ast.If | ast.Match, bound: set[str], found: CellUse) -> set[str]:
    if isinstance(node, ast.If):
        bound = _plain(_placed(ast.Expr(value=node.test), node), bound, found)
        bodies = [node.body, node.orelse]
    else:
        bound = _plain(_placed(ast.Expr(value=node.subject), node), bound, found)
        bodies = [case.body for case in node.cases]
        stub = ast.Match(subject=node.subject, cases=[_guard_only(case) for case in node.cases])
        _plain(_placed(stub, node), set(bound), found)
    ends = [_block(body, set(bound), found) for body in bodies if not _leaves(body)]
    return set.intersection(*ends) if ends else bound


def _guard_only(case: ast.match_case) -> ast.match_case:
    return ast.match_case(pattern=case.pattern, guard=case.guard, body=[ast.Pass()])


def _leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether a block ends the cell. What it reads on the way out is left aside."""
    return bool(body) and isinstance(body[-1], ast.Raise)


def _plain(node: ast.stmt, bound: set[str], found: CellUse) -> set[str]:
    """A statement without inner blocks that matter, or a definition."""
    bound = set(bound)
    events = events_of(ast.Module(body=[node], type_ignores=[]), lazy_annotations=found.lazy_annotations)
    is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    for event in events:
        if is_definition and event.deferred:
            _deferred(node.name, event, found)  # type: ignore[attr-defined]  # a definition has a name
        elif event.kind in _READS:
            found.mentions.add(event.name)
            if event.name not in bound:
                found.takes.add(event.name)
        elif event.kind == "mutate":
            found.changes.setdefault(event.name, event.how)
        elif event.kind == "bind":
            bound.add(event.name)
            found.may_give.add(event.name)
    return bound


def _deferred(definition: str, event: Event, found: CellUse) -> None:
    if event.kind in _READS:
        found.later.setdefault(definition, set()).add(event.name)
    elif event.kind in {"mutate", "bind"}:
        found.changes_later.setdefault(definition, set()).add(event.name)


def _changed_by_calls(node: ast.stmt, changers: Collection[str]) -> Iterator[tuple[str, str]]:
    """Names that the calls of a statement change, inner statements apart: ``model.fit(X, y)`` anywhere, another method as a statement
    of its own unless it only shows, an argument of one of ``changers``."""
    for call in (inner for one in own_expressions(node) for inner in walk(one)):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in FITS:
            name = root_of(call.func.value)
            if name is not None:
                yield name, f".{call.func.attr}()"
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        call = node.value
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name | ast.Subscript):
            name = root_of(call.func.value)
            if name is not None and call.func.attr not in _SHOW:
                yield name, f".{call.func.attr}()"
        elif isinstance(call.func, ast.Name) and call.func.id in changers:
            for given in (*call.args, *(one.value for one in call.keywords)):
                if isinstance(given, ast.Name):
                    yield given.id, f"given to {call.func.id}()"


def own_expressions(node: ast.stmt) -> list[ast.expr]:
    """The expressions of a statement, without those of statements inside it, and without what a definition does when called."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return []
    items = [one.context_expr for one in node.items] if isinstance(node, ast.With | ast.AsyncWith) else []
    return [*items, *(one for one in children(node) if isinstance(one, ast.expr))]


def root_of(node: ast.expr) -> str | None:
    """The name at the start of ``x.a[b].c``; None where a call or a literal stands there."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def statements_of(body: Iterable[ast.stmt]) -> Iterator[tuple[ast.stmt, bool]]:
    """Every statement outside of functions and classes, in document order, and whether it stands in a loop."""
    for statement in body:
        yield statement, False
        in_loop = isinstance(statement, ast.For | ast.AsyncFor | ast.While)
        for inner in _blocks_in(statement):
            for one, deeper in statements_of(inner):
                yield one, deeper or in_loop


def _blocks_in(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if block:
            yield block
    for handler in getattr(node, "handlers", ()):
        yield handler.body
    for case in getattr(node, "cases", ()):
        yield case.body


def sources_of(cells: Iterable[CellFacts]) -> dict[str, set[str]]:
    """For each name that is assigned outside of functions, the names in what is assigned to it, anywhere in ``cells``."""
    found: dict[str, set[str]] = {}
    for facts in cells:
        for statement, _ in statements_of(facts.tree.body if facts.tree is not None else ()):
            match statement:
                case ast.Assign(targets=targets, value=value):
                    pass
                case ast.For(target=target, iter=value) | ast.AugAssign(target=target, value=value):
                    targets = [target]
                case _:
                    continue
            read = {one.id for one in walk(value) if isinstance(one, ast.Name)}
            for target in targets:
                parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                for name in map(root_of, parts):
                    if name is not None:
                        found.setdefault(name, set()).update(read)
    return found


def closed(names: Iterable[str], sources: Mapping[str, set[str]]) -> set[str]:
    """``names``, and what they come from, directly or not."""
    found: set[str] = set()
    stack = list(names)
    while stack:
        name = stack.pop()
        if name not in found:
            found.add(name)
            stack += sources.get(name, ())
    return found
