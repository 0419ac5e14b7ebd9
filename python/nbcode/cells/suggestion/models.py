"""Which names hold a fitted model at the end of a notebook, found without running it.

A model is the receiver of ``.fit`` or what it returns, what ``lightgbm.train`` and ``xgboost.train`` return, what a function of the
notebook returns that does one of these, a list or dict that such values are put into, and a name for a part of one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Paths
from nbcode.cells.suggestion.statements import own_expressions, root_of, statements_of
from nbcode.cells.trees import walk
from nbcode.primitives import dataclass

_FITS = frozenset({"fit", "partial_fit", "fit_regularized", "fit_constrained"})
_TRAINS = frozenset({"update", "train", "learn", "step", "run", "calibrate", "estimate"})
"""What a class of the notebook may call its fit."""
_TRAINERS = frozenset({"lightgbm.train", "xgboost.train", "catboost.train"})
_SEARCHES = frozenset({"GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV"})
# Modules of scikit-learn whose classes prepare data and predict nothing.
_PREPARE = (
    "sklearn.preprocessing.",
    "sklearn.decomposition.",
    "sklearn.feature_selection.",
    "sklearn.impute.",
    "sklearn.compose.",
)
_RESULTS = ("statsmodels.", "linearmodels.", "arch.")
_PUT_INTO = "fitted models are put into it"
_COLLECTION = "a collection of fitted models"
_RENAMED = "a fitted model under another name"
_IN_DICT = "in the dict that a function returns"
_HISTORY = ("keras.", "tensorflow.", "torch.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelCandidate:
    """A name that holds a fitted model after cell ``cell``; ``expression`` is what [meta] says, ``how`` why it is taken for one.
    ``prepares`` is a transformer, which predicts nothing."""

    name: str
    expression: str
    cell: int
    line: int
    how: str
    in_loop: bool = False
    prepares: bool = False

    @property
    def is_kept(self) -> bool:
        """Whether it is a collection of models, or one that was picked or named apart."""
        return self.how in {_PUT_INTO, _COLLECTION, _RENAMED, _IN_DICT}


class _Mixed(ast.Dict):
    """The models of a dict that holds other things too."""


def model_candidates(cells: Sequence[CellFacts], paths: Paths) -> tuple[ModelCandidate, ...]:
    """Every candidate, the likeliest first: what is fitted last, and no transformer."""
    search = _Search(cells, paths)
    found: dict[str, ModelCandidate] = {}
    for facts in cells:
        for statement, in_loop in statements_of(facts.tree.body if facts.tree is not None else ()):
            for name, how in search.fitted_by(statement):
                found.pop(name, None)
                found[name] = search.candidate(name, how, facts, statement, in_loop=in_loop)
    order = list(found.values())
    last = [one for one in reversed(order) if not one.prepares]
    return (*last, *(one for one in reversed(order) if one.prepares))


class _Search:
    """Knows the constructors of names and the functions that return a fitted model; ``holders`` are names found so far."""

    def __init__(self, cells: Sequence[CellFacts], paths: Paths) -> None:
        self._paths = paths
        self._made: dict[str, ast.expr] = {}
        self._holders: set[str] = set()
        functions = [node for facts in cells for node in facts.all_of(ast.FunctionDef)]
        self._own = {node.name for facts in cells for node in facts.all_of(ast.ClassDef)}
        self._mute = _classes_that_do_not_predict(cells)
        self._returns: dict[str, list[ast.expr | None]] = {}
        for _ in range(3):  # a function may return what another one fits
            self._returns = {node.name: made for node in functions if any(made := self._returned(node))}

    def candidate(
        self, name: str, how: str, facts: CellFacts, statement: ast.stmt, *, in_loop: bool
    ) -> ModelCandidate:
        made = self._constructor(name)
        search = made.rpartition(".")[2] in _SEARCHES and not self._unfitted_search(name)
        return ModelCandidate(
            name=name,
            expression=f"{name}.best_estimator_" if search else name,
            cell=facts.cell.index,
            line=statement.lineno,
            how=how,
            in_loop=in_loop,
            prepares=made.startswith(_PREPARE) or made in self._mute,
        )

    def fitted_by(self, statement: ast.stmt) -> Iterator[tuple[str, str]]:
        """Names that hold a fitted model after a statement, with why."""
        if isinstance(statement, ast.Assign) and statement.targets:
            yield from self._assigned(statement.targets, statement.value)
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            yield from self._assigned([statement.target], statement.value)
        else:
            for one in own_expressions(statement):
                yield from self._receivers(one)
        if (
            isinstance(statement, ast.Expr)
            and isinstance(call := statement.value, ast.Call)
            and isinstance(call.func, ast.Attribute)
        ):
            name = root_of(call.func.value)
            if name and call.func.attr in _TRAINS and self._constructor(name) in self._own - self._mute:
                self._holders.add(name)
                yield name, f"{name}.{call.func.attr}(...)"
            if (
                call.func.attr in {"append", "add", "insert"}
                and name
                and any(self._is_fitted(one) for one in _parts(call.args))
            ):
                self._holders.add(name)
                yield name, _PUT_INTO

    def _assigned(self, targets: Sequence[ast.expr], value: ast.expr) -> Iterator[tuple[str, str]]:
        """What is fitted on the way first, then what holds it: the last one is the likeliest."""
        receivers = dict(self._receivers(value))
        result = self._result_of_fit(value)
        held: list[tuple[str, str]] = []
        for target in targets:
            if isinstance(target, ast.Name) and (mixed := self._mixed(value)) is not None:
                self._holders.discard(target.id)
                held += self._kept_in(target.id, mixed)
            elif isinstance(target, ast.Name):
                self._made[target.id] = value
                fitted = self._why_fitted(value, result)
                if fitted is None:
                    self._holders.discard(target.id)
                elif target.id.strip("_"):
                    held.append((target.id, fitted))
            elif isinstance(target, ast.Tuple | ast.List):
                held += self._unpacked(target, value)
            elif isinstance(target, ast.Subscript | ast.Attribute) and self._is_fitted(value):
                holder = root_of(target)
                if holder is not None and holder.strip("_"):
                    held.append((holder, _PUT_INTO))
        self._holders |= {name for name, _ in held}
        kept = {name for name, _ in held}
        yield from ((name, how) for name, how in receivers.items() if name not in kept)
        yield from held

    def _mixed(self, value: ast.expr) -> _Mixed | None:
        if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Name)):
            return None
        made = self._returns.get(value.func.id, [])
        return made[0] if len(made) == 1 and isinstance(made[0], _Mixed) else None

    def _why_fitted(self, value: ast.expr, result: str | None) -> str | None:
        """Why a name that ``value`` is assigned to holds a fitted model; None where it does not."""
        if result is not None:
            return (
                None
                if result.startswith(_HISTORY)
                else "assigned from .fit(...)"
                if result
                else "assigned from what fits it"
            )
        return _how(value) if self._is_fitted(value) else None

    def _unpacked(self, target: ast.Tuple | ast.List, value: ast.expr) -> Iterator[tuple[str, str]]:
        made: Sequence[ast.expr | None] = ()
        if isinstance(value, ast.Tuple | ast.List):
            made = [one if self._is_fitted(one) else None for one in value.elts]
        elif isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            made = self._returns.get(value.func.id, ())
        for one, by in zip(target.elts, made, strict=False):
            if isinstance(one, ast.Name) and isinstance(by, _Mixed):
                yield from self._kept_in(one.id, by)
            elif isinstance(one, ast.Name) and by is None:
                self._holders.discard(one.id)
                self._made.pop(one.id, None)
            elif isinstance(one, ast.Name) and by is not None and one.id.strip("_"):
                self._made[one.id] = by
                self._holders.add(one.id)
                yield one.id, "returned by a function that fits it"

    def _receivers(self, node: ast.expr) -> Iterator[tuple[str, str]]:
        for name, method in _fit_calls(node):
            if name.strip("_") and not self._constructor(name).startswith(_RESULTS):
                self._holders.add(name)
                yield name, f"{ast.unparse(method.value)[:40]}.{method.attr}(...)"

    def _result_of_fit(self, value: ast.expr) -> str | None:
        """What was fitted, as a dotted constructor (empty: unknown), where ``value`` is the result of a fit itself."""
        if not isinstance(value, ast.Call):
            return None
        if self._paths.dotted(value.func) in _TRAINERS:
            return self._paths.dotted(value.func)
        if isinstance(value.func, ast.Attribute) and value.func.attr in _FITS:
            inner = value.func.value
            return self._constructor(inner.id) if isinstance(inner, ast.Name) else self._dotted_call(inner)
        return None

    def _is_fitted(self, value: ast.expr, held: frozenset[str] = frozenset()) -> bool:
        """Whether ``value`` is a fitted model, or a list or dict of such, or a part of one."""
        match value:
            case ast.Name(id=name):
                return name in held or name in self._holders
            case ast.Call(func=ast.Name(id=name)) if len(self._returns.get(name, [])) == 1:
                made = self._returns[name][0]
                return made is not None and not isinstance(made, _Mixed)
            case ast.Call():
                return self._result_of_fit(value) is not None
            case ast.Subscript(value=ast.Dict() | ast.List() | ast.Tuple() as inner):
                return self._is_fitted(inner, held)
            case ast.Subscript(value=inner) | ast.Attribute(value=inner, attr="best_estimator_"):
                return isinstance(inner, ast.Name | ast.Subscript) and self._is_holder_of_models(inner)
            case ast.List(elts=parts) | ast.Tuple(elts=parts):
                return bool(parts) and all(self._is_fitted(one, held) for one in parts)
            case ast.Dict(values=parts):
                return bool(parts) and all(self._is_fitted(one, held) for one in parts)
            case ast.ListComp(elt=one) | ast.DictComp(value=one):
                return self._is_fitted(one, held)
            case ast.IfExp(body=one, orelse=other):
                return self._is_fitted(one, held) and self._is_fitted(other, held)
        return False

    def _is_holder_of_models(self, node: ast.expr) -> bool:
        name = root_of(node)
        made = self._made.get(name or "")
        holds = isinstance(made, ast.List | ast.Dict | ast.ListComp | ast.DictComp) or (
            isinstance(made, ast.Call)
            and self._paths.dotted(made.func).rpartition(".")[2]
            in {"dict", "list", "defaultdict", "OrderedDict"}
        )
        return name in self._holders and (holds or "best_estimator_" in ast.unparse(node))

    def _returned(self, node: ast.FunctionDef) -> list[ast.expr | None]:
        """For each element that a function returns (one: no tuple), what a fitted model was made by; None for what is none."""
        held: set[str] = set()
        made: dict[str, ast.expr] = {}
        for statement, _ in statements_of(node.body):
            for one in own_expressions(statement):
                held |= {name for name, _ in _fit_calls(one)}
            if isinstance(statement, ast.Assign):
                names = {target.id for target in statement.targets if isinstance(target, ast.Name)}
                made |= dict.fromkeys(names, statement.value)
                if self._is_fitted(statement.value, frozenset(held)):
                    held |= names
        answers = [
            statement.value
            for statement, _ in statements_of(node.body)
            if isinstance(statement, ast.Return) and statement.value
        ]
        if not answers:
            return []
        last = answers[-1]
        parts = last.elts if isinstance(last, ast.Tuple) else [last]
        return [
            self._fitted_part(
                made.get(part.id, part) if isinstance(part, ast.Name) else part, part, held, made
            )
            for part in parts
        ]

    def _fitted_part(
        self, value: ast.expr, part: ast.expr, held: set[str], made: Mapping[str, ast.expr]
    ) -> ast.expr | None:
        """What made a part of what is returned, None where it is not fitted; of a dict that holds other things too, the fitted ones."""
        if self._is_fitted(part, frozenset(held)):
            return value
        if not isinstance(value, ast.Dict):
            return None
        fitted = [
            (key, made.get(one.id, one) if isinstance(one, ast.Name) else one)
            for key, one in zip(value.keys, value.values, strict=True)
            if isinstance(key, ast.Constant) and self._is_fitted(one, frozenset(held))
        ]
        return _Mixed(keys=[key for key, _ in fitted], values=[one for _, one in fitted]) if fitted else None

    def _kept_in(self, name: str, by: _Mixed) -> Iterator[tuple[str, str]]:
        for key, value in zip(by.keys, by.values, strict=True):
            if isinstance(key, ast.Constant):
                self._made[f"{name}[{key.value!r}]"] = value
                yield f"{name}[{key.value!r}]", _IN_DICT

    def _constructor(self, name: str) -> str:
        """The dotted name of the class that ``name`` was made from; empty where it is unknown."""
        made = self._made_by(name)
        return "" if made is None else self._dotted_call(made)

    def _made_by(self, name: str) -> ast.expr | None:
        """What ``name`` was assigned, or what the function of the notebook that gave it had made it by."""
        made = self._made.get(name)
        if isinstance(made, ast.Call) and isinstance(made.func, ast.Name):
            by = self._returns.get(made.func.id, [])
            return by[0] if len(by) == 1 else made
        return made

    def _dotted_call(self, node: ast.expr) -> str:
        while (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Call)
        ):
            node = node.func.value
        return self._paths.dotted(node.func) if isinstance(node, ast.Call) else ""

    def _unfitted_search(self, name: str) -> bool:
        made = self._made_by(name)
        return any(
            one.arg == "refit" and isinstance(one.value, ast.Constant) and one.value.value is False
            for one in walk(made or ast.Pass())
            if isinstance(one, ast.keyword)
        )


def _classes_that_do_not_predict(cells: Sequence[CellFacts]) -> frozenset[str]:
    """Classes of the notebook without a method ``predict``, of their own or of a class that they are derived from."""
    classes = {node.name: node for facts in cells for node in facts.all_of(ast.ClassDef)}

    def predicts(node: ast.ClassDef, depth: int = 10) -> bool:
        named = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
        named |= {
            target.id
            for one in node.body
            if isinstance(one, ast.Assign)
            for target in one.targets
            if isinstance(target, ast.Name)
        }
        bases = [one for one in node.bases if not (isinstance(one, ast.Name) and one.id == "object")]
        return "predict" in named or any(
            not (isinstance(one, ast.Name) and one.id in classes and depth)
            or predicts(classes[one.id], depth - 1)
            for one in bases
        )

    return frozenset(name for name, node in classes.items() if not predicts(node))


def _fit_calls(node: ast.expr) -> Iterator[tuple[str, ast.Attribute]]:
    """Each name whose value a part of ``node`` fits, with the method that does it."""
    for call in walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _FITS:
            name = root_of(call.func.value)
            if name is not None:
                yield name, call.func


def _parts(args: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """The arguments, and the elements of those that are tuples."""
    for one in args:
        yield one
        if isinstance(one, ast.Tuple):
            yield from one.elts


def _how(value: ast.expr) -> str:
    if isinstance(value, ast.Call):
        return "returned by a function that fits it"
    if isinstance(value, ast.Subscript | ast.Attribute | ast.Name):
        return _RENAMED
    return _COLLECTION
