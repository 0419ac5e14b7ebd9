"""Results of statsmodels and linearmodels: parameters, link and design as data. Reading them needs neither library.

What predicts row by row is kept so that it predicts: its answer on the model's own rows is compared before it is kept. Everything
else (rolling regressions, time series) keeps its parameters, and says that it does not predict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from alpha_bench.errors import DataError, SavedModelError
from alpha_bench.fitting.serialization import formula_design
from alpha_bench.fitting.serialization.plain_values import array_of, plain, plain_array, value_of
from alpha_bench.runtime import Floats

_LIBRARIES = ("statsmodels.", "linearmodels.")
_STATISTICS = ("aic", "bic", "llf", "nobs", "rsquared", "rsquared_adj")
_BY_PARAMETER = ("bse", "std_errors", "tvalues", "tstats", "pvalues")
_RELATIVE, _ABSOLUTE = 1e-8, 1e-12


def _normal(z: Any) -> Any:
    from scipy.special import ndtr

    return ndtr(z)


def _softmax(z: Any) -> Any:
    """Classes of a multinomial logit, the first of which has no parameters."""
    z = np.column_stack([np.zeros(len(z)), z])
    grown: Sequence[float] = np.exp(z - z.max(axis=1, keepdims=True))
    return grown / np.sum(grown, axis=1, keepdims=True)


RESPONSES: Mapping[str, Callable[[Any], Any]] = {
    "identity": lambda z: z,
    "exp": np.exp,
    "logistic": lambda z: 1.0 / (1.0 + np.exp(-z)),
    "normal": _normal,
    "cloglog": lambda z: 1.0 - np.exp(-np.exp(z)),
    "loglog": lambda z: np.exp(-np.exp(-z)),
    "inverse": lambda z: 1.0 / z,
    "inverse squared": lambda z: z**-0.5,
    "square": lambda z: z**2,
    "softmax": _softmax,
}
"""The mean response by the linear predictor."""

_LINKS = {
    "CLogLog": "cloglog", "Identity": "identity", "InversePower": "inverse", "InverseSquared": "inverse squared", "Log": "exp",
    "LogLog": "loglog", "Logit": "logistic", "Probit": "normal", "Sqrt": "square",
}  # fmt: skip
_MODELS = {
    "GLS": "identity", "GLSAR": "identity", "GeneralizedPoisson": "exp", "Logit": "logistic", "MNLogit": "softmax",
    "MixedLM": "identity", "NegativeBinomial": "exp", "NegativeBinomialP": "exp", "OLS": "identity", "Poisson": "exp",
    "Probit": "normal", "QuantReg": "identity", "RLM": "identity", "WLS": "identity",
    "BetweenOLS": "identity", "FamaMacBeth": "identity", "FirstDifferenceOLS": "identity", "IV2SLS": "identity",
    "IVGMM": "identity", "IVLIML": "identity", "PanelOLS": "identity", "PooledOLS": "identity", "RandomEffects": "identity",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LinearResults:
    """Parameters of a regression that was fitted elsewhere. ``names`` and ``params`` go together; ``params`` is (columns,), or
    (columns, classes - 1) of a multinomial logit. ``constant`` is the place of a column of ones in the design, where there is one.
    """

    source: str
    names: tuple[str, ...]
    params: Floats
    response: str | None
    design: Mapping[str, Any] | None
    constant: int | None
    statistics: Mapping[str, Any]

    def fit(self, *_: object) -> object:
        """Raise AlphaBenchError R36: results are of a fit that has been."""
        raise DataError(
            "R36", f"{self.source} is fitted already", fix="fit it in the notebook, and promote that"
        )

    def predict(self, X: Any) -> Floats:
        """(rows,), or (rows, classes) of a multinomial logit. ``X`` is the design without or with its column of ones, or, for a
        model of a formula, a frame with the formula's columns.

        Raises:
            AlphaBenchError: R36 where the results do not predict, or not on this.
        """
        if self.response is None:
            raise DataError(
                "R36",
                f"{self.source} does not predict a row: what is kept is its parameters",
                fix="use its params and statistics, or promote the regression whose predictions you need",
            )
        matrix = formula_design.matrix_of(self.design, X) if self.design is not None else self._matrix(X)
        return np.asarray(RESPONSES[self.response](matrix @ self.params))

    def _matrix(self, X: Any) -> Floats:
        matrix = np.asarray(X, dtype=np.float64)
        expected = len(self.params)
        if matrix.ndim == 1:  # as statsmodels reads it: rows of one column, else one row
            matrix = matrix[:, None] if expected == 1 else matrix[None, :]
        if matrix.ndim != 2:
            raise DataError("R36", f"rows have {expected} columns", fix="give a frame or rows of numbers")
        if self.constant is not None and matrix.shape[1] == expected - 1:
            matrix = np.insert(matrix, self.constant, 1.0, axis=1)
        if matrix.shape[1] != expected:
            raise DataError(
                "R36",
                f"{matrix.shape[1]} columns, and {self.source} was fitted on {expected}",
                fix=f"give the columns {', '.join(self.names)}",
            )
        return matrix


def is_results(value: object) -> bool:
    """Whether ``value`` is what a ``fit`` of statsmodels or linearmodels gave."""
    kind = type(value)
    return kind.__module__.startswith(_LIBRARIES) and hasattr(value, "params") and not hasattr(kind, "fit")


def write(results: Any) -> dict[str, Any]:
    """The node of results. Raises AlphaBenchError R35 where the parameters are no numbers."""
    inner = getattr(results, "_results", results)  # statsmodels wraps what it returns
    source = f"{type(inner).__module__.partition('.')[0]}.{type(inner).__name__}"
    try:
        params, names = _parameters(results)
        node = {
            "form": "linear",
            "class": source,
            "names": names,
            "params": plain_array(params),
            "statistics": _statistics(results),
            "response": None,
            "design": None,
            "constant": None,
            "columns": [],
        }
    except (TypeError, ValueError, AttributeError) as error:
        raise SavedModelError(
            "R35",
            f"the parameters of {source} are not kept: {error}",
            fix="promote an estimator that predicts",
        ) from error
    return node | (_predicting(results, node) or {})


def read(node: Mapping[str, Any]) -> LinearResults:
    """What :func:`write` wrote. Raises ValueError, KeyError, TypeError for anything else."""
    response = node["response"]
    if response is not None and response not in RESPONSES:
        raise ValueError(f"no response {response!r}")
    constant = node["constant"]
    return LinearResults(
        source=str(node["class"]),
        names=tuple(map(str, node["names"])),
        params=array_of(node["params"]),
        response=response,
        design=node["design"],
        constant=None if constant is None else int(constant),
        statistics=value_of(node["statistics"]),
    )


def _parameters(results: Any) -> tuple[Any, list[str]]:
    kept = getattr(results, "fe_params", results.params)
    names = getattr(kept, "columns" if getattr(kept, "ndim", 1) > 1 else "index", None)
    if names is None:
        names = getattr(getattr(results, "model", None), "exog_names", None) or range(np.shape(kept)[-1])
    return np.asarray(kept, dtype=np.float64), [str(n) for n in names]


def _statistics(results: Any) -> Any:
    found = {}
    for name in (*_STATISTICS, *_BY_PARAMETER):
        try:
            value = np.asarray(getattr(results, name), dtype=np.float64)
        except (AttributeError, NotImplementedError, TypeError, ValueError):
            continue
        found[name] = value if value.ndim else float(value)
    return plain(found)


def _predicting(results: Any, node: Mapping[str, Any]) -> dict[str, Any] | None:
    """What makes the node predict; None where it could not be shown that it predicts as ``results`` do."""
    model = getattr(results, "model", None)
    response = _response(model)
    if model is None or response is None:
        return None
    params = array_of(node["params"])
    try:
        if type(model).__module__.startswith("linearmodels."):
            return {"response": response, "columns": node["names"]} if params.ndim == 1 else None
        exog = np.asarray(model.exog, dtype=np.float64)
        width = exog.shape[1]
        info = getattr(model.data, "design_info", None) or getattr(model.data, "model_spec", None)
        further = {
            "params": plain_array(params[:width]),
            "names": list(map(str, model.exog_names))[:width],
            "response": response,
            **(_formula(info, model) if info is not None else _columns(model)),
        }
        expected = np.asarray(results.predict(exog, **({"transform": False} if info is not None else {})))
        kept = read({**node, **further, "design": None})
        if not np.allclose(kept.predict(exog), expected, rtol=_RELATIVE, atol=_ABSOLUTE, equal_nan=True):
            return None
    except (TypeError, ValueError, KeyError, AttributeError, NotImplementedError, DataError):
        return None
    return further


def _response(model: Any) -> str | None:
    if type(model).__name__ in {"GLM", "GEE"}:
        return _LINKS.get(type(model.family.link).__name__)
    return _MODELS.get(type(model).__name__)


def _columns(model: Any) -> dict[str, Any]:
    """Names and the place of the column of ones, of a model that was given a matrix."""
    constant = getattr(model.data, "const_idx", None)
    exog = np.asarray(model.exog)
    if constant is not None and not bool((exog[:, constant] == 1).all()):
        constant = None
    if exog.shape[1] == 1:
        constant = None  # a row of nothing is no row
    named = hasattr(getattr(model.data, "orig_exog", None), "columns")
    names = (
        [str(n) for k, n in enumerate(model.exog_names[: exog.shape[1]]) if k != constant] if named else []
    )
    return {"constant": constant, "columns": names}


def _formula(info: Any, model: Any) -> dict[str, Any]:
    """The design of a formula, shown to give the model's own matrix. Raises ValueError where it does not."""
    design = formula_design.design_of(info)
    matrix = formula_design.matrix_of(design, _rows_used(model))
    if not np.allclose(matrix, model.exog, rtol=_RELATIVE, atol=_ABSOLUTE):
        raise ValueError("the formula gives another matrix here")
    columns = dict.fromkeys(n for f in design["factors"] for n in formula_design.names_of(f["code"]))
    return {"design": design, "columns": list(columns)}


def _rows_used(model: Any) -> Any:
    frame = model.data.frame
    missing = getattr(model.data, "missing_row_idx", None)
    return frame if missing is None or not len(missing) else frame.drop(frame.index[list(missing)])
