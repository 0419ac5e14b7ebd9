"""Cross-sections through the engine: tiles and threads change no bit, a universe confines them, and they hold on a real panel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from numpy.typing import NDArray

from alpha_bench import cs, data, features, group, neutralize
from alpha_bench.definitions.universe import within
from alpha_bench.engine.executor import compute
from alpha_bench.engine.tiles import Tiling
from alpha_bench.expressions.expr import Expr
from alpha_bench.panel.panel import Panel
from fakes import sp500
from fakes.small_panels import panel_of, random_fields, same_bits

Floats = NDArray[np.float64]
GRAPH = [
    cs.rank(
        neutralize(
            features.ret(5), exposures=[cs.zscore(data.volume), features.volatility(5)], groups=data.sector
        )
    ),
    group.rank(cs.winsorize(features.ret(3), 0.05), data.sector) - cs.mean(features.ret(1)),
    group.neutralize(cs.gaussianize(data.close), cs.quantile(data.volume, 3), exposures=[features.ret(1)]),
    cs.scale(group.demean(features.ret(2).where(cs.top(data.volume, 20)), data.sector)),
]


def wide() -> Panel:
    panel = panel_of(random_fields(40, rows=70, columns=61))
    sectors = np.broadcast_to(np.where(np.arange(61) % 9 == 8, np.nan, np.arange(61) % 4), panel.shape)
    return replace(panel, groups={"sector": sectors}, group_names={"sector": ("A", "B", "C", "D")})


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 7, 64])
def test_tiles_and_threads_change_no_bit(threads: int, rows: int) -> None:
    panel = wide()
    whole = compute(GRAPH, panel, threads=1)
    cut = compute(GRAPH, panel, threads=threads, tiling=Tiling(rows=rows, columns=5))
    assert all(same_bits(a, b) for a, b in zip(whole, cut, strict=True))


def test_the_references_agree_on_whole_graphs() -> None:
    panel = wide()
    for here, there in zip(compute(GRAPH, panel), compute(GRAPH, panel, reference=True), strict=True):
        np.testing.assert_allclose(here, there, rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("expr", GRAPH, ids=str)
def test_a_universe_is_the_panel_without_the_others(expr: Expr) -> None:
    """The control: without it the values are others. ``features`` look at one asset, so leaving assets out leaves them alone."""
    panel = wide()
    inside = np.arange(61) % 3 > 0
    flags = np.broadcast_to(inside.astype(float), panel.shape)
    marked = replace(panel, fields={**panel.fields, "listed": flags})
    few = Panel(
        dates=panel.dates,
        assets=panel.assets[inside],
        fields={n: np.ascontiguousarray(v[:, inside]) for n, v in panel.fields.items()},
        groups={"sector": panel.groups["sector"][:, inside]},
        group_names=panel.group_names,
    )
    (confined,) = within((expr,), data["listed"] > 0)
    here, there = compute((confined,), marked)[0][:, inside], compute((expr,), few)[0]
    np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-10)
    assert not np.allclose(compute((expr,), panel)[0][:, inside], there, equal_nan=True)


def test_an_empty_universe_leaves_nothing() -> None:
    panel = wide()
    for expr in within(GRAPH, data.volume < 0):
        assert np.isnan(compute((expr,), panel)[0]).all()


@sp500.needs_sp500
def test_momentum_on_the_real_panel_is_neutral_to_size_and_sector() -> None:
    """Against statsmodels on five sessions; and there was something to take out."""
    panel = sp500.panel()
    left, raw, size = compute(
        (
            neutralize(features.mom_12_1(), exposures=[features.size()], groups=data.sector),
            features.mom_12_1(),
            features.size(),
        ),
        panel,
    )
    sectors = panel.groups["sector"]
    for t in range(300, 1259, 200):
        table = pd.DataFrame({"y": raw[t], "size": size[t], "sector": sectors[t]}).dropna()
        design = pd.get_dummies(table["sector"], dtype=float).join(table["size"])
        fit = sm.OLS(table["y"], design).fit()
        np.testing.assert_allclose(left[t, table.index], fit.resid, rtol=1e-8, atol=1e-10)
        assert len(table) > 450
        assert fit.rsquared > 0.02
