"""Factors in the shape that alphalens takes, so that a second opinion costs one line. alphalens itself is not needed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpha_bench.expressions import Expr, ValueSource, bound_values, field

if TYPE_CHECKING:
    import pandas as pd


def to_alphalens(
    expr: Expr, panel: ValueSource | None = None, *, price: str = "close"
) -> tuple[pd.Series[float], pd.DataFrame]:
    """``(factor, prices)`` as ``alphalens.utils.get_clean_factor_and_forward_returns`` takes them.

    The factor is a series by (date, asset) of its known values; the prices are a frame, sessions down and assets across, of the field
    ``price``. On assets without gaps, and with ``filter_zscore=None``, its forward returns of ``h`` periods are ``fwd_ret_{h}d`` here and its
    mean information coefficient is our mean rank IC. Its defaults differ in two ways: ``filter_zscore=20`` drops returns by a
    deviation of the whole sample, and prices are filled forward over gaps, so that a label ends at a price that was not there.

    Args:
        expr: the factor.
        panel: the panel, or None: the one that the session has bound.
        price: the field of prices.

    Raises:
        ValuesNeeded: R05 where no panel is given and none is bound.
        AlphaBenchError: R06 for a field that there is not.

        factor, prices = to_alphalens(features.ret(20), panel)
        alphalens.utils.get_clean_factor_and_forward_returns(factor, prices, periods=(10,), filter_zscore=None)
    """
    source = panel or bound_values("to_alphalens")
    factor = source.series(expr, "factor").rename_axis(index=["date", "asset"])
    prices = source.frame(field(price)).rename_axis(columns="asset")
    return factor, prices
