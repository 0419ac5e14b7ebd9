"""What is too good to be believed, by horizon: each limit bites beyond itself and not below."""

from __future__ import annotations

import math

import pytest

from alpha_bench.metrics import incredible
from alpha_bench.metrics.plausibility import ic_limit, r_squared_limit, sharpe_limit


@pytest.mark.parametrize("horizon", [1, 5, 10, 21, 63, 252])
@pytest.mark.parametrize("sessions", [None, 60, 252, 2520])
def test_each_figure_is_told_beyond_its_limit_and_not_below(horizon: int, sessions: int | None) -> None:
    limits = {
        "ic": ic_limit(horizon),
        "sharpe": sharpe_limit(horizon, sessions),
        "r_squared": r_squared_limit(horizon),
    }
    for name, limit in limits.items():
        assert len(incredible(horizon, sessions=sessions, **{name: 1.001 * limit})) == 1, name
        assert incredible(horizon, sessions=sessions, **{name: 0.999 * limit}) == ()
    assert incredible(horizon, sessions=sessions, ic=-1.001 * limits["ic"])
    assert incredible(horizon, sessions=sessions, r_squared=-9.0) == (), "worse than a forecast of zero"
    assert len(incredible(horizon, sessions=sessions, **{n: 1.01 * v for n, v in limits.items()})) == 3


@pytest.mark.parametrize(
    ("kind", "horizon", "value"),
    [
        ("ic", 10, 0.05),
        ("ic", 252, 0.25),
        ("sharpe", 10, 2.5),
        ("sharpe", 1, 5.5),
        ("r_squared", 21, 0.01),
        ("r_squared", 252, 0.15),
    ],
)
def test_what_the_literature_has_seen_is_believed(kind: str, horizon: int, value: float) -> None:
    assert incredible(horizon, **{kind: value}) == ()


def test_a_short_record_may_show_more_by_chance() -> None:
    assert incredible(10, sharpe=6.0, sessions=60) == ()
    assert len(incredible(10, sharpe=6.0, sessions=2520)) == 1


def test_longer_horizons_may_show_more_up_to_a_bound() -> None:
    for limit in (ic_limit, r_squared_limit):
        values = [limit(h) for h in range(1, 3000)]
        assert values == sorted(values)
        assert max(values) == 0.3
    assert ic_limit(84) == pytest.approx(2 * ic_limit(21))
    assert math.isclose(sharpe_limit(1), 8.0)


def test_what_is_not_known_is_not_told() -> None:
    assert incredible(10) == ()
    assert incredible(10, ic=math.nan, sharpe=math.nan, r_squared=math.nan) == ()


def test_it_says_figure_limit_and_horizon() -> None:
    assert str(incredible(1, ic=0.61)[0]) == (
        "A mean daily IC of 0.61 is too good to be believed: honest forecasts of returns over 1 session stay below 0.1. Look for a leak first."
    )
