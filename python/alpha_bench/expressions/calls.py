"""Calls that Python itself would refuse, answered in the words of the field: which parameters there are, and what to write.

``ts.ewm(x, span=20)`` is what a user of pandas writes. Python says only that ``span`` is unexpected; here the error has the signature
and the call that means the same, ``ts.ewm(x, halflife=6.93)``. The parameters that other libraries have for a thing, and what they
are called here, are two tables: :data:`ALSO_CALLED` and :data:`HABITS`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar

from alpha_bench.errors import AlphaBenchError, DefinitionError, nearest
from alpha_bench.expressions.halflives import halflife_of
from alpha_bench.names import VOCABULARY
from alpha_bench.operators import OPERATORS

_P = ParamSpec("_P")
_R = TypeVar("_R")

_ALSO = {
    # ours: what other libraries call it
    "window": "n period periods train_size max_train_size window_length window_size length lookback look_back timeperiod time_period win size days sessions d",
    "d": "n period periods window lag days shift",
    "halflife": "half_life",
    "q": "quantile quantiles",
    "bins": "n k quantiles groups q",
    "n": "top k count size n_iter",
    "limit": "limits cutoff lower clip quantile",
    "groups": "group by groupby sector industry within",
    "exposures": "exposure factors factor on against",
    "weights": "weight sample_weight",
    "horizon": "n days period periods window length",
    "folds": "n_splits n_folds cv splits",
    "embargo": "gap purge purged_size embargo_size pct_embargo",
    "test_groups": "n_test_splits n_test_groups n_test_folds",
    "trials": "n_trials tried",
    "space": "param_grid params param_distributions grid",
    "model": "estimator",
    "seed": "random_state",
    "score": "scoring metric",
    "fill": "strategy value method fill_value",
    "knots": "n_quantiles",
    "market": "benchmark index",
    "condition": "cond mask",
    "exponent": "power",
    "low": "lower min a_min",
    "high": "upper max a_max",
    "preprocess": "preprocessing steps",
    "universe": "mask",
    "x": "series values arr expr expression factor",
    "y": "other target label",
    # of estimators
    "alpha": "lambda_ lambd lam lmbda l2 penalty reg regularization",
    "random_state": "seed",
    "n_estimators": "n_trees num_trees num_boost_round num_round iterations",
    "learning_rate": "lr eta shrinkage",
    "fit_intercept": "intercept",
    "n_components": "components n_factors",
}
ALSO_CALLED: Mapping[str, frozenset[str]] = {ours: frozenset(words.split()) for ours, words in _ALSO.items()}
"""Our parameter: what the same is called elsewhere."""

_LEFT_OUT = {
    "a full window has a value, any other has none": "min_periods min_samples center closed",
    "ties take their average": "method ties na_option pct kind",
    "over time is ts.*, across assets cs.*": "axis level",
    "the docs of each say how it treats missing values; none is filled": "skipna dropna na fill_method ignore_na numeric_only raw",
    "one thread, so that every run has the same bits": "n_jobs verbose refit pre_dispatch error_score return_train_score",
    "windows count sessions": "freq offset origin on",
    "weights are scaled to sum to 1": "adjust normalize normalise",
}
LEFT_OUT: Mapping[str, str] = {word: why for why, words in _LEFT_OUT.items() for word in words.split()}
"""Parameters of other libraries that nothing stands for, and why."""


class _Call:
    """A call that was refused: the word as it is written, its parameters, and what was given."""

    def __init__(
        self, where: str, function: Callable[..., object], args: Sequence[object], given: Mapping[str, object]
    ) -> None:
        self.where = where
        every = list(inspect.signature(function).parameters.values())
        if every and every[0].name == "self":
            every, args = every[1:], args[1:]
        self.parameters = [p for p in every if p.kind is not p.VAR_KEYWORD]
        self.names = [p.name for p in self.parameters]
        free = [p.name for p in self.parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
        self.args = list(args)
        self.extra = self.args[len(free) :]
        self.by_place = dict(zip(free, self.args, strict=False))
        self.given = dict(given)

    @property
    def signature(self) -> str:
        """``ts.ewm(x, halflife, window=None)``."""
        inside = [p.name if p.default is p.empty else f"{p.name}={_text(p.default)}" for p in self.parameters]
        return f"{self.where}({', '.join(inside)})"

    def written(self, **changed: object) -> str:
        """The call as it would be right: what was given and is known, ``changed``, and an example for what is missing."""
        values = {**self.by_place, **{k: v for k, v in self.given.items() if k in self.names}, **changed}
        inside, by_place = [], True
        for parameter in self.parameters:
            name = parameter.name
            if name in values:
                text = _operand(name, values[name])
            elif parameter.default is parameter.empty:
                text = _EXAMPLES.get(name, name)
            else:
                by_place = False
                continue
            named = (
                not by_place
                or (name == "y" and "X" in self.names)
                or parameter.kind is parameter.KEYWORD_ONLY
                or name in _NAMED
            )
            inside.append(f"{name}={text}" if named else text)
        return f"{self.where}({', '.join(inside)})"


_NAMED = frozenset(
    {"X", "halflife", "groups", "exposures", "weights", "by", "market", "universe", "folds", "score"}
)
_EXAMPLES = {
    "window": "20",
    "d": "1",
    "limit": "5",
    "halflife": "10",
    "q": "0.05",
    "bins": "5",
    "n": "500",
    "groups": "data.sector",
    "horizon": "10",
    "exponent": "0.5",
    "low": "-3",
    "high": "3",
    "label": "fwd_ret_10d",
    "name": "'sector'",
    "model": "Ridge()",
    "space": '{"alpha": [0.1, 1, 10]}',
    "X": "[features.ret(20)]",
    "weights": "features.adv(20)",
    "universe": "cs.top(features.adv(20), 500)",
}


def _operand(name: str, value: object) -> str:
    """A value as it is written again: numbers and texts as they are, an expression by what its parameter is called."""
    if isinstance(value, tuple | list) and name in {"limit", "q"} and value and _is_number(value[0]):
        value = value[0]
    if getattr(value, "lookahead", 0):
        return f"fwd_ret_{value.lookahead}d"  # type: ignore[attr-defined]  # only a label has one
    if isinstance(value, bool | int | str | None) or _is_number(value):
        return _text(value)
    if isinstance(value, Mapping) or (isinstance(value, list | tuple) and all(map(_is_number, value))):
        return repr(value)
    if str(value) in {"sector", "industry", "country", "exchange", "sub_industry"}:
        return f"data.{value}"
    return _EXAMPLES.get(name, name) if name in {"model", "label", "X", "weights", "universe"} else name


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) or getattr(getattr(value, "dtype", None), "kind", "") in {"i", "f"}


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, str):
        return f'"{value}"' if '"' not in value else repr(value)
    return str(value) if _is_number(value) else repr(value)


Habit = Callable[[_Call, object], str | None]


def _halved(parameter: str) -> Habit:
    def habit(call: _Call, value: object) -> str | None:
        halflife = halflife_of(parameter, value) if "halflife" in call.names else None
        return None if halflife is None else f"write {call.written(halflife=round(halflife, 2))}"

    return habit


def _grouped(call: _Call, value: object) -> str | None:
    space, _, word = call.where.partition(".")
    if space != "cs":
        return None
    groups = f"data.{value}" if isinstance(value, str) and value.isidentifier() else _operand("groups", value)
    groups = "data.sector" if groups == "groups" else groups
    if word in VOCABULARY["group"]:
        return f"within groups it is group.*: write group.{word}(x, {groups})"
    return f"within groups: {call.where} of group.demean(x, {groups})"


def _ascending(call: _Call, value: object) -> str | None:
    if "x" not in call.names:
        return None
    return f"write {call.where}({'x' if value else '-x'}): the least has the least rank"


def _annualised(call: _Call, value: object) -> str:
    return f"write {call.written()} * 252 ** 0.5" if value else f"write {call.written()}"


def _deviations(call: _Call, value: object) -> str | None:
    window = call.by_place.get("window", call.given.get("window"))
    if value == 1 or not isinstance(window, int) or window < 2:
        return f"write {call.written()}: it has ddof=1"
    power = "" if call.where.endswith("var") else " ** 0.5"
    return f"write {call.written()} * ({window - 1} / {window}){power}: it has ddof=1"


def _masked(call: _Call, _: object) -> str | None:
    if call.where.partition(".")[0] != "cs":
        return None
    return f"write {call.where}(where(x, condition)), or give the model universe=condition"


def _one_end(call: _Call, value: object) -> str | None:
    """``clip`` of one side."""
    if call.where != "x.clip":
        return None
    ends = {"low": "lower min a_min low".split(), "high": "upper max a_max high".split()}
    got = {ours: call.given[w] for ours, words in ends.items() for w in words if w in call.given}
    if len(got) == 2:
        return f"write {call.written(**got)}"
    return f"write x.{'maximum' if 'low' in got else 'minimum'}({_operand('y', value)})"


HABITS: Mapping[str, Habit] = {
    **{word: _halved(word) for word in ("span", "com", "alpha")},
    **dict.fromkeys(("by", "group", "groups", "groupby", "sector", "industry"), _grouped),
    "ascending": _ascending,
    "descending": lambda call, value: _ascending(call, not value),
    **dict.fromkeys(("annualize", "annualise", "annualized", "annualised", "ann"), _annualised),
    "ddof": _deviations,
    **dict.fromkeys(("mask", "universe", "where"), _masked),
    **dict.fromkeys(("lower", "upper", "min", "max", "a_min", "a_max", "low", "high"), _one_end),
}
"""Keywords of pandas, zipline, qlib and scikit-learn: what is written here. None where a word means nothing for the call."""


def answered(where: str, function: Callable[_P, _R]) -> Callable[_P, _R]:
    """``function``, called ``where`` by its users; a call that cannot be bound to its parameters, or an operand that is none, is
    answered in that name.

    Raises:
        AlphaBenchError: R03 for a call without a needed argument, or with one too many; R09 for an operand that is none.
    """

    @wraps(function)
    def called(*args: _P.args, **params: _P.kwargs) -> _R:
        try:
            return function(*args, **params)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # raised inside, not by the call
            raise wrong_call(where, function, args, params) from None
        except AlphaBenchError as error:
            renamed = _in_the_users_word(error, where, function, args, params)
            if renamed is None:
                raise
            raise renamed from None

    return called


def answer_calls(namespace: MutableMapping[str, object], where: str, names: Sequence[str]) -> None:
    """:func:`answered` for each of the ``names`` of a module; with ``where`` empty they are called by their name alone."""
    for name in names:
        function = namespace[name]
        if callable(function):
            namespace[name] = answered(f"{where}.{name}" if where else name, function)


def answer_methods(cls: type, where: str, names: Sequence[str]) -> None:
    """:func:`answered` for each of the methods ``names`` of a class, whose objects are written ``where``."""
    for name in names:
        setattr(cls, name, answered(f"{where}.{name}", getattr(cls, name)))


def wrong_call(
    where: str, function: Callable[..., object], args: Sequence[object], given: Mapping[str, object]
) -> AlphaBenchError:
    """The error of a call that cannot be bound: what is wrong, the signature, and the call that is probably meant."""
    call = _Call(where, function, args, given)
    unknown = [name for name in given if name not in call.names]
    if unknown:
        what = f"has no parameter {unknown[0]!r}"
        fix = _instead_of(call, unknown[0], given[unknown[0]])
    elif call.extra:
        what = f"takes {len(call.by_place)} argument{'s' * (len(call.by_place) != 1)}, got {len(call.args)}"
        fix = _too_many(call)
    else:
        known = {*call.by_place, *given}
        twice = [name for name in call.by_place if name in given]
        missing = [p.name for p in call.parameters if p.default is p.empty and p.name not in known]
        what = f"is given {twice[0]} twice" if twice else f"needs {' and '.join(missing)}"
        fix = f"write {call.written()}"
    return DefinitionError("R03", f"{where} {what}; it is {call.signature}", fix, name=where)


def _instead_of(call: _Call, name: str, value: object) -> str:
    habit = HABITS.get(name)
    said = habit(call, value) if habit is not None else None
    if said is not None:
        return said
    ours = parameter_meant(name, [n for n in call.names if n not in call.by_place])
    if ours is not None:
        return f"write {call.written(**{ours: value})}"
    why = LEFT_OUT.get(name)
    return f"leave {name} out{f' ({why})' if why else ''}: write {call.written()}"


def parameter_meant(name: str, names: Iterable[str]) -> str | None:
    """Which of ``names`` another library calls ``name``, or which is near to it, or None."""
    known = list(names)
    return next((n for n in known if name in ALSO_CALLED.get(n, ())), None) or nearest(name, known)


def _too_many(call: _Call) -> str:
    if call.where == "where":
        return "of two values it is if_else: write if_else(condition, x, y)"
    if call.where in {"standardize", "winsorize", "impute", "rank"}:
        return step_of_expression(call.where)
    return f"write {call.written()}"


_STEP_MEANT = {"standardize": "cs.zscore(x)", "winsorize": "cs.winsorize(x, 0.01)", "rank": "cs.rank(x)"}


def step_of_expression(step: str) -> str:
    """What is meant where a step of the model's preprocessing was given an expression."""
    feature = _STEP_MEANT.get(step, "ts.backfill(x, 5)")
    return f"{step} is a step: preprocess=[{step}()]; of an expression write {feature}"


def _in_the_users_word(
    error: AlphaBenchError,
    where: str,
    function: Callable[..., object],
    args: Sequence[object],
    given: Mapping[str, object],
) -> AlphaBenchError | None:
    """``error`` of the underlying operator, in terms of the word that was written; None where it speaks of that already."""
    head, colon, rest = error.message.partition(": ")
    if "operand" in error.context:
        value = error.context["operand"]
        call = _Call(where, function, args, given)
        named = [n for n, v in {**call.by_place, **given}.items() if v is value]
        if not named or head.startswith(f"{where}: "):
            return None
        what = f"{where}: {named[0]} is {_short(value)}, a {type(value).__name__}; an expression is needed"
        return type(error)(error.code, what, _operand_fix(call, named[0], value, error.fix))
    if colon and head != where and head in OPERATORS:
        return type(error)(error.code, f"{where}: {rest}", error.fix, **error.context)
    return None


def _operand_fix(call: _Call, name: str, value: object, otherwise: str) -> str:
    if name == "market":
        return (
            "leave it out for the mean of all assets, or give a return, such as "
            f"{call.where}(market=group.mean(features.ret(1), data.sector))"
        )
    if isinstance(value, str) and value.isidentifier():
        return f"a field is written data.{value}, a name of yours without quotes"
    return otherwise


def _short(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 40 and "\n" not in shown else "given"
