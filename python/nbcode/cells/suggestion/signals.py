"""Research that ends in positions or scores: which names hold them, and whether a model that is fitted on the way is more than a step."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.figures import is_scalar, is_scorer
from nbcode.cells.suggestion.models import ModelCandidate
from nbcode.cells.suggestion.slicing import SlicedCell
from nbcode.cells.suggestion.statements import root_of

_SIGNAL = re.compile(
    r"(\w*_)?(signals?|positions?|weights?|scores?|alpha|holdings?|z_?scores?)\Z", re.IGNORECASE
)
_ASKED = frozenset(
    "predict predict_proba predict_log_proba decision_function score forecast get_forecast get_prediction apply transform".split()
)
_LOOKS = frozenset({"print", "display", "len", "type", "str", "repr", "id", "isinstance"})
_FRAMES = frozenset(
    "unstack stack pivot pivot_table rank shift div mul sub add where mask clip fillna ffill apply reindex rolling ewm rename copy".split()
)


def signal_names(cells: Sequence[SlicedCell], paths: Paths, imported: Collection[str]) -> tuple[str, ...]:
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
