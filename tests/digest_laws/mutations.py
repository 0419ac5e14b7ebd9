"""Edits of a syntax tree that change what it says, by kind. A kind gives every place where it applies; an edit is made in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

Change = Callable[[], None]
Kind = Callable[[ast.AST], Iterator[Change]]

_BLOCKS = ("body", "orelse", "finalbody")
_OTHER_OPERATORS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.FloorDiv, ast.FloorDiv: ast.Div, ast.Pow: ast.Mult,
    ast.Mod: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.MatMult: ast.Mult,
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.And: ast.Or, ast.Or: ast.And, ast.USub: ast.UAdd, ast.Not: ast.Invert, ast.Invert: ast.Not,
}  # fmt: skip


def _set(node: ast.AST, field: str, value: object) -> Change:
    return lambda: setattr(node, field, value)


def _constant(kind: type, change: Callable[[object], object]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Constant) and type(node.value) is kind:
            yield _set(node, "value", change(node.value))

    return edits


def _longer(cls: type[ast.AST], field: str) -> Kind:
    """A name with one letter more."""

    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, cls) and isinstance(name := getattr(node, field, None), str):
            yield _set(node, field, f"{name}_")

    return edits


def _names(context: type[ast.AST]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, ast.Name) and isinstance(node.ctx, context):
            yield _set(node, "id", f"{node.id}_")

    return edits


def _in(cls: type[ast.AST], field: str) -> Kind:
    """The first name within a field, with one letter more."""

    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, cls):
            held = getattr(node, field)
            names = [
                one
                for one in ast.walk(held[0] if isinstance(held, list) else held)
                if isinstance(one, ast.Name)
            ]
            yield from (_set(one, "id", f"{one.id}_") for one in names[:1])

    return edits


def _operator(*classes: type[ast.AST]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        op = getattr(node, "op", None)
        if isinstance(node, classes) and type(op) in _OTHER_OPERATORS:
            yield _set(node, "op", _OTHER_OPERATORS[type(op)]())

    return edits


def _comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        yield _set(node, "ops", [_OTHER_OPERATORS[type(node.ops[0])](), *node.ops[1:]])


def _swapped(cls: type[ast.AST], first: str, second: str) -> Kind:
    """Two fields in each other's place."""

    def edits(node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, cls):
            return
        one, other = getattr(node, first), getattr(node, second)
        if one is None or other is None or ast.dump(one) == ast.dump(other):
            return

        def change() -> None:
            setattr(node, first, other)
            setattr(node, second, one)

        yield change

    return edits


def _turned(cls: type[ast.AST], field: str) -> Kind:
    """Two neighbours of a list in each other's place."""

    def edits(node: ast.AST) -> Iterator[Change]:
        items = getattr(node, field, None)
        if not isinstance(node, cls) or not isinstance(items, list) or len(items) < 2:
            return
        if ast.dump(items[0]) != ast.dump(items[1]) and not any(
            isinstance(i, ast.Starred) for i in items[:2]
        ):
            yield _set(node, field, [items[1], items[0], *items[2:]])

    return edits


def _dropped(cls: type[ast.AST], field: str, least: int = 1) -> Kind:
    """The last of a list left out, where ``least`` are there."""

    def edits(node: ast.AST) -> Iterator[Change]:
        items = getattr(node, field, None)
        if isinstance(node, cls) and isinstance(items, list) and len(items) >= least:
            yield _set(node, field, items[:-1])

    return edits


def _dict_entries(turn: bool) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        if not isinstance(node, ast.Dict) or len(node.keys) < 2:
            return
        keys, values = node.keys, node.values
        order = [1, 0, *range(2, len(keys))] if turn else range(len(keys) - 1)

        def change() -> None:
            node.keys, node.values = [keys[n] for n in order], [values[n] for n in order]

        yield change

    return edits


def _dict_values(node: ast.AST) -> Iterator[Change]:
    if (
        isinstance(node, ast.Dict)
        and len(node.values) > 1
        and ast.dump(node.values[0]) != ast.dump(node.values[1])
    ):
        yield _set(node, "values", [node.values[1], node.values[0], *node.values[2:]])


def _instead(cls: type[ast.expr], make: Callable[[ast.expr], ast.expr]) -> Kind:
    """Another expression in the place of each child of class ``cls``."""

    def edits(node: ast.AST) -> Iterator[Change]:
        for field, value in ast.iter_fields(node):
            if isinstance(value, cls) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                yield _set(node, field, make(value))
            elif isinstance(value, list):
                for number, one in enumerate(value):
                    if isinstance(one, cls) and isinstance(getattr(one, "ctx", ast.Load()), ast.Load):
                        yield _set(node, field, [*value[:number], make(one), *value[number + 1 :]])

    return edits


def _negated(field: str, *classes: type[ast.AST]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, classes):
            yield _set(node, field, ast.UnaryOp(op=ast.Not(), operand=getattr(node, field)))

    return edits


def _blocks(node: ast.AST) -> Iterator[tuple[str, list[ast.stmt]]]:
    for field in _BLOCKS:
        block = getattr(node, field, None)
        if isinstance(block, list) and block and isinstance(block[0], ast.stmt):
            yield field, block


def _statement_removed(node: ast.AST) -> Iterator[Change]:
    for field, block in _blocks(node):
        for number, one in enumerate(block):
            if not isinstance(one, ast.Pass) and len(block) > 1:
                yield _set(node, field, [*block[:number], *block[number + 1 :]])


def _statement_twice(node: ast.AST) -> Iterator[Change]:
    for field, block in _blocks(node):
        yield _set(node, field, [*block, block[-1]])


def _statements_turned(node: ast.AST) -> Iterator[Change]:
    for field, block in _blocks(node):
        for number in range(len(block) - 1):
            one, other = block[number : number + 2]
            if ast.dump(one) != ast.dump(other) and not isinstance(one, ast.ImportFrom):
                yield _set(node, field, [*block[:number], other, one, *block[number + 2 :]])


def _statement_as(old: type[ast.stmt], make: Callable[[ast.stmt], ast.stmt]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        for field, block in _blocks(node):
            for number, one in enumerate(block):
                if isinstance(one, old):
                    yield _set(node, field, [*block[:number], make(one), *block[number + 1 :]])

    return edits


def _assigned_plainly(one: ast.stmt) -> ast.stmt:
    assert isinstance(one, ast.AugAssign)
    return ast.Assign(targets=[one.target], value=one.value, lineno=1)


def _bare(one: ast.stmt) -> ast.stmt:
    assert isinstance(one, ast.Return)
    return ast.Expr(value=one.value or ast.Constant(value=None))


def _without(cls: type[ast.AST], field: str) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        if isinstance(node, cls) and getattr(node, field, None):
            yield _set(node, field, [] if isinstance(getattr(node, field), list) else None)

    return edits


def _else_removed(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.For | ast.While | ast.Try) and node.orelse:
        yield _set(node, "orelse", [])


def _else_into_the_body(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.For | ast.Try) and node.orelse:

        def change() -> None:
            node.body, node.orelse = [*node.body, *node.orelse], []

        yield change


def _default(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.arguments):
        for field in ("defaults", "kw_defaults"):
            values = getattr(node, field)
            if values and values[-1] is not None:
                yield _set(node, field, [*values[:-1], ast.Constant(value="another")])


def _only_by_keyword(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.arguments) and len(node.args) > len(node.defaults) > 0 and not node.vararg:
        last, default = node.args[-1], node.defaults[-1]

        def change() -> None:
            node.args, node.defaults = node.args[:-1], node.defaults[:-1]
            node.kwonlyargs, node.kw_defaults = [last, *node.kwonlyargs], [default, *node.kw_defaults]

        yield change


def _conversion(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.FormattedValue):
        yield _set(node, "conversion", ord("a") if node.conversion == -1 else -1)


def _docstring(change: Callable[[str], str | None]) -> Kind:
    def edits(node: ast.AST) -> Iterator[Change]:
        body = getattr(node, "body", None)
        first = body[0] if isinstance(body, list) and body else None
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)):
            return
        text = first.value.value
        if isinstance(text, str) and (new := change(text)) is not None:
            yield _set(first.value, "value", new)

    return edits


def _one_line_deeper(text: str) -> str | None:
    lines = text.split("\n")
    filled = [n for n, line in enumerate(lines) if n and line.strip()]
    if len(filled) < 2:
        return None
    lines[filled[-1]] = f"  {lines[filled[-1]]}"
    return "\n".join(lines)


def _alias(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.alias) and node.name != "*":
        yield _set(node, "asname", f"{node.asname or node.name.split('.')[0]}_")


def _tuple_of(one: ast.expr) -> ast.expr:
    assert isinstance(one, ast.List)
    return ast.Tuple(elts=one.elts, ctx=ast.Load())


def _list_of(one: ast.expr) -> ast.expr:
    assert isinstance(one, ast.Tuple)
    return ast.List(elts=one.elts, ctx=ast.Load())


def _set_of(one: ast.expr) -> ast.expr:
    assert isinstance(one, ast.ListComp)
    return ast.SetComp(elt=one.elt, generators=one.generators)


MUTATIONS: dict[str, Kind] = {
    "a whole number by one": _constant(int, lambda v: v + 1),  # type: ignore[operator]
    "a whole number as a float": _constant(int, float),  # type: ignore[arg-type]
    "a float by a bit": _constant(float, lambda v: v * 1.0000001 + 1e-300),  # type: ignore[operator]
    "a text by a letter": _constant(str, lambda v: f"{v}x"),
    "the case of a text": _constant(str, lambda v: v.swapcase() + "_"),  # type: ignore[attr-defined]
    "a text as bytes": _constant(str, lambda v: v.encode()),  # type: ignore[attr-defined]
    "True and False": _constant(bool, lambda v: not v),
    "True as 1": _constant(bool, int),
    "None as ...": _constant(type(None), lambda _: ...),
    "a name that is read": _names(ast.Load),
    "a name that is assigned": _names(ast.Store),
    "an attribute": _longer(ast.Attribute, "attr"),
    "a function's name": _longer(ast.FunctionDef, "name"),
    "a class's name": _longer(ast.ClassDef, "name"),
    "a parameter's name": _longer(ast.arg, "arg"),
    "a keyword's name": _longer(ast.keyword, "arg"),
    "a module that is imported": _longer(ast.ImportFrom, "module"),
    "a name that is imported": _longer(ast.alias, "name"),
    "an alias": _alias,
    "an arithmetic operator": _operator(ast.BinOp),
    "an operator in place": _operator(ast.AugAssign),
    "and, or": _operator(ast.BoolOp),
    "a sign": _operator(ast.UnaryOp),
    "a comparison": _comparison,
    "operands in another order": _swapped(ast.BinOp, "left", "right"),
    "conditions in another order": _turned(ast.BoolOp, "values"),
    "arguments in another order": _turned(ast.Call, "args"),
    "keywords in another order": _turned(ast.Call, "keywords"),
    "an argument less": _dropped(ast.Call, "args"),
    "a keyword less": _dropped(ast.Call, "keywords"),
    "parameters in another order": _turned(ast.arguments, "args"),
    "another default": _default,
    "no default": _dropped(ast.arguments, "defaults"),
    "a parameter by keyword only": _only_by_keyword,
    "no *args": _without(ast.arguments, "vararg"),
    "no **kwargs": _without(ast.arguments, "kwarg"),
    "items of a list in another order": _turned(ast.List, "elts"),
    "items of a tuple in another order": _turned(ast.Tuple, "elts"),
    "an item of a list less": _dropped(ast.List, "elts"),
    "an item of a tuple less": _dropped(ast.Tuple, "elts", 2),
    "entries of a dict in another order": _dict_entries(turn=True),
    "values of a dict changed round": _dict_values,
    "an entry of a dict less": _dict_entries(turn=False),
    "a list as a tuple": _instead(ast.List, _tuple_of),
    "a tuple as a list": _instead(ast.Tuple, _list_of),
    "a list comprehension as one of a set": _instead(ast.ListComp, _set_of),
    "no condition in a comprehension": _dropped(ast.comprehension, "ifs"),
    "another source of a comprehension": lambda n: iter([_set(n, "iter", ast.Name(id="others", ctx=ast.Load()))] if isinstance(n, ast.comprehension) else []),
    "ends of a slice changed round": _swapped(ast.Slice, "lower", "upper"),
    "no end of a slice": _without(ast.Slice, "upper"),
    "no start of a slice": _without(ast.Slice, "lower"),
    "a call as its function": _instead(ast.Call, lambda c: c.func),  # type: ignore[attr-defined]
    "an attribute as its object": _instead(ast.Attribute, lambda a: a.value),  # type: ignore[attr-defined]
    "an item as its container": _instead(ast.Subscript, lambda s: s.value),  # type: ignore[attr-defined]
    "a condition turned": _negated("test", ast.If, ast.While, ast.IfExp, ast.Assert),
    "branches of a value changed round": _swapped(ast.IfExp, "body", "orelse"),
    "the value of a lambda": lambda n: iter([_set(n, "body", ast.Constant(value=0))] if isinstance(n, ast.Lambda) else []),
    "a statement less": _statement_removed,
    "a statement twice": _statement_twice,
    "statements in another order": _statements_turned,
    "+= as =": _statement_as(ast.AugAssign, _assigned_plainly),
    "no return": _statement_as(ast.Return, _bare),
    "continue as pass": _statement_as(ast.Continue, lambda _: ast.Pass()),
    "break as continue": _statement_as(ast.Break, lambda _: ast.Continue()),
    "no else": _else_removed,
    "else into the body": _else_into_the_body,
    "no finally": _without(ast.Try, "finalbody"),
    "an exception's name": _without(ast.ExceptHandler, "name"),
    "what is caught": lambda n: iter([_set(n, "type", ast.Name(id="OSError", ctx=ast.Load()))] if isinstance(n, ast.ExceptHandler) else []),
    "no cause of an error": _without(ast.Raise, "cause"),
    "no message of an assertion": _without(ast.Assert, "msg"),
    "no name of a with": _without(ast.withitem, "optional_vars"),
    "no decorator": _without(ast.FunctionDef, "decorator_list"),
    "no base class": _without(ast.ClassDef, "bases"),
    "no annotation of a parameter": _without(ast.arg, "annotation"),
    "no annotation of a result": _without(ast.FunctionDef, "returns"),
    "another annotation": lambda n: iter([_set(n, "annotation", ast.Name(id="object", ctx=ast.Load()))] if isinstance(n, ast.AnnAssign) else []),
    "an annotation of no name": lambda n: iter([_set(n, "simple", 0)] if isinstance(n, ast.AnnAssign) and n.simple else []),
    "the name of an annotated value": _in(ast.AnnAssign, "target"),
    "what is changed in place": _in(ast.AugAssign, "target"),
    "what is deleted": _in(ast.Delete, "targets"),
    "the name of a walrus": _in(ast.NamedExpr, "target"),
    "the value of a walrus": lambda n: iter([_set(n, "value", ast.Name(id="another", ctx=ast.Load()))] if isinstance(n, ast.NamedExpr) else []),
    "the value of a pattern": lambda n: iter([_set(n, "value", ast.Constant(value="another"))] if isinstance(n, ast.MatchValue) else []),
    "the name of a pattern": _longer(ast.MatchAs, "name"),
    "the last of a pattern less": _dropped(ast.MatchSequence, "patterns"),
    "patterns in another order": _turned(ast.MatchOr, "patterns"),
    "a pattern for anything": lambda n: iter([_set(n, "pattern", ast.MatchAs(name="anything"))] if isinstance(n, ast.match_case) and not n.guard else []),
    "a conversion in an f-string": _conversion,
    "no format in an f-string": _without(ast.FormattedValue, "format_spec"),
    "a word of a docstring": _docstring(lambda text: f"{text.rstrip()} Not."),
    "a line of a docstring further in": _docstring(_one_line_deeper),
}  # fmt: skip
"""By name."""


def places(tree: ast.Module, kind: Kind) -> list[Change]:
    """Every edit of one kind in a tree, in document order."""
    return [change for node in ast.walk(tree) for change in kind(node)]
