"""Preprocessing as steps of a definition: named with every parameter, fitted on the training rows of each fold, nothing computed here.

``Ridge().fit(X=[...], y=..., preprocess=[winsorize(0.01), impute("median"), standardize()])``. The steps run in the order
given. What each learns (limits, fills, means, quantiles) comes from the training rows of the fold alone, every row counting once
whatever the sample weights; the rows of the test block are changed by it and teach it nothing. The arithmetic is in
:mod:`alpha_bench.fitting.transforms`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alpha_bench.errors import AlphaBenchError, DefinitionError, nearest
from alpha_bench.expressions import Expr, answer_calls, step_of_expression

_FILLS = ("median", "mean")


@dataclass(frozen=True, slots=True, repr=False)
class Step:
    """One step: its name and all of its parameters, sorted by name."""

    name: str
    params: tuple[tuple[str, float | int | str], ...] = ()

    def values(self) -> dict[str, float | int | str]:
        """The parameters by name."""
        return dict(self.params)

    def to_plain(self) -> dict[str, object]:
        """``{"step": "winsorize", "params": {"limit": 0.01}}``."""
        return {"step": self.name, "params": dict(self.params)}

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{k}={v!r}' for k, v in self.params)})"


def winsorize(limit: float = 0.01) -> Step:
    """Pull each feature's values into the quantiles ``limit`` and ``1 - limit`` of its training rows.

    Quantiles are by linear interpolation (numpy's default); missing values stay missing. ``limit`` is a number >= 0 and < 0.5.

    >>> winsorize(0.01)
    winsorize(limit=0.01)

    Raises:
        AlphaBenchError: R61 for any other limit.
    """
    value = _number("winsorize", "limit", limit)
    if not 0 <= value < 0.5:
        raise _refused(
            "winsorize", f"limit is {limit!r}", "write a number from 0 to 0.5, such as winsorize(0.01)"
        )
    return Step("winsorize", (("limit", value),))


def impute(fill: str | float = "median") -> Step:
    """Fill a feature's missing values by the median or the mean of its training rows, or by a number.

    So rows count that would otherwise be left out, in training and in the test block. A row where every feature is missing stays
    missing: there the asset does not exist.

    >>> impute("median"), impute(0)
    (impute(fill='median'), impute(fill=0.0))

    Raises:
        AlphaBenchError: R61 for any other fill.
    """
    if isinstance(fill, str):
        if fill not in _FILLS:
            close = nearest(fill, _FILLS)
            fix = f"did you mean {close!r}?" if close else 'write "median", "mean" or a number'
            raise _refused("impute", f"fill is {fill!r}", fix)
        return Step("impute", (("fill", fill),))
    return Step("impute", (("fill", _number("impute", "fill", fill)),))


def standardize() -> Step:
    """Subtract each feature's mean over the training rows and divide by its standard deviation (ddof 0), as scikit-learn's
    ``StandardScaler``: a feature that is constant there is divided by 1.

    As the only step before a linear model it costs nothing: it is folded into the solution, and coefficients are reported in the
    features' own units.

    >>> standardize()
    standardize()
    """
    return Step("standardize")


def rank(knots: int = 1000) -> Step:
    """Replace each value by the share of its training rows that lie below it, from 0 to 1.

    It is the empirical distribution function of the training rows, held as ``knots`` quantiles with straight lines between;
    values beyond the training rows get 0 or 1, the middle of a run of ties its own middle (scikit-learn's
    ``QuantileTransformer``, on all rows instead of a sample). It ranks against the past; ``cs.rank(x)`` is the feature that ranks
    the assets of one session against each other.

    >>> rank()
    rank(knots=1000)

    Raises:
        AlphaBenchError: R61 unless ``knots`` is a whole number from 2 to 100,000.
    """
    _no_expression("rank", knots)
    if not isinstance(knots, int) or isinstance(knots, bool) or not 2 <= knots <= 100_000:
        raise _refused(
            "rank", f"knots is {knots!r}", "write a whole number from 2 to 100,000, or leave it out"
        )
    return Step("rank", (("knots", knots),))


answer_calls(globals(), "", ("impute", "rank", "standardize", "winsorize"))
STEPS = {"impute": impute, "rank": rank, "standardize": standardize, "winsorize": winsorize}
"""By name, as a definition's plain data has them."""


def check_steps(given: object) -> tuple[Step, ...]:
    """``given``, being a step or a list of steps.

    Raises:
        AlphaBenchError: R61 for anything else.
    """
    if isinstance(given, Step):
        given = (given,)
    if not isinstance(given, list | tuple):
        raise _refused(
            "preprocess",
            f"it is a {type(given).__name__}",
            "write preprocess=[winsorize(0.01), standardize()]",
        )
    for step in given:
        if not isinstance(step, Step):
            name = getattr(step, "__name__", None)
            fix = f"write {name}()" if name in STEPS else f"the steps are {', '.join(sorted(STEPS))}"
            raise _refused("preprocess", f"it holds {step!r}, which is no step", fix)
    return tuple(given)


def step_from_plain(plain: object) -> Step:
    """The inverse of :meth:`Step.to_plain`. Raises AlphaBenchError: R34 for another shape, R61 for an unknown step or value."""
    if not isinstance(plain, Mapping) or set(plain) != {"step", "params"}:
        raise DefinitionError("R34", f"a step is {{step, params}}, got {plain!r}", fix="see describe(m)")
    name, params = plain["step"], plain["params"]
    if not isinstance(name, str) or name not in STEPS:
        close = nearest(str(name), STEPS)
        fix = f"did you mean {close}?" if close else f"the steps are {', '.join(sorted(STEPS))}"
        raise _refused("preprocess", f"there is no step {name!r}", fix)
    if not isinstance(params, Mapping) or not set(params) <= set(STEPS[name]().values()):
        known = ", ".join(STEPS[name]().values()) or "none"
        raise _refused(name, f"parameters {params!r}", f"its parameters are: {known}")
    return STEPS[name](**params)


def _no_expression(step: str, value: object) -> None:
    """Raises AlphaBenchError R61 where the step was given what it would change, as a function of it would be."""
    if isinstance(value, Expr):
        raise _refused(step, f"it is given {value}, an expression", step_of_expression(step))


def _number(step: str, name: str, value: object) -> float:
    _no_expression(step, value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise _refused(step, f"{name} is {value!r}", f"write a finite number, such as {name}=0.01")


def _refused(where: str, what: str, fix: str) -> AlphaBenchError:
    return DefinitionError("R61", f"{where}: {what}", fix)
