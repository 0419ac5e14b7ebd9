"""What the panel knows about a model's fields is said: prices that are none, and numbers that never move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alpha_bench import Panel, Ridge, cs, data, features, fwd_ret, group, labels, study, walk_forward
from alpha_bench.engine import compute, limited
from alpha_bench.expressions import Expr
from alpha_bench.session.evaluation_report import evaluate

SESSIONS, NAMES = 160, 12
LABELS = (fwd_ret(3), labels.fwd_log_ret(3), fwd_ret(3, delay=2), labels.triple_barrier(3, up=1, down=1))


def panel(*, reference: bool = True) -> Panel:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2022-01-03", periods=SESSIONS)
    names = [f"S{j:02d}" for j in range(NAMES)]
    close = 50 * np.exp(rng.normal(0, 0.02, (SESSIONS, NAMES)).cumsum(axis=0))
    shares = pd.DataFrame({"symbol": names, "shares_outstanding": np.arange(1.0, NAMES + 1) * 1e6})
    frames = {"close": close, "volume": rng.lognormal(10, 1, close.shape)}
    if not reference:
        frames["shares_outstanding"] = np.cumsum(rng.random(close.shape), axis=0) * 1e6
    wide = {n: pd.DataFrame(v, index=days, columns=names) for n, v in frames.items()}
    return Panel.from_wide(wide, reference=shares) if reference else Panel.from_wide(wide)


@pytest.mark.parametrize("label", [features.ret(1), features.log_ret(2)], ids=str)
@pytest.mark.parametrize("reference", [False, True])
def test_a_return_over_a_price_that_is_not_above_zero_is_missing(label: Expr, reference: bool) -> None:
    close = np.array([[1.0], [2.0], [-3.0], [-4.0], [2.0], [0.0], [4.0], [5.0], [6.0]])
    panel = Panel.from_arrays(np.arange(9).astype("datetime64[D]"), ["A"], {"close": close})
    (found,) = compute((label,), panel, reference=reference)
    window = label.lookback
    known = [t for t in range(window, 9) if close[t] > 0 and close[t - window] > 0]
    assert np.flatnonzero(np.isfinite(found[:, 0])).tolist() == known
    assert np.isnan(found[[t for t in range(9) if t not in known], 0]).all()  # not infinite


@pytest.mark.parametrize("label", LABELS, ids=str)
@pytest.mark.parametrize("reference", [False, True])
def test_a_label_over_a_price_that_is_not_above_zero_is_missing(label: Expr, reference: bool) -> None:
    rng = np.random.default_rng(0)
    close = 50 * np.exp(rng.normal(0, 0.02, (60, 6)).cumsum(axis=0))
    days = np.arange(60).astype("datetime64[D]")
    clean = Panel.from_arrays(days, list("ABCDEF"), {"close": close})
    bad = np.array(close)
    bad[20, 1], bad[21, 1], bad[30, 2], bad[40, 3] = -5.0, -5.5, 0.0, np.nan
    spoilt = Panel.from_arrays(days, list("ABCDEF"), {"close": bad})
    (before,), (after,) = (compute((label,), p, reference=reference) for p in (clean, spoilt))
    reach = label.lookahead
    for row, column in ((20, 1), (21, 1), (30, 2), (40, 3)):
        start = row - (reach - 3)  # where the price is the one that it is entered at
        assert np.isnan(after[start, column])
    touched = np.zeros(before.shape, dtype=bool)
    for row, column in ((20, 1), (21, 1), (30, 2), (40, 3)):
        touched[max(row - reach - 20, 0) : row + 21, column] = True  # the scale of the barriers looks back
    np.testing.assert_array_equal(after[~touched], before[~touched])
    assert not (after[:, :4] < -1).any()


def test_a_field_that_never_moves_is_told_wherever_the_model_reads_it() -> None:
    moving, still = panel(reference=False), panel()
    model = Ridge().fit(
        X=[features.turnover(5)],
        y=fwd_ret(3),
        universe=data.shares_outstanding > 2e6,
        weights=cs.rank(data.shares_outstanding),
    )
    plan = walk_forward(model, folds=2, embargo="1d")
    told = [w for w in evaluate(plan, still).warnings if "shares_outstanding" in w]
    assert [w.split(",")[1].split(" read")[0] for w in told] == [
        " which X",
        " which the universe",
        " which the weights",
    ]
    assert all(f"one number an asset on all {SESSIONS} sessions" in w for w in told)
    assert not [w for w in evaluate(plan, moving).warnings if "one number an asset" in w]  # the control
    other = walk_forward(Ridge().fit(X=[features.ret(5)], y=fwd_ret(3)), folds=2, embargo="1d")
    assert not [w for w in evaluate(other, still).warnings if "one number an asset" in w]


def limits(model: object, on: Panel) -> list[str]:
    plan = walk_forward(model, folds=2, embargo="1d")  # type: ignore[arg-type]
    return evaluate(plan, on).to_json()["warnings"]  # type: ignore[return-value]


def prices(
    sessions: int = 300, names: int = 14, **fields: np.ndarray
) -> tuple[np.ndarray, pd.DatetimeIndex, list[str]]:
    rng = np.random.default_rng(8)
    close = 50 * np.exp(rng.normal(0, 0.01, (sessions, names)).cumsum(axis=0))
    return close, pd.bdate_range("2020-01-01", periods=sessions), [f"S{j:02d}" for j in range(names)]


def of(close: np.ndarray, groups: dict[str, np.ndarray] | None = None, **others: np.ndarray) -> Panel:
    _, days, names = prices(*close.shape)
    return Panel.from_arrays(
        days.to_numpy().astype("datetime64[D]"), names, {"close": close, **others}, groups=groups
    )


def test_a_group_that_never_changes_is_told_where_it_is_read() -> None:
    close, _, _ = prices()
    still = np.tile(np.array(list("AB") * 7, dtype=object), (len(close), 1))
    moving = still.copy()
    moving[150:, 0] = "B"
    model = Ridge().fit(
        X=[group.demean(features.ret(5), data.sector)], y=labels.excess(fwd_ret(3), over=data.sector)
    )
    told = [w for w in limits(model, of(close, {"sector": still})) if "sector" in w]
    assert [w.split(",")[1] for w in told] == [" which X reads", " which the label reads"]
    assert all("one group an asset on all 300 sessions" in w for w in told)
    assert not [w for w in limits(model, of(close, {"sector": moving})) if "sector" in w]  # the control


MODEL = Ridge().fit(X=[features.ret(5)], y=fwd_ret(3))


def test_prices_that_are_none_are_counted() -> None:
    close, _, _ = prices()
    bad = close.copy()
    bad[200, 3], bad[201, 3], bad[250, 9] = -4.0, 0.0, -1.0
    (told,) = [w for w in limits(MODEL, of(bad)) if "zero or negative" in w]
    assert told == (
        "close is zero or negative on 3 rows of 2 assets (the first: S03 on 2020-10-07): returns over them are missing."
    )
    assert not [w for w in limits(MODEL, of(close)) if "zero or negative" in w]
    volume = np.ones_like(close)
    bars = Ridge().fit(X=[features.ret(5)], y=fwd_ret(3))
    assert not [
        w for w in limits(bars, of(close, vwap=bad, volume=volume)) if "zero or negative" in w
    ]  # not read


def test_a_panel_of_survivors_only_says_so_and_one_with_departures_counts_them() -> None:
    close, _, _ = prices()
    assert [w for w in limits(MODEL, of(close)) if "survivors only" in w]
    left = close.copy()
    left[250:, 2] = np.nan  # held, predicted, without a label on three sessions
    told = limits(MODEL, of(left))
    assert not [w for w in told if "survivors only" in w]
    (rows,) = [w for w in told if "leave the panel before its end" in w]
    assert rows.startswith(
        "1 of 14 assets leave the panel before its end; 3 predicted rows of 1 of them have no label"
    )
    (held,) = [w for w in told if "price ended for good" in w]
    assert held.startswith("1 positions were held")
    assert [w for w in told if "survivorship cannot be excluded" in w]
    before = close.copy()
    before[40:, 2] = np.nan  # it left before the first test session: nothing of it was predicted or held
    told = limits(MODEL, of(before))
    assert not [w for w in told if "before its end" in w or "ended for good" in w]


def test_what_validation_finds_in_fields_that_are_read_is_a_limit_and_no_other() -> None:
    close, _, _ = prices()
    spiked = close.copy()
    spiked[220, 4] *= 2.0
    volume = np.full_like(close, 1e6)
    volume[100, 1] = 0.0
    told = limits(MODEL, of(spiked, volume=volume))
    assert [w for w in told if w.startswith("close: 1 prices jump and are back") and "S04 2020-11-04" in w]
    assert not [w for w in told if w.startswith("volume:")]
    reads = Ridge().fit(X=[features.ret(5), features.adv(20)], y=fwd_ret(3))
    assert [w for w in limits(reads, of(spiked, volume=volume)) if w.startswith("volume: 1 volumes are zero")]
    assert not [w for w in limits(MODEL, of(close)) if w.startswith("close:")]  # the control
    with limited("2 GB"):
        assert [w for w in limits(MODEL, of(spiked)) if "was not looked at, because memory is limited" in w]


def test_a_factor_that_is_judged_alone_is_held_to_the_same() -> None:
    still, moving = panel(), panel(reference=False)
    factor = cs.rank(data.shares_outstanding)
    told = [
        [w for w in study(factor, y=fwd_ret(3), panel=on).warnings if "shares_outstanding" in w]
        for on in (still, moving)
    ]
    assert [len(t) for t in told] == [1, 0]
    assert told[0][0].startswith("shares_outstanding, which the factor reads, is one number an asset")
