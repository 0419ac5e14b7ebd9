"""Operators within groups and least squares residuals, against numpy, pandas, statsmodels and the laws of least squares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from alpha_bench import cs, data, features, group, neutralize
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr, expr_from_plain
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.operators import Kind
from alpha_bench.panel.panel import Panel
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import panel_of, same_bits

Floats = NDArray[np.float64]
MOMENTS = ["group.demean", "group.zscore", "group.mean"]
WITHIN = [*MOMENTS, "group.rank"]
NUMBERS = st.one_of(
    st.integers(-40, 40).map(lambda n: n / 4), st.sampled_from([np.nan, np.inf, 1e8, 0.1, -0.0])
)
NAMES = st.sampled_from([0.0, -0.0, 1.0, 2.0, 7.0, -3.0, 45102010.0, np.nan])


@st.composite
def grouped(draw: st.DrawFn) -> tuple[Floats, Floats]:
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 20))
    total = rows * columns
    x = np.array(draw(st.lists(NUMBERS, min_size=total, max_size=total))).reshape(rows, columns)
    g = np.array(draw(st.lists(NAMES, min_size=total, max_size=total))).reshape(rows, columns)
    if draw(st.booleans()):
        g[:] = g[0]
    return x, g


def market(
    seed: int, rows: int = 12, columns: int = 60, exposures: int = 3
) -> tuple[Floats, Floats, Floats, list[Floats]]:
    """x, groups, weights and exposures with holes; x depends on all of them."""
    rng = np.random.default_rng(seed)
    g = np.tile(rng.integers(0, 5, columns).astype(float), (rows, 1))
    e = [rng.normal(size=(rows, columns)) * 10.0**k for k in range(exposures)]
    w = rng.lognormal(size=(rows, columns))
    x = sum(e, g * 0.3) + rng.normal(size=(rows, columns))
    for values in (x, g, w, *e):
        values[rng.random(values.shape) < 0.02] = np.nan
    return x, g, w, e


def flat(made: tuple[Floats, Floats, Floats, list[Floats]]) -> list[Floats]:
    x, g, w, e = made
    return [x, g, w, *e]


def residual(
    x: Floats, e: list[Floats], g: Floats | None = None, w: Floats | None = None, *, by: str = "cs.neutralize"
) -> Floats:
    extra = [v for v in (g, w) if v is not None]
    counts = {"exposures": len(e), "groups": int(g is not None), "weights": int(w is not None)}
    return COMPILED[by](x, *e, *extra, **counts)


@pytest.mark.parametrize("name", WITHIN)
@settings(max_examples=80, deadline=None)
@given(both=grouped())
def test_kernels_equal_their_reference(name: str, both: tuple[Floats, Floats]) -> None:
    x, g = both
    here, there = COMPILED[name](x, g), REFERENCE[name](x, g)
    size = 1.0 if name in {"group.zscore", "group.rank"} else np.abs(x[np.isfinite(x)]).max(initial=1.0)
    np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-13 * size)


@pytest.mark.parametrize("name", WITHIN)
def test_pandas_groupby_agrees(name: str) -> None:
    x, g, _, _ = market(1)
    for row in range(len(x)):
        by = pd.Series(x[row]).groupby(g[row])
        there = {
            "group.demean": pd.Series(x[row]) - by.transform("mean"),
            "group.zscore": (pd.Series(x[row]) - by.transform("mean")) / by.transform("std"),
            "group.mean": by.transform("mean"),
            "group.rank": by.rank(pct=True),
        }[name]
        np.testing.assert_allclose(COMPILED[name](x, g)[row], there, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("name", WITHIN)
def test_the_names_of_groups_mean_nothing(name: str) -> None:
    """Other numbers for the same groups give the same bits; the control: other groups do not."""
    x, g, _, _ = market(2)
    assert same_bits(COMPILED[name](x, g), COMPILED[name](x, 1e9 - 7.25 * g))
    assert not same_bits(COMPILED[name](x, g), COMPILED[name](x, np.where(g == 1, 2, g)))


@pytest.mark.parametrize("name", WITHIN)
def test_one_group_is_the_whole_session_and_each_group_is_a_session_of_its_own(name: str) -> None:
    x, g, _, _ = market(3)
    whole = name.replace("group.", "cs.")
    np.testing.assert_allclose(
        COMPILED[name](x, np.zeros_like(x)), COMPILED[whole](x), rtol=1e-12, atol=1e-13
    )
    for t, names in enumerate(g):
        for one in np.unique(names[~np.isnan(names)]):
            part = np.ascontiguousarray(x[t : t + 1, names == one])
            there = COMPILED[whole](part)[0]
            np.testing.assert_allclose(COMPILED[name](x, g)[t, names == one], there, rtol=1e-12, atol=1e-13)


def test_alone_in_a_group_and_without_one() -> None:
    x, g = np.array([[5.0, 1.0, 2.0, 9.0]]), np.array([[3.0, 0.0, 0.0, np.nan]])
    found = {name: COMPILED[name](x, g)[0].tolist() for name in WITHIN}
    score = np.sqrt(0.5)
    assert found["group.demean"] == pytest.approx([0, -0.5, 0.5, np.nan], nan_ok=True)
    assert found["group.zscore"] == pytest.approx([np.nan, -score, score, np.nan], nan_ok=True)
    assert found["group.mean"] == pytest.approx([5, 1.5, 1.5, np.nan], nan_ok=True)
    assert found["group.rank"] == pytest.approx([1, 0.5, 1, np.nan], nan_ok=True)
    lacking = np.array([[np.nan, 1.0, np.inf, 9.0]])
    assert COMPILED["group.mean"](lacking, g)[0].tolist() == pytest.approx(
        [np.nan, 1, 1, np.nan], nan_ok=True
    )


@pytest.mark.parametrize("value", [0.1, 1e8, 1 / 3])
def test_groups_of_equal_values_are_exact(value: float) -> None:
    x, g = np.full((2, 9), value), np.tile(np.arange(9.0) % 2, (2, 1))
    assert (COMPILED["group.demean"](x, g) == 0).all()
    assert np.isnan(COMPILED["group.zscore"](x, g)).all()
    assert (residual(x, [np.arange(18.0).reshape(2, 9)], g) == 0).all()


# -- neutralize ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["cs.neutralize", "group.neutralize"])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", [4, 5])
def test_residuals_equal_numpys_least_squares(by: str, weighted: bool, seed: int) -> None:
    x, g, w, e = market(seed)
    extra = [w] if weighted else []
    if by == "group.neutralize":
        here = COMPILED[by](x, g, *e, *extra, exposures=3, weights=len(extra))
        there = REFERENCE[by](x, g, *e, *extra, exposures=3, weights=len(extra))
    else:
        here = residual(x, e, g, w if weighted else None)
        there = REFERENCE[by](x, *e, g, *extra, exposures=3, groups=1, weights=len(extra))
    np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("weighted", [False, True])
def test_statsmodels_agrees(weighted: bool) -> None:
    x, g, w, e = market(6)
    here = residual(x, e, g, w if weighted else None)
    for t in range(len(x)):
        table = pd.DataFrame(
            {"x": x[t], "g": g[t], "w": w[t] if weighted else 1.0, **{str(k): v[t] for k, v in enumerate(e)}}
        )
        table = table.dropna()
        design = pd.get_dummies(table["g"], dtype=float).join(table[["0", "1", "2"]])
        fit = sm.WLS(table["x"], design, weights=table["w"]).fit()
        np.testing.assert_allclose(here[t, table.index], fit.resid, rtol=1e-9, atol=1e-10)
        assert np.isfinite(here[t]).sum() == len(table)


@st.composite
def regressions(draw: st.DrawFn) -> tuple[Floats, Floats, list[Floats]]:
    """Whole numbers, so that exposures are often collinear, constant or too many, and then exactly so."""
    rows, columns, count = draw(st.integers(1, 3)), draw(st.integers(1, 12)), draw(st.integers(0, 4))
    whole = st.one_of(st.integers(-4, 4).map(float), st.sampled_from([0.0, 1.0, np.nan, np.inf]))

    def grid(values: st.SearchStrategy[float]) -> Floats:
        return np.array(draw(st.lists(values, min_size=rows * columns, max_size=rows * columns))).reshape(
            rows, columns
        )

    return grid(whole), grid(NAMES), [grid(whole) for _ in range(count)]


@settings(max_examples=200, deadline=None)
@given(made=regressions(), by=st.sampled_from(["cs.neutralize", "group.neutralize"]))
def test_residuals_equal_numpys_least_squares_whatever_is_collinear(
    made: tuple[Floats, Floats, list[Floats]], by: str
) -> None:
    x, g, e = made
    if by == "cs.neutralize":
        counts = {"exposures": len(e), "groups": 1, "weights": 0}
        here, there = COMPILED[by](x, *e, g, **counts), REFERENCE[by](x, *e, g, **counts)
    else:
        here = COMPILED[by](x, g, *e, exposures=len(e), weights=0)
        there = REFERENCE[by](x, g, *e, exposures=len(e), weights=0)
    np.testing.assert_allclose(here, there, rtol=1e-9, atol=1e-10)


def test_nothing_of_the_exposures_and_groups_is_left() -> None:
    """The control: there is something in x before."""
    x, g, w, e = market(7)
    left = residual(x, e, g, w)
    for exposure in e:
        inside = np.isfinite(left)
        before = np.where(inside, w * (x - 3) * exposure, 0).sum(axis=1)
        after = np.where(inside, w * left * exposure, 0).sum(axis=1)
        scale = np.where(inside, w * np.abs(left * exposure), 0).sum(axis=1)
        assert (np.abs(after) < 1e-12 * scale).all()
        assert (np.abs(before) > 1e-3 * scale).any()
    sums = COMPILED["group.mean"](left * np.where(np.isnan(left), np.nan, w), g)
    assert np.nanmax(np.abs(sums)) < 1e-12


def test_exposures_that_say_nothing_new_change_nothing() -> None:
    x, g, _, e = market(8)
    plain = residual(x, e, g)
    more = [*e, e[0] * 3 - e[2], np.full_like(x, 7.7), np.where(g == 2, 1.0, 0.0), e[1]]
    np.testing.assert_allclose(
        residual(x, more, g), np.where(np.isnan(plain), np.nan, plain), rtol=1e-9, atol=1e-9
    )
    assert np.isfinite(residual(x, more, g)).sum() > 0.8 * x.size


def test_the_order_of_assets_and_of_exposures_changes_rounding_only() -> None:
    x, g, w, e = market(9)
    order = np.random.default_rng(1).permutation(x.shape[1])
    moved = [np.ascontiguousarray(v[:, order]) for v in (x, g, w, *e)]
    there = residual(moved[0], moved[3:][::-1], moved[1], moved[2])
    np.testing.assert_allclose(residual(x, e, g, w)[:, order], there, rtol=1e-10, atol=1e-11)


def test_what_is_a_combination_of_the_exposures_leaves_exactly_nothing() -> None:
    _, g, _, e = market(10)
    x = 3.0 + 2.0 * e[0] - 0.01 * e[2]
    left = residual(x, e, g)
    assert (left[np.isfinite(left)] == 0).all()
    few = np.arange(6.0).reshape(2, 3)
    assert (residual(few**2, [few, few**3], None) == 0).all()


@pytest.mark.parametrize("useless", [0.0, -1.0, np.nan, np.inf])
def test_an_asset_without_a_weight_above_zero_is_left_out(useless: float) -> None:
    """As if it were not there: the others are fitted without it. The control: with a weight they are not."""
    x, g, w, *e = (np.nan_to_num(v, nan=1.0) for v in flat(market(15)))
    without = np.array(w)
    without[:, :20] = useless
    left = residual(x, e, g, without)
    assert np.isnan(left[:, :20]).all()
    x2, g2, w2, *e2 = (np.ascontiguousarray(v[:, 20:]) for v in (x, g, w, *e))
    there = residual(x2, e2, g2, w2)
    np.testing.assert_allclose(left[:, 20:], there, rtol=1e-9, atol=1e-9)
    assert not np.allclose(residual(x, e, g, w)[:, 20:], there)


def test_groups_alone_demean_and_exposures_alone_have_one_intercept() -> None:
    x, g, _, e = market(11)
    np.testing.assert_allclose(residual(x, [], g), COMPILED["group.demean"](x, g), rtol=1e-12, atol=1e-13)
    left = residual(x, e)
    np.testing.assert_allclose(np.nanmean(left, axis=1), 0, atol=1e-12)
    apart = COMPILED["group.neutralize"](x, g, *e, exposures=3, weights=0)
    for one in range(5):
        inside = np.where(g == one, x, np.nan)
        np.testing.assert_allclose(
            np.where(g == one, apart, np.nan), residual(inside, e), rtol=1e-9, atol=1e-10
        )


def test_levels_and_scales_of_exposures_do_not_matter() -> None:
    """A level of 1e8 and a unit of 1e-12 cost digits of the exposure itself, not of the method."""
    x, g, _, e = market(12)
    shifted = [2.0**26 + np.round(e[0], 6), e[1] * 2.0**-40, e[2] * 2.0**40]
    plain = [np.round(e[0], 6), e[1], e[2]]
    np.testing.assert_allclose(residual(x, shifted, g), residual(x, plain, g), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("by", ["cs.neutralize", "group.neutralize"])
def test_sessions_and_threads_know_nothing_of_each_other(by: str) -> None:
    x, g, _, e = market(13, rows=90, columns=800)

    def run(rows: slice) -> Floats:
        parts = [np.ascontiguousarray(v[rows]) for v in (x, g, *e)]
        if by == "group.neutralize":
            return COMPILED[by](*parts, exposures=3, weights=0)
        return residual(parts[0], parts[2:], parts[1])

    assert same_bits(run(slice(None)), np.vstack([run(slice(t, t + 1)) for t in range(len(x))]))


# -- in expressions ------------------------------------------------------------------------------------------------

PANEL = panel_of({"close": market(14)[0], "volume": np.abs(market(14)[3][0])})
WRITTEN = [
    neutralize(
        data.close, exposures=[data.volume, data.close.lag(1)], groups=data.sector, weights=data.volume
    ),
    neutralize(data.close, data.volume),
    neutralize(data.close, groups=cs.quantile(data.volume, 5)),
    group.neutralize(data.close, data.sector, exposures=[data.volume]),
    group.rank(data.close, data.industry),
    cs.winsorize(data.close, 3, by="mad"),
    cs.top(data.volume, 100),
    group.rank(data.close, group.by("desk")).where(group.by("desk").is_in("London")),
    data.sector.is_in("Energy", "It's") & ~data.industry.is_in("Banks"),
]


@pytest.mark.parametrize("expr", WRITTEN, ids=str)
def test_expressions_survive_text_and_plain_data(expr: Expr) -> None:
    assert expr_from_plain(expr.to_plain()) is expr
    assert parse_expression(str(expr)) is expr


def test_text_is_as_it_is_written() -> None:
    assert str(WRITTEN[0]) == (
        "cs.neutralize(close, exposures=[volume, lag(close, d=1)], groups=sector, weights=volume)"
    )
    assert str(WRITTEN[1]) == "cs.neutralize(close, exposures=[volume])"
    assert WRITTEN[1] is cs.neutralize(data.close, [data.volume])
    assert (
        parse_expression("neutralize(close, [volume, lag(close, 1)], sector, weights=volume)") is WRITTEN[0]
    )


def test_plain_data_holds_the_counts() -> None:
    assert WRITTEN[2].to_plain()["params"] == {"exposures": 0, "groups": 1, "weights": 0}


def test_bins_of_a_factor_are_groups() -> None:
    bins = cs.quantile(data.volume, 5)
    here, means, numbers = compute(
        (group.demean(data.close, bins), group.mean(data.close, bins), bins), PANEL
    )
    known = np.isfinite(here)
    np.testing.assert_allclose(here[known], (PANEL.fields["close"] - means)[known], atol=1e-12)
    assert set(np.unique(numbers[np.isfinite(numbers)])) == {1, 2, 3, 4, 5}


def sectors() -> Panel:
    """Three assets in A, two in B, one in neither."""
    numbers = np.array([[0.0, 0, 0, 1, 1, np.nan]] * 3)
    panel = panel_of({"close": np.arange(18.0).reshape(3, 6)})
    return replace(panel, groups={"sector": numbers}, group_names={"sector": ("A", "B")})


@pytest.mark.parametrize("constant", [True, False])
def test_a_name_is_a_filter_for_its_group(constant: bool) -> None:
    panel = sectors()
    if constant:
        panel = replace(panel, groups={"sector": np.broadcast_to(panel.groups["sector"][0], (3, 6))})
    inside, either, other = compute(
        (data.sector.is_in("A"), data.sector.is_in("B", "A"), ~data.sector.is_in("A")), panel
    )
    assert inside[1].tolist() == pytest.approx([1, 1, 1, 0, 0, np.nan], nan_ok=True)
    assert either[1].tolist() == pytest.approx([1, 1, 1, 1, 1, np.nan], nan_ok=True)
    assert other[1].tolist() == pytest.approx([0, 0, 0, 1, 1, np.nan], nan_ok=True)
    ranks = compute((cs.rank(data.close.where(data.sector.is_in("B"))),), panel)[0]
    assert ranks[0].tolist() == pytest.approx([np.nan, np.nan, np.nan, 0.5, 1, np.nan], nan_ok=True)


def test_a_name_that_the_panel_does_not_have_is_refused_with_the_nearest() -> None:
    panel = replace(sectors(), group_names={"sector": ("Energy", "Tech")})
    with pytest.raises(AlphaBenchError, match=r"R45 no asset's sector is 'Enrgy'.*did you mean 'Energy'"):
        compute((data.sector.is_in("Enrgy"),), panel)
    with pytest.raises(AlphaBenchError, match=r"R06 the panel has no field 'industry'"):
        compute((data.industry.is_in("Banks"),), panel)


def test_a_text_column_of_any_name_is_a_group_and_is_not_taken_for_numbers() -> None:
    panel = replace(sectors(), groups={"desk": sectors().groups["sector"]}, group_names={"desk": ("A", "B")})
    assert compute((group.mean(data.close, group.by("desk")),), panel)[0][0, :3].tolist() == [1.0, 1.0, 1.0]
    assert group.by("sector") is data.sector
    with pytest.raises(
        AlphaBenchError, match=r"R45 desk holds a group for each asset.*group\.demean\(x, data\['desk'\]\)"
    ):
        compute((cs.rank(data.desk),), panel)
    with pytest.raises(AlphaBenchError, match=r"R45 close holds numbers for each asset.*data\['close'\]"):
        compute((group.mean(data.close, group.by("close")),), panel)


def test_a_label_within_groups_is_a_label() -> None:
    assert group.demean(fwd_ret(5), data.sector).kind is Kind.LABEL
    assert neutralize(features.ret(5), exposures=[fwd_ret(5)]).kind is Kind.LABEL


REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("R45", lambda: group.demean(data.close, "sector"), r"got 'sector'.*data\.sector"),
    ("R45", lambda: group.rank(data.close, 3), r"a group for each asset, got 3"),
    ("R46", lambda: neutralize(data.close, exposures=[data.sector]), r"sector is a group.*groups="),
    ("R46", lambda: neutralize(data.close, exposures=1.0), r"a constant: the intercept is there"),
    ("R46", lambda: group.neutralize(data.close, data.sector, "volume"), r"a constant"),
    ("R47", lambda: neutralize(data.close), r"nothing to neutralize to.*cs\.demean"),
    ("R09", lambda: group.demean(data.sector, data.close), r"takes numbers; sector is a group"),
    (
        "R01",
        lambda: neutralize(data.close, [data.close.lag(d) for d in range(60)]),
        r"exposures is 60; .* 0 to 50",
    ),
]


@pytest.mark.parametrize(("code", "write", "message"), REFUSED, ids=[str(n) for n in range(len(REFUSED))])
def test_what_cannot_be_meant_is_refused_with_a_way_out(
    code: str, write: Callable[[], object], message: str
) -> None:
    with pytest.raises(AlphaBenchError, match=message) as caught:
        write()
    assert caught.value.code == code
