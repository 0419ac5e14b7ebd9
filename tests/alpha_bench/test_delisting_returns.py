"""A price that ends: the label and the book take the return that is stated for it, and say what they could not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from alpha_bench import AlphaBenchError, Panel, Ridge, cs, data, features, fwd_ret, labels, walk_forward
from alpha_bench.definitions import build
from alpha_bench.engine import compute
from alpha_bench.expressions import Expr, apply, expr_from_plain
from alpha_bench.kernels import COMPILED, REFERENCE
from alpha_bench.session.evaluation_report import evaluate
from alpha_bench.vocabulary.parsing import parse_expression

SESSIONS, NAMES, END = 160, 8, 110
"""Asset 2 has its last price on session ``END``; asset 5 lacks prices for a while, and asset 6 those of the last ten sessions."""


def closes() -> np.ndarray:
    rng = np.random.default_rng(11)
    close = 50 * np.exp(rng.normal(0, 0.01, (SESSIONS, NAMES)).cumsum(axis=0))
    close[END + 1 :, 2] = np.nan
    close[60:64, 5] = np.nan
    close[-10:, 6] = np.nan
    return close


def panel(**others: np.ndarray) -> Panel:
    days = np.arange(SESSIONS).astype("datetime64[D]")
    return Panel.from_arrays(days, [f"S{j}" for j in range(NAMES)], {"close": closes(), **others})


def value(label: Expr, on: Panel, *, reference: bool = False) -> np.ndarray:
    return compute((label,), on, reference=reference)[0]


@pytest.mark.parametrize("reference", [False, True])
@pytest.mark.parametrize("delay", [0, 2])
def test_a_label_whose_price_ends_on_the_way_takes_the_delisting_return(delay: int, reference: bool) -> None:
    close, h = closes(), 5
    plain = value(fwd_ret(h, delay=delay), panel(), reference=reference)
    found = value(fwd_ret(h, delay=delay, delisting_return=-0.3), panel(), reference=reference)
    wanted = plain.copy()
    for t in range(
        END - delay - h + 1, END - delay + 1
    ):  # entered while there was a price, ended before the exit
        assert np.isnan(plain[t, 2])
        wanted[t, 2] = close[END, 2] * 0.7 / close[t + delay, 2] - 1
    np.testing.assert_allclose(found, wanted, rtol=1e-13)
    np.testing.assert_array_equal(
        np.isnan(found[:, [5, 6]]), np.isnan(plain[:, [5, 6]])
    )  # a gap is none, nor late data
    own = np.full_like(close, np.nan)
    own[END, 2] = -0.3
    by_field = value(
        fwd_ret(h, delay=delay, delisting_return=data.dlret), panel(dlret=own), reference=reference
    )
    np.testing.assert_array_equal(by_field, found)
    assert fwd_ret(h, delay=delay, delisting_return=-0.3).lookahead == h + delay


@pytest.mark.parametrize("horizon", [1, 4])
@pytest.mark.parametrize("delay", [0, 1])
def test_the_kernel_is_the_reference_on_holes_zeros_and_short_panels(horizon: int, delay: int) -> None:
    rng = np.random.default_rng(5)
    for rows in (0, 1, 3, 40):
        x = rng.lognormal(size=(rows, 7))
        x[rng.random(x.shape) < 0.3] = np.nan
        x[rng.random(x.shape) < 0.05] = 0.0
        ends = np.where(rng.random(x.shape) < 0.4, -0.5, np.nan)
        how = {"horizon": horizon, "delay": delay}
        mine, wanted = (table["fwd_ret_delisted"](x, ends, **how) for table in (COMPILED, REFERENCE))
        np.testing.assert_array_equal(mine, wanted)
    assert np.isfinite(wanted).any()


def report(label: Expr) -> tuple[list[str], np.ndarray, int]:
    model = Ridge().fit(X=[features.ret(5), cs.rank(features.ret(3))], y=label)
    made = evaluate(walk_forward(model, folds=3, embargo="1d"), panel())
    book = made.study.portfolio
    assert book is not None
    return made.to_json()["warnings"], book.profit, made.splits[0].test.start  # type: ignore[return-value]


def test_the_book_takes_the_loss_once_and_the_report_says_who_is_left() -> None:
    without, plain, first = report(fwd_ret(3))
    stated, profit, _ = report(fwd_ret(3, delisting_return=-0.3))
    zero, same, _ = report(fwd_ret(3, delisting_return=0.0))
    said = {
        name: [w.split(" ", 6)[:6] for w in told if "ended for good" in w]
        + [w.split("; ")[1][:31] for w in told if "leave the panel before its end" in w]
        for name, told in {"without": without, "stated": stated, "zero": zero}.items()
    }
    assert said["without"] == [
        ["2", "positions", "were", "held", "when", "their"],
        "6 predicted rows of 2 of them h",
    ]
    late = "3 predicted rows of 1 of them h"  # asset 6, whose data may be late
    assert said["stated"] == [["1", "positions", "were", "held", "when", "their"], late]
    assert said["zero"][-1] == late
    assert any("fwd_ret(h, delisting_return=-0.3)" in w for w in without)
    day = END + 1 - first
    loss = np.nan_to_num(profit - plain)
    assert np.abs(loss[:day]).max() == 0.0  # the fold was fitted before, on the same labels
    assert 1e-3 < abs(loss[day]) < 0.3  # 30 % of what was held of it, long or short
    np.testing.assert_array_equal(same[: day + 1], plain[: day + 1])  # the control: at 0 nothing is lost


def test_it_is_part_of_the_definition_and_says_itself() -> None:
    label = labels.excess(fwd_ret(10, delisting_return=-0.3))
    model = Ridge().fit(X=[features.ret(5)], y=label)
    assert build(model.to_plain()).to_plain() == model.to_plain()
    assert model.digest != Ridge().fit(X=[features.ret(5)], y=labels.excess(fwd_ret(10))).digest
    assert (model.horizon, model.delay) == (10, 0)
    assert expr_from_plain(label.to_plain()) is label
    assert parse_expression("labels.fwd_ret(10, delisting_return=-0.3)") is fwd_ret(10, delisting_return=-0.3)


LEAF = apply("delisting", name="close", value=-0.3)
REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: LEAF + 1, r"^R13 add of delisting.*known only after an asset left"),
    (lambda: cs.rank(LEAF), r"^R13 cs\.rank of delisting"),
    (lambda: fwd_ret(5, x=LEAF), r"^R13 fwd_ret of delisting"),
    (lambda: fwd_ret(5, delisting_return=fwd_ret(5)), r"^R13 "),
    (lambda: Ridge().fit(X=[LEAF], y=fwd_ret(5)), r"^R31 .*known only after an asset left"),
    (lambda: Ridge().fit(X=[features.ret(5)], y=fwd_ret(5), weights=LEAF), r"^R59 .*known only after an asset left"),
    (lambda: Ridge().fit(X=[features.ret(5)], y=LEAF), r"^R32 "),
    (lambda: fwd_ret(5, delisting_return=-1.5), r"^R01 labels\.fwd_ret: value is -1\.5; it must be -1 to 1"),
    (lambda: fwd_ret(5, x=data.close * 2, delisting_return=-0.3), r"^R13 delisting_return=-0\.3 of close \* 2, which is no field"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_known_later_stands_in_the_label_alone(call: Callable[[], object], message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        call()
