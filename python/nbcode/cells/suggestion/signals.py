"""Research that ends in positions or scores: which names hold them, and whether a model that is fitted on the way is more than a step."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.figures import is_scalar, is_scorer
from nbcode.cells.suggestion.held import Holdings
from nbcode.cells.suggestion.models import ModelCandidate
from nbcode.cells.suggestion.slicing import SlicedCell
from nbcode.cells.suggestion.statements import root_of
from nbcode.cells.trees import walk
from nbcode.primitives import dataclass

_SIGNAL = re.compile(
    r"(\w*_)?(signals?|pos|positions?|weights?|scores?|alpha|holdings?|z_?scores?)\Z", re.IGNORECASE
)
_STATES = tuple(
    re.compile(rf"(\w*_)?({words})(_\w{{1,3}}|\d)?\Z", re.IGNORECASE)
    for words in (
        "w|wts?|units|books?|exposures?|alloc|allocations?",
        "preds?|predictions?|predicted|forecasts?|fc|y_?hat|y_?pred",
        "regimes?|states?|probs?|probas?|probability|probabilities",
        "betas?|hedge|hedges|hedge_?ratios?|loadings|coefs?",
        "cond_?vol|volatility|vols?|sigmas?|h|trend|level|filtered|smoothed|fitted",
        "spreads?|resid|residuals?|z|errors?|innovations?",
    )
)
"""What a filter or an estimate by hand leaves for each date, the likeliest words first."""
_DATES = ("date", "Date", "datetime", "timestamp")
_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function score forecast get_forecast get_prediction apply transform".split()
)
_LOOKS = frozenset({"print", "display", "len", "type", "str", "repr", "id", "isinstance"})
_FRAMES = frozenset(
    "unstack stack pivot pivot_table rank shift div mul sub add where mask clip fillna ffill apply reindex rolling ewm rename copy".split()
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SignalCandidate:
    """A name that holds values by date, and the ``expression`` that [meta] says: the name, or a series on the dates that its array
    has lost. ``is_called``: its name says that they are scores or positions."""

    name: str
    expression: str
    is_called: bool


def signal_candidates(
    cells: Sequence[SlicedCell], paths: Paths, imported: Mapping[str, str], holdings: Holdings
) -> tuple[SignalCandidate, ...]:
    """Names that are called like scores or positions; then what a filter or an estimate left for each date. ``imported`` are local names
    of modules."""
    called = _called_so(cells, paths, imported)
    pandas = next((local for local, module in imported.items() if module == "pandas"), None)
    bound = [name for cell in reversed(cells) for name in reversed(list(cell.facts.binds))]
    states = [
        name
        for words in _STATES
        for name in dict.fromkeys(bound)
        if words.fullmatch(name) and name not in called and name not in imported
    ]
    whole = [
        SignalCandidate(name=name, expression=text, is_called=is_called)
        for names, is_called in ((called, True), (states, False))
        for name in names
        if (text := _by_date(name, holdings, pandas, is_called=is_called)) is not None
    ]
    found = [*whole, *_parts_of(cells, holdings, list(dict.fromkeys(bound)))]
    return tuple(sorted(found, key=lambda one: not one.is_called))


def _parts_of(
    cells: Sequence[SlicedCell], holdings: Holdings, names: Sequence[str]
) -> Iterator[SignalCandidate]:
    """Columns of frames and attributes of the notebook's objects that are called like positions, or like what a filter leaves."""
    parts: dict[tuple[str, str], str] = {}
    for name in names:
        held = holdings.of(name)
        if held is not None and held.kind == "frame":
            columns = _columns(name, cells, is_counted=held.is_counted)
            parts |= {(name, column): text for column, text in columns}
        elif held is not None and held.kind == "object":
            kept = _attributes(holdings.classes[held.made_of])
            parts |= {(name, one): f"{name}.{one}" for one in kept if _SIGNAL.fullmatch(one)}
    for is_called, words in ((True, _SIGNAL), *((False, one) for one in _STATES)):
        for (name, part), text in parts.items():
            if words.fullmatch(part) and (is_called or not _SIGNAL.fullmatch(part)):
                yield SignalCandidate(name=name, expression=text, is_called=is_called)


def _columns(name: str, cells: Sequence[SlicedCell], *, is_counted: bool) -> Iterator[tuple[str, str]]:
    """Columns of a frame that the cells name, with the expression for each: where the frame is grouped by symbol, its dates are a
    column too."""
    columns: dict[str, None] = {}
    groups: dict[str, None] = {}
    for cell in cells:
        for node in cell.facts.nodes:
            match node:
                case ast.Subscript(value=ast.Name(id=of), slice=ast.Constant(value=str(column))) if (
                    of == name
                ):
                    columns[column] = None
                case ast.Call(
                    func=ast.Attribute(value=inner, attr="groupby"), args=[ast.Constant(value=str(by)), *_]
                ) if root_of(inner) == name and by not in _DATES:
                    groups[by] = None
    told = {
        node.value
        for cell in cells
        for node in cell.facts.all_of(ast.Constant)
        if isinstance(node.value, str)
    }
    date = next((one for one in _DATES if one in told), None)
    for column in reversed(columns):
        if not groups and not is_counted:
            yield column, f"{name}[{column!r}]"
        elif groups and date is not None:
            yield column, f"{name}.set_index([{date!r}, {next(iter(groups))!r}])[{column!r}]"


def _attributes(kind: ast.ClassDef) -> list[str]:
    """What methods of a class set on their object, the last ones first; not what it is made with."""
    found = {
        node.attr: None
        for method in kind.body
        if isinstance(method, ast.FunctionDef) and method.name != "__init__"
        for node in walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    return list(found)[::-1]


def _by_date(name: str, holdings: Holdings, pandas: str | None, *, is_called: bool) -> str | None:
    """The expression for the values of ``name`` by date; None where it has none. What is not known is believed to have them where
    it is called like positions."""
    held = holdings.of(name)
    if held is None:
        return name if is_called else None
    if held.is_table:
        return name
    if held.kind == "array" and held.rows and pandas:
        return f"{pandas}.Series({name}, index={held.rows}.index)"
    if held.kind == "weights" and pandas:
        return f"{pandas}.DataFrame([{name}], index={held.columns}.index[-1:])"
    if held.kind == "vector" and pandas:
        return (
            f"{pandas}.DataFrame([{name}], index={held.columns}.index[-1:], columns={held.columns}.columns)"
        )
    return name if held.kind == "array" and is_called else None


def _called_so(cells: Sequence[SlicedCell], paths: Paths, imported: Collection[str]) -> tuple[str, ...]:
    """Names that are called like scores or positions, and are neither what a model scored nor
    single numbers nor functions; the last ones first."""
    scored = {
        target.id
        for cell in cells
        for node in cell.facts.all_of(ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
        and isinstance(node.value, ast.Call)
        and is_scorer(paths.dotted(node.value.func))
    }
    set_ = {
        name
        for cell in cells
        for name, value in _assigned(cell.facts)
        if isinstance(value, ast.Constant) or is_scalar(value)
    }
    defined = {node.name for cell in cells for node in cell.facts.all_of(ast.FunctionDef)}
    none = {*scored, *imported, *set_, *defined}
    found: dict[str, None] = {}
    for cell in reversed(cells):
        for name in reversed(list(cell.facts.binds)):
            if name in cell.use.may_give and _SIGNAL.fullmatch(name) and name not in none:
                found[name] = None
    return tuple(found)


def holds_positions(name: str, cells: Sequence[SlicedCell], paths: Paths) -> bool:
    """Whether a name that no model is held by is called like positions, or is a frame or a series."""
    made = [value for cell in cells for target, value in _assigned(cell.facts) if target == name]
    return bool(made) and bool(_SIGNAL.fullmatch(name) or _is_frame(made[-1], paths))


def _is_frame(value: ast.expr, paths: Paths) -> bool:
    if not isinstance(value, ast.Call):
        return False
    if paths.dotted(value.func) in {"pandas.DataFrame", "pandas.Series", "pandas.concat", "polars.DataFrame"}:
        return True
    return isinstance(value.func, ast.Attribute) and value.func.attr in _FRAMES


def _assigned(facts: CellFacts) -> Iterator[tuple[str, ast.expr]]:
    for node in facts.all_of(ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value


def only_a_step(model: ModelCandidate, cells: Sequence[CellFacts]) -> bool:
    """Whether nothing is asked of a fitted model but what it measured: no prediction, no function that it is given to, no name or list
    that keeps it. Such is the regression of a hedge ratio."""
    return not (model.is_kept or any(_is_asked(model.name, facts) for facts in cells))


def _is_asked(name: str, facts: CellFacts) -> bool:
    for node in facts.nodes:
        if isinstance(node, ast.Attribute) and node.attr in _ASKED and root_of(node.value) == name:
            return True
        if isinstance(node, ast.Call):
            given = [*node.args, *(one.value for one in node.keywords)]
            looks = isinstance(node.func, ast.Name) and node.func.id in _LOOKS
            if not looks and any(isinstance(one, ast.Name) and one.id == name for one in given):
                return True
    return False
