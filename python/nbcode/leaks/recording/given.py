"""The arguments of a recorded call: which of them is what, and what they say of the object that learns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from nbcode.leaks.lineage import Best, Kind
from nbcode.leaks.recording.hooks import LIBRARIES
from nbcode.leaks.tables import is_frame, is_indexed, is_polars, polars_columns
from nbcode.primitives import dataclass

WEIGHTS = ("sample_weight", "weight", "weights")
X_NAMES = ("X", "data", "exog", "x", "features")
_ADDRESS = re.compile(r" at 0x[0-9A-Fa-f]+")
_STOPS = ("early_stopping_rounds", "early_stopping_round", "use_best_model", "od_wait")
Y_NAMES = ("y", "label", "endog", "target")
_NAMES: WeakKeyDictionary[type, tuple[str, ...]] = WeakKeyDictionary()
GIVES_FEATURES = frozenset(
    {"predict", "predict_proba", "predict_log_proba", "decision_function", "apply", "kneighbors"}
)
GIVES_ROWS = frozenset({"fit_transform", "fit_predict", "cross_val_predict"})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Given:
    """What a wrapped function was called with; ``group`` as :data:`nbcode.leaks.hooks.Wrap` has it."""

    group: str
    name: str
    args: tuple[Any, ...]
    keywords: dict[str, Any]

    @property
    def owner(self) -> Any:
        return self.args[0] if self.group != "function" and self.args else None

    @property
    def trains(self) -> bool:
        return self.group == "function" and self.name in {"train", "cv"}

    @property
    def gives_nothing_but_x(self) -> bool:
        """Whether a method was called with one argument, or X by its name."""
        return len(self.args) + len(self.keywords) == 2 and set(self.keywords) <= set(X_NAMES)

    @property
    def is_inner(self) -> bool:
        """Whether it is no call of its own: a fit of statsmodels, whose model was recorded when it was made, or rows that it goes on with."""
        return self.group in {"inner", "more"}

    @property
    def kind(self) -> Kind:
        if self.group == "apply":
            return Kind.APPLY
        if self.name == "train_test_split":
            return Kind.SPLIT
        return Kind.VALIDATE if self.group == "function" and self.name != "train" else Kind.FIT

    def one(self, names: Sequence[str], at: int) -> Any:
        """The argument that is called so, or stands at that place after the owner; None where it is not given."""
        for name in names:
            if name in self.keywords:
                return self.keywords[name]
        given = self.args if self.group == "function" else self.args[1:]
        return given[at] if len(given) > at else None


_TABLES: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def tables_in(value: Any) -> Iterator[Any]:
    """A table, or the tables that a list, a dict or an object of the notebook's own holds."""
    if _is_table(value):
        yield value
    elif isinstance(value, dict):
        yield from (one for one in list(value.values())[:50] if _is_table(one))
    elif isinstance(value, list | tuple):
        yield from (one for one in value[:50] if _is_table(one))
    elif getattr(type(value), "__module__", "") == "__main__" and hasattr(value, "__dict__"):
        yield from (one for one in list(vars(value).values())[:50] if _is_table(one))


def _is_table(value: Any) -> bool:
    """Asked of every name of a cell at every call that is looked for: once a type."""
    kind = type(value)
    if kind not in _TABLES:
        _TABLES[kind] = isinstance(value, np.ndarray) or is_indexed(value) or is_polars(value)
    return _TABLES[kind]


def text_of(spelled: Mapping[object, str], names: Sequence[str], at: int) -> str:
    """How an argument is written: by the first of its ``names`` that is there, else by its place."""
    return next((spelled[name] for name in names if name in spelled), spelled.get(at, ""))


def size_of(value: Any) -> int | None:
    """How many rows it has, None where that is not known."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape:
        return int(shape[0]) if isinstance(shape[0], int) else None
    if isinstance(value, list | tuple):
        return len(value)
    return None


def column_names(value: Any) -> tuple[str, ...]:
    """What the columns are called, as far as they are."""
    if is_frame(value):
        return tuple(map(str, value.columns[:200]))
    if is_polars(value):
        return tuple(name for name, _ in polars_columns(value))[:200]
    name = getattr(value, "name", None) if is_indexed(value) else None
    return () if name is None else (str(name),)


def evaluations(keywords: Mapping[str, Any], spelled: Mapping[object, str]) -> Iterator[tuple[str, Any]]:
    """The tables of ``eval_set=[(X, y), ...]`` and ``X_val=``."""
    for name in ("X_val", "X_valid", "eval_X"):
        if keywords.get(name) is not None:
            yield spelled.get(name, name), keywords[name]
    sets = keywords.get("eval_set")
    if sets is None:
        return
    every = [sets] if isinstance(sets, tuple) or not isinstance(sets, list) else sets
    for one in every:
        yield spelled.get("eval_set", "eval_set"), one[0] if isinstance(one, tuple | list) and one else one


def is_transformer(owner: Any) -> bool:
    """Whether it changes tables, and foretells no label: a scaler, a selection, also clusters."""
    return owner is not None and hasattr(type(owner), "transform") and not foretells(owner)


def used_columns(owner: Any, value: Any) -> Any:
    """Of a frame the columns that a formula names on its right side, or that a transformer of columns does, where it leaves the others out."""
    formula = getattr(model_of(owner), "formula", None)
    if isinstance(formula, str) and is_frame(value):
        return value[[c for c in value.columns if _named(str(c), formula.partition("~")[2])]]
    steps = getattr(owner, "steps", None)
    first = steps[0][-1] if isinstance(steps, list) and steps else owner
    parts = getattr(first, "transformers", None)
    if not is_frame(value) or not isinstance(parts, list) or getattr(first, "remainder", None) != "drop":
        return value
    named = [
        name
        for *_, names in parts
        for name in ([names] if isinstance(names, str) else names if isinstance(names, list) else [None])
    ]
    if any(not isinstance(name, str) for name in named):
        return value
    return value[[name for name in value.columns if name in set(named)]]


def _named(name: str, formula: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", formula) is not None


def foretells(owner: Any) -> bool:
    """Whether it is a regressor or a classifier, or a search or a pipeline that ends in one."""
    names = {base.__name__ for base in type(owner).__mro__}
    steps = getattr(owner, "steps", None)
    if isinstance(steps, list) and steps:
        return foretells(steps[-1][-1])
    inner = getattr(owner, "estimator", None)
    if inner is not None and type(owner).__name__.endswith("SearchCV"):
        return foretells(inner)
    return bool(names & {"RegressorMixin", "ClassifierMixin", "CatBoost", "LGBMModel", "XGBModel"}) or (
        hasattr(type(owner), "predict")
        and not hasattr(type(owner), "transform")
        and "ClusterMixin" not in names
    )


def stops_early(given: Given) -> bool:
    """Whether the fit ends by how well it does on the evaluation set."""
    owner, keywords = given.owner, given.keywords
    if any(keywords.get(name) or getattr(owner, name, None) for name in _STOPS):
        return True
    settings = (
        [*given.args[:2], keywords.get("params")] if given.trains else [getattr(owner, "_init_params", None)]
    )
    if any(isinstance(one, dict) and any(one.get(name) for name in _STOPS) for one in settings):
        return True
    if keywords.get("X_val") is not None:
        return getattr(owner, "early_stopping", False) is not False
    if type(owner).__name__.startswith("CatBoost") and keywords.get("eval_set") is not None:
        return True
    callbacks = keywords.get("callbacks") or getattr(owner, "callbacks", None) or ()
    return any("early" in f"{type(one).__name__} {getattr(one, '__name__', '')}".lower() for one in callbacks)


def settings_of(given: Given) -> str:
    """The parameters of an estimator, or those that a training function is given, as text, to tell two apart."""
    try:
        if given.trains:
            held: Any = sorted(dict(given.args[0] if given.args else given.keywords["params"]).items())
        else:
            held = _parameters(given.owner)
        return _ADDRESS.sub("", repr(held))[:2_000]
    except Exception:
        return ""


def best_of(search: Any) -> Best | None:
    """The best score of a search that was fitted, None where it keeps none."""
    try:
        return Best(score=float(search.best_score_), count=len(search.cv_results_["params"]))
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def figures_in(report: object) -> Iterator[tuple[str, float]]:
    """The numbers of a dict, a Series or the like, by name; of what stands in another inside by the name of that."""
    items = getattr(report, "items", None)
    for name, value in list(items()) if callable(items) else ():
        if isinstance(value, bool):
            continue
        if isinstance(value, int | float | np.number):
            yield str(name), float(value)
        elif hasattr(value, "items"):
            yield from ((f"{name}.{inner}", one) for inner, one in figures_in(value))


def _parameters(value: Any) -> Any:
    """Of an estimator its parameters by name, and so of those in it; anything else as it is."""
    if isinstance(value, list | tuple):
        return [_parameters(one) for one in value]
    kind = type(value)
    if isinstance(value, type) or not hasattr(kind, "get_params"):
        return value
    if kind.get_params.__module__ != "sklearn.base":
        return kind.__name__, sorted(value.get_params(deep=False).items(), key=lambda one: one[0])
    names = _NAMES.get(kind)
    if names is None:
        names = _NAMES[kind] = tuple(value._get_param_names())  # noqa: SLF001 - reads the signature, which is slow
    return kind.__name__, [(name, _parameters(getattr(value, name, None))) for name in names]


def model_of(owner: Any) -> Any:
    """What learnt: statsmodels' results are of their model."""
    if type(owner).__module__.partition(".")[0] == "statsmodels":
        return getattr(owner, "model", owner)
    return owner


def shown_splitter(splitter: Any) -> str:
    """How a splitter reads."""
    name = type(splitter).__name__
    try:
        return (
            " ".join(_ADDRESS.sub("", repr(splitter)).split())[:120]
            if type(splitter).__module__.partition(".")[0] in LIBRARIES
            else f"{name}.split"
        )
    except Exception:
        return f"{name}.split"


def fold_positions(fold: Any) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """The training and the tested positions of one fold; nothing where it gives something else."""
    try:
        train, test = (np.asarray(part) for part in fold)
    except (TypeError, ValueError):
        return []
    if train.dtype.kind == "b":
        train, test = np.flatnonzero(train), np.flatnonzero(test)
    if train.dtype.kind not in "iu" or test.dtype.kind not in "iu":
        return []
    return [(train.astype(np.int64), test.astype(np.int64))]
