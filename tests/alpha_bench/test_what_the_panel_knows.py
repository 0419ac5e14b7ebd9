"""What the panel knows about a model's fields is said: prices that are none, and numbers that never move."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from alpha_bench import Panel, Ridge, cs, data, features, fwd_ret, labels, walk_forward
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
    from alpha_bench.engine import compute

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
