"""Which figures a notebook ends with: expressions that are printed or shown, with the numbers that its outputs store."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.statements import statements_of
from nbcode.cells.suggestion.wholes import Parts, Wholes
from nbcode.cells.suggestion.words import NUMBER, figure_name, is_headline, is_metric, label_of
from nbcode.cells.trees import walk
from nbcode.notebook import Expression, StoredOutput
from nbcode.notebook.expressions import ExpressionError, parse_expression
from nbcode.primitives import dataclass

_MOST_SHOWN = 12
_MOST_LINES, _LONGEST_LINE = 2_000, 400
_CLOCKS = frozenset(
    {"time.time", "time.perf_counter", "time.monotonic", "datetime.datetime.now", "time", "perf_counter"}
)
_NO_FIGURES = frozenset(
    {"len", "type", "id", "list", "dict", "set", "sorted", "range", "str", "repr", "dir", "zip", "isinstance"}
)
_NO_FIGURE_ATTRIBUTES = frozenset(
    "shape head tail describe info summary columns dtypes index plot hist to_frame value_counts sample best_params_ get_params date strftime"
    " T transpose sort_values sort_index reset_index set_index nlargest nsmallest stack unstack pivot pivot_table dropna fillna".split()
)
_KEEP_SHAPE = frozenset({"round", "astype", "copy", "abs"})
_SCORERS = re.compile(
    r"(\w+_score|cross_validate|mean_squared_error|mean_absolute_error|root_mean_squared_error|log_loss|\bscore)\Z(?<!z_score)"
)
_SPEC_NUMBER = re.compile(r"[-+ ,]*\d*,?(\.\d+)?[eEfFgGn%]\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class FigureCandidate:
    """``name`` in the report, the expression's canonical ``text`` and the ``names`` that it reads, the cell that shows it; ``stored``
    is the number as the notebook's output has it, ``percent`` where it is written in hundredths. ``rank``: the higher the likelier.
    ``whole``: it is all figures of the report, a dict or a Series; ``parts`` are the numbers in it as stored.
    """

    name: str
    text: str
    names: tuple[str, ...]
    cell: int
    rank: int
    how: str
    stored: str | None = None
    percent: bool = False
    in_loop: bool = False
    whole: bool = False
    parts: Parts = ()

    @property
    def as_shown(self) -> str | None:
        """The number with its sign of a percentage."""
        return f"{self.stored}%" if self.stored is not None and self.percent else self.stored


_Piece: TypeAlias = tuple[str, ast.expr | None, str]
"""Literal text of what is printed, or an expression with its format."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shown:
    """An expression that is shown: with the label before it, its format, the pattern that finds its number in the output."""

    node: ast.expr
    label: str
    spec: str
    pattern: str | None
    how: str


def figure_candidates(
    cells: Sequence[CellFacts], paths: Paths, outputs: Mapping[int, StoredOutput]
) -> tuple[FigureCandidate, ...]:
    """Every candidate, the likeliest first: metrics that are printed, those that are asked for first before the others, last ones before
    earlier ones. Each expression once."""
    found: dict[str, FigureCandidate] = {}
    functions = {node.name: node for facts in cells for node in facts.all_of(ast.FunctionDef)}
    wholes = Wholes(cells, paths)
    imported = {one.local for facts in cells for one in facts.imports}
    for facts in cells:
        stored = outputs.get(facts.cell.index, StoredOutput())
        shown = (*_candidates(facts, paths, stored, functions), *_wholes(facts, wholes, stored))
        for one in shown:
            if set(one.names) <= imported:
                continue  # nothing that the notebook computed
            before = found.pop(one.text, None)
            if before is not None and before.rank > one.rank:
                one = before  # noqa: PLW2901  # shown again, less clearly
            found[one.text] = one
    ranked = sorted(found.values(), key=_likelihood)[::-1]
    return tuple(_named_apart(ranked))


def _likelihood(one: FigureCandidate) -> tuple[int, bool]:
    words = [one.name, *(word for keys, _ in one.parts for word in keys)]
    return one.rank, (one.whole and not one.parts) or any(map(is_headline, words))


def _candidates(
    facts: CellFacts, paths: Paths, stored: StoredOutput, functions: Mapping[str, ast.FunctionDef]
) -> Iterator[FigureCandidate]:
    body = facts.tree.body if facts.tree is not None else []
    for statement, in_loop in statements_of(body):
        of_statement = [
            *_shown_by(statement, is_last=bool(body) and statement is body[-1]),
            *_returned_by(statement, functions),
        ]
        for shown in reversed(of_statement):  # what a line begins with is what it is about
            candidate = _candidate(shown, facts, paths, stored, in_loop=in_loop)
            if candidate is not None:
                yield candidate
        if isinstance(statement, ast.Assign) and isinstance(target := statement.targets[0], ast.Name):
            scored = isinstance(statement.value, ast.Call) and bool(
                _SCORERS.search(paths.dotted(statement.value.func))
            )
            if scored or is_metric(target.id):
                shown = _Shown(
                    node=ast.Name(id=target.id, ctx=ast.Load()),
                    label=target.id,
                    spec="",
                    pattern=None,
                    how="named like a figure",
                )
                if scored or is_scalar(statement.value):
                    candidate = _candidate(shown, facts, paths, stored, in_loop=in_loop)
                    if candidate is not None:
                        yield candidate


def _wholes(facts: CellFacts, wholes: Wholes, stored: StoredOutput) -> Iterator[FigureCandidate]:
    body = facts.tree.body if facts.tree is not None else []
    for statement, in_loop in statements_of(body):
        for one in wholes.shown_by(statement, stored, is_last=bool(body) and statement is body[-1]):
            try:
                expression = parse_expression(ast.unparse(one.node), 1)
            except ExpressionError:
                continue
            if expression.names:
                yield FigureCandidate(
                    name=figure_name(one.label, expression.text),
                    text=expression.text,
                    names=expression.names,
                    cell=facts.cell.index,
                    rank=8 + 2 * bool(one.parts) - 3 * in_loop,
                    how="printed",
                    stored=one.parts[0][1] if one.label and one.parts else None,
                    in_loop=in_loop,
                    whole=not one.label,
                    parts=() if one.label else one.parts,
                )


def _candidate(
    shown: _Shown, facts: CellFacts, paths: Paths, stored: StoredOutput, *, in_loop: bool
) -> FigureCandidate | None:
    if not _may_be_figure(shown, paths):
        return None
    try:
        expression: Expression = parse_expression(ast.unparse(shown.node), 1)
    except ExpressionError:
        return None
    if not expression.names:
        return None
    number = _stored_number(shown, stored)
    told = stored.execution_count is not None or bool(stored.printed or stored.result)
    if told and number is None and shown.pattern is not None:
        return None  # it was shown, and was no number
    name = figure_name(
        "" if is_metric(expression.text) and not is_metric(shown.label) else shown.label, expression.text
    )
    metric = is_metric(shown.label) or is_metric(expression.text)
    printed = shown.pattern is not None
    rank = (
        4 * metric
        + 4 * printed
        + 2 * (number is not None)
        + (bool(shown.spec) or _scores(shown.node, paths))
        - 3 * in_loop
    )
    return FigureCandidate(
        name=name,
        text=expression.text,
        names=expression.names,
        cell=facts.cell.index,
        rank=rank,
        how=shown.how,
        stored=number,
        percent=shown.spec.endswith("%"),
        in_loop=in_loop,
    )


def _may_be_figure(shown: _Shown, paths: Paths) -> bool:
    node = shown.node
    if isinstance(
        node,
        ast.Constant
        | ast.JoinedStr
        | ast.Compare
        | ast.BoolOp
        | ast.List
        | ast.Dict
        | ast.Tuple
        | ast.Lambda,
    ):
        return False
    if shown.spec and not _SPEC_NUMBER.match(shown.spec):
        return False
    while (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _KEEP_SHAPE
    ):
        node = node.func.value
    if isinstance(node, ast.Attribute) and node.attr in _NO_FIGURE_ATTRIBUTES:
        return False
    if isinstance(node, ast.Call):
        called = paths.dotted(node.func)
        last = node.func.attr if isinstance(node.func, ast.Attribute) else called
        if called in _NO_FIGURES or last in _NO_FIGURE_ATTRIBUTES:
            return False
    return not any(
        (isinstance(one, ast.Call) and paths.dotted(one.func) in _CLOCKS)
        or (isinstance(one, ast.Attribute) and one.attr in {"style", "plot"})
        for one in walk(node)
    )


def _shown_by(
    statement: ast.stmt, *, is_last: bool, given: Mapping[str, object] | None = None
) -> Iterator[_Shown]:
    """What a statement shows: the arguments of ``print``, and the value that a cell ends with. ``given`` are names that stand for a
    literal."""
    if not isinstance(statement, ast.Expr):
        return
    value = statement.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
        yield from _printed(value.args, given or {})
    elif is_last and _is_formatted(value):
        for shown in _printed([value], given or {}):
            quoted = None if shown.pattern is None else rf"['\"]{shown.pattern}['\"]"
            yield replace(shown, pattern=quoted, how="the cell ends with it")
    elif is_last:
        parts = value.elts if isinstance(value, ast.Tuple) else [value]
        for place, one in enumerate(parts if len(parts) <= _MOST_SHOWN else ()):
            pattern = r"\(?" + r"[,\s(]+".join(_group(n == place) for n in range(len(parts)))
            yield _Shown(node=one, label=label_of(one), spec="", pattern=pattern, how="the cell ends with it")


def _returned_by(statement: ast.stmt, functions: Mapping[str, ast.FunctionDef]) -> Iterator[_Shown]:
    """Metrics that a function of the notebook returns, in a dict, in a tuple or alone; with the lines that it prints of them itself."""
    match statement:
        case ast.Assign(targets=[target], value=ast.Call(func=ast.Name(id=name)) as call) if (
            name in functions
        ):
            pass
        case _:
            return
    body = [one for one, _ in statements_of(functions[name].body)]
    returned = [one.value for one in body if isinstance(one, ast.Return) and one.value is not None]
    if not returned:
        return
    given = _constants_given(functions[name], call)
    printed = [shown for one in body for shown in _shown_by(one, is_last=False, given=given)]
    for node, label, value in _parts_returned(target, returned[-1]):
        shown = next((one for one in printed if ast.dump(one.node) == ast.dump(value)), None)
        if is_metric(label) and (shown is not None or not isinstance(node, ast.Name)):
            yield _Shown(
                node=node,
                label=label,
                spec=shown.spec if shown else "",
                pattern=shown.pattern if shown else None,
                how="printed" if shown else f"{name}() returns it",
            )


def _parts_returned(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, str, ast.expr]]:
    """What names a part of a returned value in the notebook, a label for it, and what the function returns there."""
    match target, value:
        case ast.Name(id=name), ast.Dict(keys=keys, values=values):
            for key, one in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    base = ast.Name(id=name, ctx=ast.Load())
                    yield ast.Subscript(value=base, slice=key, ctx=ast.Load()), key.value, one
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, part in zip(targets, values, strict=True):
                if isinstance(one, ast.Name):
                    yield ast.Name(id=one.id, ctx=ast.Load()), one.id, part
        case ast.Name(id=name), ast.Name():
            yield ast.Name(id=name, ctx=ast.Load()), name, value


def _constants_given(function: ast.FunctionDef, call: ast.Call) -> dict[str, object]:
    """Parameters that a call gives a literal."""
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    given = [*zip(names, call.args, strict=False), *((one.arg, one.value) for one in call.keywords)]
    return {name: value.value for name, value in given if name and isinstance(value, ast.Constant)}


def _group(wanted: bool) -> str:  # noqa: FBT001  # one of a row of groups
    return rf"(?:np\.\w+\()?{'(' if wanted else '(?:'}{NUMBER})\)?"


def _printed(args: Sequence[ast.expr], given: Mapping[str, object]) -> Iterator[_Shown]:
    pieces: list[_Piece] = []
    for place, one in enumerate(args[: _MOST_SHOWN + 1]):
        if place:
            pieces.append((" ", None, ""))
        pieces += [_filled_in(piece, given) for piece in _pieces(one)]
    if sum(node is not None for _, node, _ in pieces) > _MOST_SHOWN:
        return  # a table
    for place, (_, node, spec) in enumerate(pieces):
        if node is None:
            continue
        yield _Shown(
            node=node,
            label=_label_before(pieces, place),
            spec=spec,
            pattern=_line_pattern(pieces, place),
            how="printed",
        )


def _label_before(pieces: Sequence[_Piece], place: int) -> str:
    """What names the value of ``pieces[place]``: the text since the value before it, in its line; nothing where the value is called like
    a metric itself; else all that stands before."""
    since = ""
    for text, node, _ in reversed(pieces[:place]):
        if node is not None:
            break
        since = text + since
    line = since.rpartition("\n")[2]
    if not re.search(r"\w", since) and (node := pieces[place][1]) is not None:
        own = label_of(node)
        before = "".join(text for text, _, _ in pieces[:place]).replace("\n", " ")[-40:]
        return "" if is_metric(own) else before if re.search(r"\w", before) else own
    return line if re.search(r"\w", line) else since


def _line_pattern(pieces: Sequence[_Piece], place: int) -> str | None:
    """A pattern for the line of the output that shows the value of ``pieces[place]``, its number in a group. None where nothing
    stands between two values, so that its line is ambiguous."""
    left, right = "", ""  # texts beside the value, up to the line's ends
    pattern, tail = "", ""
    for text, node, _ in reversed(pieces[:place]):
        if node is None:
            left = text.rpartition("\n")[2] + left
            if "\n" in text:
                break
        elif not left:
            return None
        else:
            pattern, left = rf"(?>.*?{re.escape(left)}){pattern}", ""
    pattern = re.escape(left) + pattern
    for text, node, _ in pieces[place + 1 :]:
        if node is None:
            right += text.partition("\n")[0]
            if "\n" in text:
                break
        elif not right:
            return None
        else:
            tail, right = rf"{tail}{re.escape(right)}.*", ""
            break
    return rf"{pattern}\s*({NUMBER})%?{tail}{re.escape(right)}\s*"


def _pieces(node: ast.expr) -> list[_Piece]:
    match node:
        case ast.Constant(value=str(text)):
            return [(text, None, "")]
        case ast.JoinedStr(values=parts):
            return [piece for part in parts for piece in _pieces(part)]
        case ast.FormattedValue(value=value, format_spec=spec):
            return [
                (
                    "",
                    value,
                    "".join(_plain(part) for part in spec.values) if isinstance(spec, ast.JoinedStr) else "",
                )
            ]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Mod(), right=right):
            values = list(right.elts) if isinstance(right, ast.Tuple) else [right]
            return _filled(re.split(r"(%[-+ #0]*\d*(?:\.\d+)?[a-zA-Z])", text), values, "%")
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format"), args=values):
            return _filled(re.split(r"(\{\d*(?::[^{}]*)?\})", text), values, "{")
        case ast.Call(func=ast.Name(id="round"), args=[value, *_]):
            return [("", value, "")]
        case ast.Call(func=ast.Name(id="str"), args=[value]):
            return _pieces(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right) if _is_text(left) or _is_text(right):
            return [*_pieces(left), *_pieces(right)]
    return [("", node, "")]


def _filled_in(piece: _Piece, given: Mapping[str, object]) -> _Piece:
    """The text of a piece whose value is known."""
    _, node, spec = piece
    if isinstance(node, ast.Name) and node.id in given:
        try:
            return (format(given[node.id], spec), None, "")
        except (ValueError, TypeError):
            return piece
    return piece


def _filled(parts: Sequence[str], values: Sequence[ast.expr], start: str) -> list[_Piece]:
    found: list[_Piece] = []
    left = list(values)
    for part in parts:
        if part.startswith(start) and len(part) > 1 and left:
            spec = part.strip("{}").rpartition(":")[2] if start == "{" else part[1:]
            found += [("", value, spec) for _, value, _ in _pieces(left.pop(0))]
        elif part:
            found.append((part.replace("%%", "%") if start == "%" else part, None, ""))
    return found


def _is_formatted(node: ast.expr) -> bool:
    """Whether an expression is a text with values in it."""
    pieces = _pieces(node)
    return any(one is not None for _, one, _ in pieces) and any(text.strip() for text, _, _ in pieces)


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr() | ast.Call(func=ast.Name(id="str")):
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _is_text(left) or _is_text(right)
    return False


def _plain(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "?"


def _stored_number(shown: _Shown, stored: StoredOutput) -> str | None:
    """The number in the output: in the last line that is as what is printed."""
    if shown.pattern is None:
        return None
    if shown.how != "printed":
        match = re.fullmatch(shown.pattern + r"\)?\s*", stored.result[: _LONGEST_LINE + 1])
        return match[1] if match else None
    pattern = re.compile(shown.pattern)
    for line in reversed(stored.printed.split("\n")[-_MOST_LINES:]):
        if len(line) <= _LONGEST_LINE and (match := pattern.fullmatch(line)) is not None:
            return match[1]
    return None


def is_scorer(dotted: str) -> bool:
    """Whether a function, by its full name, judges predictions."""
    return bool(_SCORERS.search(dotted))


def _scores(node: ast.expr, paths: Paths) -> bool:
    return isinstance(node, ast.Call) and is_scorer(paths.dotted(node.func))


def is_scalar(value: ast.expr) -> bool:
    """Whether a value looks like one number: an aggregate, a part, a sum of such."""
    match value:
        case ast.BinOp(left=left, right=right):
            return is_scalar(left) or is_scalar(right)
        case ast.Call(func=ast.Name(id=name)):
            return name in {"float", "round", "sum", "abs", "max", "min"}
        case ast.Call(func=ast.Attribute(attr=name, value=inner)):
            return name in {"mean", "std", "sum", "median", "item", "corr", "sqrt", "dot"} and not _grouped(
                inner
            )
        case ast.Subscript(value=ast.Call()) | ast.Subscript(value=ast.Attribute(attr="iloc")):
            return True
    return False


def _grouped(node: ast.expr) -> bool:
    return any(
        isinstance(one, ast.Attribute) and one.attr in {"groupby", "rolling", "resample", "expanding", "T"}
        for one in walk(node)
    )


def _named_apart(candidates: Sequence[FigureCandidate]) -> Iterator[FigureCandidate]:
    used: set[str] = set()
    for one in candidates:
        name, n = one.name, 2
        while name in used:
            name, n = f"{one.name}_{n}", n + 1
        used.add(name)
        yield one if name == one.name else replace(one, name=name)
