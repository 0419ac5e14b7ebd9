"""A market with groups, gaps and volume, and predictions for it, for tests of what a report measures."""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from alpha_bench.metrics.market import Market, forward_filled, market_of
from alpha_bench.panel.panel import Panel

SECTORS = ("Alpha & <Co>", "Beta", "Gamma")


def panel_with_groups(rows: int = 420, columns: int = 45, *, gaps: float = 0.0, seed: int = 3) -> Panel:
    """Prices, volumes, shares outstanding and a sector for each asset; ``gaps`` is the share of missing prices."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(0, 0.01, (rows, 1)) + rng.normal(0, 0.02, (rows, columns))
    close = 50 * np.exp(np.cumsum(shocks, axis=0))
    close[rng.random(close.shape) < gaps] = np.nan
    fields = {
        "close": close,
        "volume": rng.lognormal(10, 1, close.shape),
        "shares_outstanding": np.broadcast_to(rng.lognormal(15, 1, columns), close.shape),
    }
    dates = np.arange("2019-01-02", "2029-01-01", dtype="datetime64[D]")
    made = Panel.from_arrays(dates[np.is_busday(dates)][:rows], [f"A{i:03d}" for i in range(columns)], fields)
    groups = np.broadcast_to((np.arange(columns) % len(SECTORS)).astype(float), close.shape)
    return Panel(
        dates=made.dates,
        assets=made.assets,
        fields=made.fields,
        groups=MappingProxyType({"sector": groups}),
        group_names=MappingProxyType({"sector": SECTORS}),
    )


def market_from(panel: Panel, label: object, first: int, last: int) -> Market:
    found = market_of(panel, label, first, last)  # type: ignore[arg-type]
    assert found is not None
    return found


def market_of_prices(price: NDArray[np.float64]) -> Market:
    """Only prices, all sessions tested."""
    return Market(
        first=0,
        last=len(price),
        price=price,
        mark=forward_filled(price),
        dollar_volume=None,
        shares=None,
        groups=None,
        group_names=(),
    )


def predictions(rows: int, columns: int, *, seed: int = 5, gaps: float = 0.0) -> NDArray[np.float64]:
    """Predictions that change slowly from session to session."""
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.normal(size=(rows, columns)), axis=0)
    values[rng.random(values.shape) < gaps] = np.nan
    return values
