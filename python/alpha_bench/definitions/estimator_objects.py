"""Estimators as values: a path from the allow-list, every parameter checked and written, also the defaults."""

from __future__ import annotations

import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Protocol, TypeAlias, overload

from alpha_bench.definitions.estimator_registry import ALLOWED, DEFAULTS, FORCED
from alpha_bench.definitions.estimator_spec import (
    BOOSTED,
    LIGHTGBM,
    LINEAR,
    REAL,
    RIDGE,
    XGBOOST,
    EstimatorSpec,
    Parameter,
    is_real,
)
from alpha_bench.definitions.model import Features, ModelDefinition, define_model
from alpha_bench.definitions.preprocessing import Step
from alpha_bench.errors import DefinitionError, MissingLibraryError, nearest
from alpha_bench.expressions import Expr, answer_methods, parameter_meant


class _Shaped(Protocol):
    @property
    def shape(self) -> tuple[int, ...]: ...


Table: TypeAlias = _Shaped | Sequence[Sequence[float]] | Sequence[float]
"""A frame, an array, or rows of numbers: what scikit-learn fits."""


class Estimator(EstimatorSpec):
    """What ``Ridge(alpha=2.0)`` is: a value that names an estimator and knows how to put a model together."""

    __slots__ = ()

    @overload
    def fit(
        self,
        X: Features,
        y: Expr,
        *,
        universe: Expr | None = None,
        weights: Expr | None = None,
        preprocess: Step | Iterable[Step] = (),
    ) -> ModelDefinition: ...

    @overload
    def fit(self, X: Table, y: Table | None = None) -> Any: ...

    def fit(
        self,
        X: Features | Table,
        y: Expr | Table | None = None,
        *,
        universe: Expr | None = None,
        weights: Expr | None = None,
        preprocess: Step | Iterable[Step] = (),
    ) -> Any:
        """With expressions and a label: a :class:`ModelDefinition`, nothing computed. With frames or arrays: scikit-learn's
        estimator of that name, fitted on them, as in plain scikit-learn.

        Raises:
            AlphaBenchError: R31, R32, R33 as :func:`alpha_bench.definitions.model.define_model`.
        """
        if _is_data(X):
            if isinstance(y, Expr):
                raise DefinitionError(
                    "R33",
                    f"X is values and y is the expression {y}",
                    fix="write both as expressions: X=[features.ret(20)], y=fwd_ret_10d; or give both as frames: y=y.to_frame(); "
                    "values computed elsewhere come in as a declared input: inputs in [meta]",
                )
            return instantiate(self).fit(X, y)
        return define_model(self, X, y, universe=universe, weights=weights, preprocess=preprocess)

    def changed(self) -> dict[str, Parameter]:
        """The parameters that are not the default: what a card shows."""
        defaults = defaults_of(self.path)
        return {k: v for k, v in self.params if k not in defaults or not _same(v, defaults[k])}

    def __repr__(self) -> str:
        inside = ", ".join(f"{k}={v!r}" for k, v in self.changed().items())
        return f"{self.name}({inside})"


answer_methods(Estimator, "Ridge()", ("fit",))


def _is_data(value: object) -> bool:
    """Frames, arrays, and lists of rows of numbers; expressions and lists of them are not."""
    if isinstance(value, list | tuple):
        return (
            bool(value)
            and not any(isinstance(row, Expr | str) for row in value)
            and hasattr(value[0], "__len__")
        )
    return hasattr(value, "shape") and not isinstance(value, Expr)


def _same(left: Parameter, right: Parameter) -> bool:
    return type(left) is type(right) and left == right


class Unfitted(Protocol):
    """An object of scikit-learn that holds parameters and no fit."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - scikit-learn's signature
        """By name."""


def estimator(path: str | Unfitted, /, **params: object) -> Estimator:
    """Name any scikit-learn regressor: ``estimator("sklearn.ensemble.RandomForestRegressor", random_state=0)``.

    An unfitted scikit-learn object is understood too. Random estimators need ``random_state``; ``n_jobs`` is 1.

    Raises:
        AlphaBenchError: R24 for a name outside the allow-list, R25 for an unknown parameter, R26 for a value that is not
            plain data, R27 for one that would not give the same model twice.
    """
    if isinstance(path, str):
        return make_estimator(path, params)
    if params:
        raise DefinitionError(
            "R25", "parameters beside an estimator object", fix="set them on the object itself"
        )
    return _from_object(path)


def make_estimator(path: str, params: Mapping[str, object]) -> Estimator:
    """The one constructor: defaults filled in, values checked. Raises as :func:`estimator` does."""
    _check_allowed(path)
    defaults = defaults_of(path)
    for name in params:
        if name not in defaults:
            raise DefinitionError("R25", f"{path} has no parameter {name!r}", fix=_nearest(name, defaults))
    values = {
        name: _value(path, name, params[name]) if name in params else defaults[name] for name in defaults
    }
    values |= _settled(path, values)
    return Estimator(path, tuple(sorted(values.items(), key=lambda item: item[0])))


def defaults_of(path: str) -> Mapping[str, Parameter]:
    """Every parameter of an allowed estimator with its default; imports scikit-learn for all but the linear ones."""
    if path in DEFAULTS:
        return DEFAULTS[path]
    found: dict[str, Parameter] = {}
    for name, parameter in inspect.signature(library_class(path)).parameters.items():
        if parameter.kind in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}:
            continue
        default = None if parameter.default is parameter.empty else parameter.default
        found[name] = 1 if name == "n_jobs" else _value(path, name, default)
    return found


def library_class(path: str) -> type[Any]:
    """The class behind an allowed path. Raises AlphaBenchError: R24 for any other path, R60 where its library is missing."""
    _check_allowed(path)
    check_installed(path)
    module, _, name = path.rpartition(".")
    found: type[Any] = getattr(import_module(module), name)
    return found


def check_installed(path: str) -> None:
    """Raises AlphaBenchError R60 where the library of ``path`` is an optional one, and is not installed."""
    package = path.partition(".")[0]
    if path in BOOSTED and find_spec(package) is None:
        raise MissingLibraryError(
            "R60",
            f"{path.rpartition('.')[2]} needs the package {package}, which is not installed",
            fix="pip install 'alpha-bench[boost]', or use HistGB, which needs nothing more",
            package=package,
        )


def instantiate(spec: EstimatorSpec) -> Any:
    """The unfitted object of ``spec``, of scikit-learn or a library that keeps to its interface."""
    kind = library_class(spec.path)
    pairs = {name for name, p in inspect.signature(kind).parameters.items() if isinstance(p.default, tuple)}
    return kind(**{name: _thaw(value, name in pairs) for name, value in spec.params})


def with_parameters(spec: EstimatorSpec, changes: Mapping[str, object]) -> Estimator:
    """``spec`` with some parameters changed; ``step__parameter`` is one of an estimator inside it, as in scikit-learn.

    Raises:
        AlphaBenchError: R25 for an unknown one, R26 and R27 for its value.
    """
    values: dict[str, object] = dict(spec.values())
    for name, value in changes.items():
        outer, _, inner = name.partition("__")
        if not inner:
            values[name] = value
            continue
        held = values.get(outer)
        if isinstance(held, EstimatorSpec):
            values[outer] = with_parameters(held, {inner: value})
            continue
        steps = values.get("steps", values.get("estimators"))
        pairs = [list(p) for p in steps] if isinstance(steps, tuple) else []
        found = next((p for p in pairs if p[0] == outer and isinstance(p[1], EstimatorSpec)), None)
        if found is None:
            raise DefinitionError("R25", f"{spec.path} holds no estimator {outer!r}", fix=f"see {spec!r}")
        found[1] = with_parameters(found[1], {inner: value})
        values["steps" if "steps" in values else "estimators"] = pairs
    return make_estimator(spec.path, values)


def _thaw(value: Parameter, as_tuple: bool = False) -> object:  # noqa: FBT001, FBT002
    """Lists as scikit-learn wants them: a list, or a tuple where its own default is one."""
    if isinstance(value, EstimatorSpec):
        return instantiate(value)
    if isinstance(value, tuple):
        inside = [_thaw(v) for v in value]
        return tuple(inside) if as_tuple else inside
    return value


def _check_allowed(path: str) -> None:
    module, _, name = path.rpartition(".")
    if name in ALLOWED.get(module, frozenset()):
        return
    paths = {f"{m}.{n}": n for m, names in ALLOWED.items() for n in names}
    same_name = next((p for p, n in paths.items() if n == name), None)
    close = same_name or nearest(path, paths)
    hint = f"write {close!r}" if close else "use one of scikit-learn's regressors by its public import path"
    raise DefinitionError("R24", f"{path!r} is not an estimator that a definition may name", fix=hint)


def _nearest(name: str, known: Iterable[str]) -> str:
    close = parameter_meant(name, known)
    return f"did you mean {close!r}?" if close else f"it has: {', '.join(sorted(known))}"


def _value(path: str, name: str, value: object) -> Parameter:
    """Freeze one parameter; numpy scalars become Python's. R26 for anything that is not plain data."""
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if is_real(path, name) and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if (
        path in LINEAR
        and name in REAL
        and not (isinstance(value, float) and math.isfinite(value) and value >= 0)
    ):
        raise DefinitionError(
            "R26", f"{name} of {path} is {value!r}", fix=f"give a finite number {name} >= 0"
        )
    if path in LINEAR and name == "l1_ratio" and isinstance(value, float) and value > 1:
        raise DefinitionError(
            "R26", f"l1_ratio of {path} is {value!r}", fix="give a number from 0 (all L2) to 1 (all L1)"
        )
    if isinstance(value, float) and math.isnan(value):
        return math.nan  # one object, so that equal definitions compare equal
    if isinstance(value, EstimatorSpec) and value.path in BOOSTED:
        raise DefinitionError(
            "R26",
            f"{name} of {path} is {value.name}, which cannot be saved inside another estimator",
            fix="use it alone, with preprocess=[...] for what should come before it",
        )
    if value is None or isinstance(value, bool | int | float | str | EstimatorSpec):
        return value
    if isinstance(value, list | tuple):
        return tuple(_value(path, name, v) for v in value)
    if hasattr(value, "get_params") and hasattr(value, "fit"):
        return _from_object(value)
    raise DefinitionError(
        "R26",
        f"{name} of {path} is a {type(value).__name__}, which cannot be written as data",
        fix="use numbers, text, lists of them, or an estimator",
    )


def _settled(path: str, values: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """What would make two fits differ is set (``n_jobs``) or refused (no seed)."""
    settled: dict[str, Parameter] = {}
    for name, wanted in FORCED.get(path, {}).items():
        if values[name] not in {wanted, None}:
            raise DefinitionError(
                "R27",
                f"{name}={values[name]!r} of {path}: with anything but {wanted!r} two fits may differ",
                fix=f"leave {name} out",
            )
        settled[name] = wanted
    if path == XGBOOST and values["missing"] == values["missing"]:
        raise DefinitionError(
            "R26", f"missing of {path} is {values['missing']!r}", fix="leave missing out: here it is NaN"
        )
    if path in BOOSTED and values[_BOOSTER[path]] not in {None, "gbdt", "gbtree"}:
        raise DefinitionError(
            "R26",
            f"{_BOOSTER[path]} of {path} is {values[_BOOSTER[path]]!r}",
            fix=f"leave {_BOOSTER[path]} out: boosted trees are what can be saved",
        )
    if "n_jobs" in values:
        if values["n_jobs"] not in {None, 1}:
            raise DefinitionError(
                "R27",
                f"n_jobs={values['n_jobs']!r} of {path} makes sums in an order that varies",
                fix="leave n_jobs out",
            )
        settled["n_jobs"] = 1
    if "random_state" in values and not isinstance(values["random_state"], int) and _is_random(path, values):
        raise DefinitionError(
            "R27", f"{path} draws random numbers and has no seed", fix="add random_state=0 (any whole number)"
        )
    return settled


_BOOSTER = {LIGHTGBM: "boosting_type", XGBOOST: "booster"}


def _is_random(path: str, values: Mapping[str, Parameter]) -> bool:
    if path == RIDGE:
        return values["solver"] in {"sag", "saga"}
    if "selection" in values:
        return values["selection"] == "random"
    return not path.startswith(("sklearn.linear_model.Lars", "sklearn.linear_model.LassoLars"))


def _from_object(value: object) -> Estimator:
    """An unfitted scikit-learn object as a value, by its public path."""
    if isinstance(value, Estimator):
        return value
    kind = type(value)
    parts = kind.__module__.split(".")
    module = ".".join(parts[: 2 if parts[0] == "sklearn" else 1])
    if isinstance(value, type) or not hasattr(value, "get_params"):
        raise DefinitionError(
            "R24",
            f"{value!r} is not an estimator",
            fix='name one, such as estimator("sklearn.linear_model.Ridge")',
        )
    if any(name.endswith("_") and not name.startswith("_") for name in vars(value)):
        raise DefinitionError(
            "D17",
            f"{kind.__name__} is already fitted, and a definition holds parameters only",
            fix="give it unfitted, such as sklearn.base.clone(it): each fold fits its own",
        )
    return make_estimator(f"{module}.{kind.__name__}", value.get_params(deep=False))


def estimator_from_plain(plain: Mapping[str, object]) -> Estimator:
    """The inverse of :meth:`EstimatorSpec.to_plain`; parameters that are left out take their defaults."""
    path, params = plain.get("estimator"), plain.get("params", {})
    if not isinstance(path, str) or not isinstance(params, Mapping) or set(plain) - {"estimator", "params"}:
        raise DefinitionError(
            "R34", f"an estimator is {{estimator, params}}, got {sorted(plain)}", fix="see describe(Ridge())"
        )
    return make_estimator(path, {str(name): thaw_plain(value) for name, value in params.items()})


def thaw_plain(value: object) -> object:
    """The inverse of :func:`alpha_bench.definitions.estimator_spec.plain_parameter`."""
    if isinstance(value, Mapping):
        return float(str(value["float"])) if set(value) == {"float"} else estimator_from_plain(value)
    return [thaw_plain(v) for v in value] if isinstance(value, list | tuple) else value
