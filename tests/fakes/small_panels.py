"""Small panels for tests, and one call for each operator of the registry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alpha_bench.expressions.expr import Expr, apply, field
from alpha_bench.operators import OPERATORS, Kind, Operator, Param, Scope
from alpha_bench.panel.panel import Panel

SHARED = Path(__file__).parents[3] / "shared" / "data"
SESSIONS, ASSETS = 60, 7
_SOME: dict[str, object] = {
    "limit": 0.2, "by": "quantile", "bins": 3, "n": 2, "exposures": 2, "groups": 1, "weights": 1, "halflife": 2.5, "q": 0.3,
}  # fmt: skip
WITH_ARGUMENTS = [name for name, op in OPERATORS.items() if op.scope is not Scope.LEAF]


def panel_of(fields: dict[str, NDArray[np.float64]]) -> Panel:
    rows, columns = next(iter(fields.values())).shape
    dates = np.datetime64("2020-01-01") + np.arange(rows)
    return Panel.from_arrays(dates, [f"A{i:03d}" for i in range(columns)], fields)


def random_fields(seed: int, rows: int = SESSIONS, columns: int = ASSETS) -> dict[str, NDArray[np.float64]]:
    """Prices and volumes with holes, ties, an infinite ratio and a constant asset."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.02, (rows, columns)), axis=0)), 1)
    close[:, columns // 2] = 12.3
    close[rng.random(close.shape) < 0.03] = np.nan
    volume = np.round(rng.lognormal(10, 1, (rows, columns)))
    volume[rng.random(volume.shape) < 0.02] = 0.0
    volume[rng.random(volume.shape) < 0.03] = np.nan
    return {"close": close, "volume": volume}


def call(name: str, window: int = 5) -> Expr:
    """An expression with the operator ``name`` at its root; its window is ``window`` or the shortest that it takes."""
    declared: Operator = OPERATORS[name]
    params = {p.name: _value(p, window) for p in declared.params}
    names = declared.operands(params)
    operands = [_operand(declared.operand_kinds.get(n, Kind.FACTOR), place) for place, n in enumerate(names)]
    return apply(name, *operands, **params)


def _value(param: Param, window: int) -> object:
    if param.kind == "sessions":
        return {"delay": 1, "d": 3}.get(param.name, max(window, param.least))
    return _SOME.get(param.name, window)


def _operand(wanted: Kind, place: int) -> Expr:
    """An operand of the kind that is wanted. The first is close; no later one is close, or what is made of it alone."""
    others = (field("close") * field("volume"), field("volume"))
    x = others[place % 2] if place else field("close")
    if wanted is Kind.CLASSIFIER:
        return apply("cs.quantile", x, bins=3)
    return x > 50 if wanted is Kind.FILTER else x


def same_bits(left: NDArray[np.float64], right: NDArray[np.float64]) -> bool:
    """Equal bit by bit; all NaN are one value."""
    a, b = np.where(np.isnan(left), np.nan, left), np.where(np.isnan(right), np.nan, right)
    return left.shape == right.shape and bool((a.view(np.uint64) == b.view(np.uint64)).all())
