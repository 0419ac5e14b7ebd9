"""Which names a cell binds, reads, deletes and changes at module level, in the order in which that happens.

Follows Python's own scoping: parameters and assigned names are local to a function, a class body sees its own names
but lends them to no function inside it, a comprehension has its own targets (its first iterable and ``:=`` belong
outside), defaults, decorators and annotations are evaluated where the function is defined, its body when it is called.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from nbcode.cells.guards import Guard, asked_name, guard_of, suppressed
from nbcode.cells.local_names import (
    COMPREHENSIONS,
    FUNCTIONS,
    Scope,
    arguments_of,
    collect,
    collect_walrus,
    globals_of,
    is_module_level,
    type_parameters,
)
from nbcode.cells.trees import children, walk

EventKind = Literal["use", "call", "bind", "unbind", "delete", "mutate"]

_BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)
_READS = frozenset({"use", "call"})
_TRY = (ast.Try, ast.TryStar)
_MUTATES_AS_STATEMENT = frozenset(
    "append extend insert remove clear sort reverse update add discard setflags fill".split()
)
_MUTATES_ALWAYS = frozenset({"pop", "popitem", "setdefault"})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens to a module-level name.

    ``deferred``: inside a function body, so at call time (or where a NameError is caught). ``conditional``: in a branch, a loop or a try.
    ``how`` says by what; ``needs`` are the names that every call of a bound function reads; ``depth`` counts the
    functions around, and ``inside`` names the outermost of them (empty: none, or one without a name). ``guard``: what becomes of
    a read where the name is not there.
    """

    kind: EventKind
    name: str
    line: int
    offset: int
    end_offset: int
    deferred: bool
    conditional: bool
    how: str = ""
    needs: frozenset[str] = frozenset()
    depth: int = 0
    inside: str = ""
    guard: Guard = Guard.NONE


def events_of(tree: ast.Module, *, lazy_annotations: bool = False) -> tuple[Event, ...]:
    """Every event of a cell, in evaluation order. ``lazy_annotations``: a cell above has imported them from ``__future__``,
    which a kernel keeps for all cells below. Raises ``RecursionError`` for statements nested beyond reason."""
    walker = _Walker(lazy_annotations=lazy_annotations or has_future_annotations(tree))
    walker.block(tree.body, Scope(kind="module"))
    return tuple(walker.events)


def has_future_annotations(tree: ast.Module) -> bool:
    """Whether a cell holds ``from __future__ import annotations``."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


class _Walker:
    """Walks statements by recursion and expressions by a stack, so that a long sum is no deep call."""

    def __init__(self, *, lazy_annotations: bool) -> None:
        self.events: list[Event] = []
        self._lazy_annotations = lazy_annotations
        self._functions = 0
        self._inside = ""
        self._branches = 0
        self._guard = Guard.NONE
        self._asked: set[str] = set()

    # -- events ---------------------------------------------------------------------------------------------

    def _emit(
        self, kind: EventKind, name: str, node: ast.AST, how: str = "", needs: frozenset[str] = frozenset()
    ) -> None:
        line, offset, end = node.lineno, node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
        if end is None or node.end_lineno != line:  # type: ignore[attr-defined]  # every node that names has a place
            end = offset + len(name)
        guard = Guard.NONE
        if kind in _READS:
            guard = Guard.NAMED if name in self._asked else self._guard
        self.events.append(
            Event(
                kind,
                name,
                line,
                offset,
                end,
                self._functions > 0 or guard is Guard.NAMED,
                self._branches > 0,
                how,
                needs,
                self._functions,
                self._inside,
                guard,
            )
        )

    def _read(self, name: str, node: ast.AST, scope: Scope, kind: EventKind = "use", how: str = "") -> None:
        if is_module_level(name, scope):
            self._emit(kind, name, node, how)

    def _bind(
        self, name: str, node: ast.AST, scope: Scope, how: str, needs: frozenset[str] = frozenset()
    ) -> None:
        home = scope
        while home.kind == "comprehension" and home.parent is not None and how == "walrus":
            home = home.parent
        if home.kind == "module" or name in home.declared_global:
            self._emit("bind", name, node, how, needs)
        else:
            home.bound.add(name)

    @contextmanager
    def _guarded(self, guard: Guard) -> Iterator[None]:
        before, self._guard = self._guard, max(self._guard, guard)
        yield
        self._guard = before

    @contextmanager
    def _asking(self, test: ast.expr, *, where: bool) -> Iterator[None]:
        """The branch of ``test`` that is taken where it is ``where``: it is not reached without the name that was asked for."""
        asked = asked_name(test)
        before = self._asked
        if asked is not None and asked[1] is where:
            self._asked = {*before, asked[0]}
        yield
        self._asked = before

    # -- statements -----------------------------------------------------------------------------------------

    def block(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        for statement in body:
            self._statement(statement, scope)

    def _statement(self, node: ast.stmt, scope: Scope) -> None:
        if isinstance(node, ast.Assign):
            self._expressions([node.value], scope)
            for target in node.targets:
                self._target(target, scope, "assign")
        elif isinstance(node, ast.Expr):
            self._expression_statement(node.value, scope)
        elif isinstance(node, ast.AugAssign):
            self._augmented(node, scope)
        elif isinstance(node, ast.AnnAssign):
            self._annotated(node, scope)
        elif isinstance(node, FUNCTIONS):
            self._function(node, scope)
        elif isinstance(node, ast.ClassDef):
            self._class(node, scope)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            self._import(node, scope)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                self._deleted(target, scope)
        elif isinstance(node, ast.Global):
            pass
        else:
            self._compound(node, scope)

    def _compound(self, node: ast.stmt, scope: Scope) -> None:
        branch = isinstance(node, (*_BLOCKS, ast.TryStar)) and not isinstance(node, ast.With | ast.AsyncWith)
        self._branches += branch
        if isinstance(node, ast.If | ast.While):
            self._expressions([node.test], scope)
            with self._asking(node.test, where=True):
                self.block(node.body, scope)
            with self._asking(node.test, where=False):
                self.block(node.orelse, scope)
        elif isinstance(node, ast.For | ast.AsyncFor):
            self._expressions([node.iter], scope)
            self._target(node.target, scope, "loop")
            self.block(node.body, scope)
            self.block(node.orelse, scope)
        elif isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                self._expressions([item.context_expr], scope)
                if item.optional_vars is not None:
                    self._target(item.optional_vars, scope, "with")
            with self._guarded(suppressed(node)):
                self.block(node.body, scope)
        elif isinstance(node, _TRY):
            self._try(node, scope)
        elif isinstance(node, ast.Match):
            self._match(node, scope)
        elif type(node).__name__ == "TypeAlias":
            self._type_alias(node, scope)
        else:
            self._expressions([child for child in children(node) if isinstance(child, ast.expr)], scope)
        self._branches -= branch

    def _expression_statement(self, value: ast.expr, scope: Scope) -> None:
        self._expressions([value], scope)
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr in _MUTATES_AS_STATEMENT
            and (root := _root(value.func.value)) is not None
        ):
            self._read(root.id, value, scope, "mutate", f".{value.func.attr}()")

    def _augmented(self, node: ast.AugAssign, scope: Scope) -> None:
        if isinstance(node.target, ast.Name):
            self._read(node.target.id, node.target, scope)
            self._expressions([node.value], scope)
            self._read(node.target.id, node.target, scope, "mutate", "augmented assignment")
            self._bind(node.target.id, node.target, scope, "augmented")
        else:
            self._expressions([node.value], scope)
            self._target(node.target, scope, "assign")

    def _annotated(self, node: ast.AnnAssign, scope: Scope) -> None:
        if not self._lazy_annotations and scope.kind in {"module", "class"}:
            self._expressions([node.annotation], scope)
        if node.value is not None:
            self._expressions([node.value], scope)
            self._target(node.target, scope, "assign")

    def _import(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        for alias in node.names:
            if alias.name == "*":
                continue
            name = alias.asname or (
                alias.name if isinstance(node, ast.ImportFrom) else alias.name.split(".")[0]
            )
            self._bind(name, alias, scope, "import")

    def _deleted(self, target: ast.expr, scope: Scope) -> None:
        if isinstance(target, ast.Name):
            self._read(target.id, target, scope)
            if scope.kind == "module" or target.id in scope.declared_global:
                self._emit("delete", target.id, target, "del")
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._deleted(element, scope)
        else:
            self._store_inside(target, scope, "del of a part")

    def _target(self, target: ast.expr, scope: Scope, how: str) -> None:
        if isinstance(target, ast.Name):
            self._bind(target.id, target, scope, how)
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._target(element, scope, how)
        elif isinstance(target, ast.Starred):
            self._target(target.value, scope, how)
        else:
            self._store_inside(
                target,
                scope,
                "item assignment" if isinstance(target, ast.Subscript) else "attribute assignment",
            )

    def _store_inside(self, target: ast.expr, scope: Scope, how: str) -> None:
        """``x[...] = ...`` and ``x.attr = ...``: x is read, then changed."""
        self._expressions([child for child in children(target) if isinstance(child, ast.expr)], scope)
        root = _root(target)
        if root is not None:
            self._read(root.id, target, scope, "mutate", how)

    def _try(self, node: ast.Try | ast.TryStar, scope: Scope) -> None:
        with self._guarded(guard_of(node)):
            self.block(node.body, scope)
        for handler in node.handlers:
            if handler.type is not None:
                self._expressions([handler.type], scope)
            if handler.name:
                self._bind(handler.name, handler, scope, "except")
            self.block(handler.body, scope)
            if handler.name and scope.kind == "module":
                self._emit("unbind", handler.name, handler, "except")
        self.block(node.orelse, scope)
        self.block(node.finalbody, scope)

    def _match(self, node: ast.Match, scope: Scope) -> None:
        self._expressions([node.subject], scope)
        for case in node.cases:
            for pattern in walk(case.pattern):
                if isinstance(pattern, ast.MatchValue):
                    self._expressions([pattern.value], scope)
                elif isinstance(pattern, ast.MatchClass):
                    self._expressions([pattern.cls], scope)
                elif isinstance(pattern, ast.MatchMapping):
                    self._expressions(pattern.keys, scope)
                name = getattr(pattern, "rest", None) or (
                    pattern.name if isinstance(pattern, ast.MatchAs | ast.MatchStar) else None
                )
                if isinstance(name, str):
                    self._bind(name, pattern, scope, "match")
            if case.guard is not None:
                self._expressions([case.guard], scope)
            self.block(case.body, scope)

    def _type_alias(self, node: ast.stmt, scope: Scope) -> None:
        name = getattr(node, "name", None)
        if isinstance(name, ast.Name):
            self._bind(name.id, name, scope, "assign")

    # -- functions and classes ------------------------------------------------------------------------------

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> None:
        self._expressions(node.decorator_list, scope)
        outer = type_parameters(node, scope)
        self._signature(node.args, outer)
        if node.returns is not None and not self._lazy_annotations:
            self._expressions([node.returns], outer)
        inner = Scope(kind="function", parent=outer)
        inner.bound |= {argument.arg for argument in arguments_of(node.args)}
        collect(node.body, inner)
        before = len(self.events)
        branches, self._branches = self._branches, 0
        self._functions += 1
        guard, self._guard, asked, self._asked = self._guard, Guard.NONE, self._asked, set()
        outermost = self._inside == "" and scope.kind == "module" and not node.decorator_list
        self._inside = node.name if outermost else self._inside
        self.block(node.body, inner)
        self._inside = "" if outermost else self._inside
        self._guard, self._asked = guard, asked
        self._functions -= 1
        self._branches = branches
        inside = self.events[before:]
        # What every call reads: not what stands in a branch, nor in a function that is only defined here.
        needs = frozenset(
            e.name
            for e in inside
            if e.kind in _READS and e.depth == self._functions + 1 and not e.conditional
        )
        self._bind(node.name, node, scope, "def", needs)

    def _signature(self, arguments: ast.arguments, scope: Scope) -> None:
        defaults = [
            *arguments.defaults,
            *(default for default in arguments.kw_defaults if default is not None),
        ]
        annotations = [a.annotation for a in arguments_of(arguments) if a.annotation is not None]
        self._expressions(defaults if self._lazy_annotations else [*defaults, *annotations], scope)

    def _class(self, node: ast.ClassDef, scope: Scope) -> None:
        self._expressions(node.decorator_list, scope)
        outer = type_parameters(node, scope)
        self._expressions([*node.bases, *(keyword.value for keyword in node.keywords)], outer)
        inner = Scope(kind="class", parent=outer)
        inner.declared_global |= globals_of(node.body)
        inner.bound |= {"__module__", "__qualname__"}
        self.block(node.body, inner)
        self._bind(node.name, node, scope, "class")

    # -- expressions ----------------------------------------------------------------------------------------

    def _expressions(self, nodes: Sequence[ast.AST], scope: Scope) -> None:
        stack: list[tuple[ast.AST, Scope]] = [(node, scope) for node in reversed(nodes)]
        while stack:
            node, here = stack.pop()
            kind = node.__class__
            if kind is ast.Name:
                if node.ctx.__class__ is ast.Load:  # type: ignore[attr-defined]  # the class was just compared
                    self._read(node.id, node, here)  # type: ignore[attr-defined]
            elif kind is ast.Constant:
                continue
            elif isinstance(node, ast.Lambda):
                self._lambda(node, here)
            elif isinstance(node, COMPREHENSIONS):
                self._comprehension(node, here)
            elif isinstance(node, ast.NamedExpr):
                self._expressions([node.value], here)
                self._bind(node.target.id, node.target, here, "walrus")
            elif isinstance(node, ast.IfExp) and asked_name(node.test) is not None:
                self._expressions([node.test], here)
                with self._asking(node.test, where=True):
                    self._expressions([node.body], here)
                with self._asking(node.test, where=False):
                    self._expressions([node.orelse], here)
            else:
                if isinstance(node, ast.Call):
                    self._call(node, here)
                stack += [(child, here) for child in reversed(children(node))]

    def _call(self, node: ast.Call, scope: Scope) -> None:
        if isinstance(node.func, ast.Name):
            self._read(node.func.id, node.func, scope, "call")
        if not isinstance(node.func, ast.Attribute):
            return
        root = _root(node.func.value)
        if root is None:
            return
        in_place = any(
            keyword.arg == "inplace"
            and isinstance(keyword.value, ast.Constant)
            and keyword.value.value is True
            for keyword in node.keywords
        )
        if in_place:
            self._read(root.id, node, scope, "mutate", "inplace=True")
        elif node.func.attr in _MUTATES_ALWAYS:
            self._read(root.id, node, scope, "mutate", f".{node.func.attr}()")

    def _lambda(self, node: ast.Lambda, scope: Scope) -> None:
        self._signature(node.args, scope)
        inner = Scope(kind="function", parent=scope)
        inner.bound |= {argument.arg for argument in arguments_of(node.args)}
        collect_walrus(node.body, inner)
        self._functions += 1
        self._expressions([node.body], inner)
        self._functions -= 1

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, scope: Scope
    ) -> None:
        self._expressions([node.generators[0].iter], scope)
        inner = Scope(kind="comprehension", parent=scope)
        for generator in node.generators:
            inner.bound |= {
                name.id
                for name in walk(generator.target)
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
            }
        for number, generator in enumerate(node.generators):
            if number:
                self._expressions([generator.iter], inner)
            self._expressions(generator.ifs, inner)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._expressions(results, inner)


def _root(node: ast.expr) -> ast.Name | None:
    """The name at the start of ``x.a[b].c``, or None."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node if isinstance(node, ast.Name) else None
