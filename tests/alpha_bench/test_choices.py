"""``where`` and ``if_else``: a condition that is not known chooses nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from alpha_bench import cs, data, features, if_else, where
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr, expr_from_plain
from alpha_bench.operators import Kind
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.parsing import parse_expression
from fakes.small_panels import panel_of

NAN = np.nan
PANEL = panel_of(
    {"close": np.array([[1.0, 2.0, NAN, 4.0, np.inf]]), "volume": np.array([[1.0, -1.0, 3.0, NAN, 2.0]])}
)


def values(expr: Expr) -> list[float]:
    return compute((expr,), PANEL)[0][0].tolist()


def test_where_keeps_what_the_condition_lets_through() -> None:
    expected = pytest.approx([1.0, NAN, NAN, NAN, np.inf], nan_ok=True)
    assert values(data.close.where(data.volume > 0)) == expected
    assert where(data.close, data.volume > 0) is data.close.where(data.volume > 0)


def test_a_choice_does_not_look_at_the_value_that_it_leaves() -> None:
    chosen = if_else(data.volume > 0, 10.0, data.close)
    assert values(chosen) == pytest.approx([10.0, 2.0, 10.0, NAN, 10.0], nan_ok=True)


def test_a_cross_sectional_operator_over_a_universe_leaves_the_others_out() -> None:
    """The control: without the universe the ranks are others."""
    inside = values(cs.rank(data.close.where(data.volume > 0)))
    assert inside == pytest.approx([1.0, NAN, NAN, NAN, NAN], nan_ok=True)
    assert values(cs.rank(data.close))[0] == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("expr", "kind"),
    [
        (data.close.where(data.volume > 0), Kind.FACTOR),
        ((data.close > 1).where(data.volume > 0), Kind.FILTER),
        (fwd_ret(5).where(data.volume > 0), Kind.LABEL),
        (if_else(data.close > 1, fwd_ret(5), 0.0), Kind.LABEL),
    ],
)
def test_a_choice_keeps_the_kind_and_survives_text_and_plain_data(expr: Expr, kind: Kind) -> None:
    assert expr.kind is kind
    assert expr_from_plain(expr.to_plain()) is expr
    assert parse_expression(str(expr)) is expr


@pytest.mark.parametrize(
    "write",
    [
        lambda: data.close.where(data.volume),
        lambda: where(data.close, 1),
        lambda: if_else(features.ret(5), 1, 2),
    ],
)
def test_a_number_is_no_condition(write: Callable[[], object]) -> None:
    with pytest.raises(AlphaBenchError, match=r"takes conditions; .* is a factor.*such as .* > 0"):
        write()


def test_the_market_is_the_mean_of_who_has_a_value_given_to_all() -> None:
    assert values(cs.mean(data.close)) == pytest.approx([7 / 3] * 5)
    assert values(cs.std(data.close)) == pytest.approx([np.std([1, 2, 4], ddof=1)] * 5)
