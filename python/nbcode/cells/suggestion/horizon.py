"""How many sessions ahead kept cells look, and what in them says so."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.suggestion.statements import root_of
from nbcode.cells.trees import walk
from nbcode.primitives import dataclass

_LABEL = re.compile(r"fwd_ret_(\d{1,4})d\Z")
_AHEAD = re.compile(
    r"((pred|prediction|forecast|label|target|fwd)_)?(horizon|look_?ahead|forward|fwd|ahead|hold(ing)?(_period)?|h)(_days|_sessions)?|(n|days|steps)_ahead",
    re.IGNORECASE,
)
_FREQUENCY = re.compile(r"(\d{0,2})(B|D|C|W|SM|M|BM|CBM|Q|BQ|A|Y|BY|BA)(E|S)?(-\w+)?")
_SESSIONS = {"B": 1, "D": 1, "C": 1, "W": 5, "SM": 10, "M": 21, "BM": 21, "CBM": 21, "Q": 63, "BQ": 63}
_YEAR = 252
_SAMPLES = frozenset({"resample", "asfreq", "Grouper", "to_period"})
_MOST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Horizon:
    """Sessions, and why; ``certain`` unless nothing in the code said it."""

    sessions: int
    why: str
    certain: bool


def horizon_of(kept: Sequence[CellFacts], result: Collection[str] = ()) -> Horizon:
    """How far ahead the cells look: a label of the platform, else the largest ``shift(-n)`` (of weekly values: five sessions each), else
    a name that says so, else how long the values of ``result``, a signal, are held, else rows that are paired with later ones."""
    constants = _constants(kept)
    labels = [
        int(found[1]) for facts in kept for event in facts.events if (found := _LABEL.match(event.name))
    ]
    labels += [n for facts in kept for n in _labels(facts)]
    if labels:
        return Horizon(sessions=max(labels), why=f"the label fwd_ret_{max(labels)}d", certain=True)
    sampled = _sampled(kept)
    shifts = [found for facts in kept for found in _shifts(facts, constants, sampled)]
    if shifts:
        rows, each = max(shifts, key=lambda one: one[0] * one[1])
        of = f" of values for {each} sessions each" if each > 1 else ""
        return Horizon(sessions=rows * each, why=f"shift(-{rows}){of}", certain=True)
    named = [
        (value, name)
        for name, values in constants.items()
        for value in values
        if _AHEAD.fullmatch(name) and 0 < value < _MOST
    ]
    if named:
        value, name = max(named)
        return Horizon(sessions=value, why=f"{name} = {value}", certain=True)
    held = _held_for(kept, result, sampled)
    if held.certain:
        return held
    paired = max((n for facts in kept for n in _paired(facts, constants)), default=0)
    if paired:
        return Horizon(sessions=paired, why=f"rows [:-{paired}] beside rows [{paired}:]", certain=True)
    return held


def _held_for(kept: Sequence[CellFacts], result: Collection[str], sampled: Mapping[str, int]) -> Horizon:
    """For how long what a signal says is held: until its next date."""
    each = max((sampled.get(name, 1) for name in result), default=1)
    if each > 1:
        weekly = next(name for name in result if sampled.get(name) == each)
        return Horizon(sessions=each, why=f"{weekly} has a value for each {each} sessions", certain=True)
    lagged = (
        root_of(call.func.value)
        for facts in kept
        for call in facts.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "shift"
    )
    name = next((name for name in lagged if name is not None and name in result), None)
    if name is not None:
        return Horizon(sessions=1, why=f"{name} is held for the session after its own", certain=True)
    return Horizon(sessions=1, why="nothing in the kept cells says it", certain=False)


def _sampled(kept: Iterable[CellFacts]) -> dict[str, int]:
    """Sessions from one value to the next, for names of weekly values and the like, and for what is computed of them."""
    found: dict[str, int] = {}
    for facts in kept:
        for node in facts.nodes:
            match node:
                case ast.Assign(targets=[target], value=value) if (name := root_of(target)) is not None:
                    each = _period(value, found)
                    if each > 1:
                        found[name] = each
                    elif isinstance(target, ast.Name):
                        found.pop(name, None)
    return found


def _period(node: ast.expr, known: Mapping[str, int]) -> int:
    """Sessions from one value of an expression to the next."""
    calls = [one for one in walk(node) if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute)]
    if any(isinstance(one.func, ast.Attribute) and one.func.attr == "reindex" for one in calls):
        return 1
    each = [
        _sessions(given.value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in _SAMPLES
        for given in (*call.args, *(one.value for one in call.keywords))
        if isinstance(given, ast.Constant)
    ]
    each = each or [known.get(one.id, 1) for one in walk(node) if isinstance(one, ast.Name)]
    return max(each, default=1)


def _sessions(frequency: object) -> int:
    found = _FREQUENCY.fullmatch(frequency) if isinstance(frequency, str) else None
    return 1 if found is None else int(found[1] or 1) * _SESSIONS.get(found[2], _YEAR)


def _paired(facts: CellFacts, constants: Mapping[str, Sequence[int]]) -> Iterator[int]:
    """Each n where a cell takes rows ``[:-n]`` of one thing and ``[n:]`` of another."""
    slices = [
        node
        for node in facts.nodes
        if isinstance(node, ast.Slice) and node.step is None and (node.lower is None) != (node.upper is None)
    ]
    lower = {n for one in slices if one.lower is not None for n in _integers(one.lower, constants)}
    upper = {-n for one in slices if one.upper is not None for n in _integers(one.upper, constants)}
    yield from (n for n in lower & upper if 0 < n < _MOST)


def _labels(facts: CellFacts) -> Iterator[int]:
    """The sessions of ``labels.fwd_ret(10)``."""
    for call in facts.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fwd_ret" and call.args:
            yield from _integers(call.args[0], {})


def _shifts(
    facts: CellFacts, constants: Mapping[str, Sequence[int]], sampled: Mapping[str, int]
) -> Iterator[tuple[int, int]]:
    """(rows ahead, sessions a row)."""
    for call in facts.calls:
        if not (isinstance(call.func, ast.Attribute) and call.func.attr in {"shift", "diff", "pct_change"}):
            continue
        given = [one.value for one in call.keywords if one.arg in {"periods", "n"}] or call.args[:1]
        each = _period(call.func.value, sampled)
        for node in given:
            yield from ((-value, each) for value in _integers(node, constants) if -_MOST < value < 0)


def _integers(node: ast.expr, constants: Mapping[str, Sequence[int]]) -> list[int]:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return [value]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [-value for value in _integers(operand, constants)]
        case (
            ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name)))
        ):
            return list(constants.get(name, ()))
    return []


def _constants(kept: Iterable[CellFacts]) -> dict[str, list[int]]:
    """Integers that names stand for: assigned, taken from a list or dict by a loop, or a parameter's default."""
    found: dict[str, list[int]] = {}
    loops: list[tuple[ast.expr, ast.expr]] = []
    for facts in kept:
        for node in facts.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found.setdefault(name, []).extend(_elements(value, {}))
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    for one, value in zip(names, values, strict=False):
                        if isinstance(one, ast.Name):
                            found.setdefault(one.id, []).extend(_elements(value, {}))
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found.setdefault(name, []).extend(_elements(value, {}))
                case ast.Dict(keys=keys, values=values):
                    for key, value in zip(keys, values, strict=True):
                        if isinstance(key, ast.Constant) and isinstance(key.value, str):
                            found.setdefault(key.value, []).extend(_integers(value, {}))
                case ast.Call(func=ast.Attribute(attr="add_argument"), args=args, keywords=options):
                    for name, value in _option(args, options):
                        found.setdefault(name, []).extend(_integers(value, {}))
                case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                    loops.append((target, source))
                case ast.arguments():
                    plain = [*node.posonlyargs, *node.args]
                    for argument, default in zip(reversed(plain), reversed(node.defaults), strict=False):
                        found.setdefault(argument.arg, []).extend(_elements(default, {}))
                case ast.keyword(arg=str(name), value=value):
                    found.setdefault(name, []).extend(_elements(value, {}))
    for target, source in loops:
        for name in (one.id for one in walk(target) if isinstance(one, ast.Name)):
            found.setdefault(name, []).extend(_elements(source, found))
    return found


def _option(args: Sequence[ast.expr], options: Sequence[ast.keyword]) -> Iterator[tuple[str, ast.expr]]:
    """What ``add_argument("--horizon", default=5)`` calls its value, and the value."""
    default = [one.value for one in options if one.arg == "default"]
    written = [one.value for one in args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    for text in written if default else ():
        yield text.lstrip("-").replace("-", "_"), default[0]


def _elements(node: ast.expr, known: Mapping[str, Sequence[int]]) -> list[int]:
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return [value for part in parts for value in _integers(part, known)]
        case ast.Dict(keys=keys):
            return [value for key in keys if key is not None for value in _integers(key, known)]
        case ast.Call(func=ast.Name(id="range"), args=[*_, _] as args) if all(
            isinstance(one, ast.Constant) for one in args
        ):
            return [
                one.value - 1
                for one in args[1:2] or args
                if isinstance(one, ast.Constant) and isinstance(one.value, int)
            ]
    return _integers(node, known)
