"""The names and types of a report's figures, as attributes. Imports nothing that computes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

FigureValue: TypeAlias = float | int | Sequence[float | None] | None
"""A number, a list of them, or None where the figure cannot be formed."""

_T_co = TypeVar("_T_co", covariant=True)


class _Holder(Protocol):
    @property
    def figures(self) -> Mapping[str, Any]: ...


class Figure(Generic[_T_co]):
    """An attribute that is the figure of its name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, holder: _Holder, owner: type) -> _T_co:
        value: _T_co = holder.figures[self._name]
        return value


_Number = Figure[float | None]
_Numbers = Figure[Sequence[float | None] | None]


class NamedFigures:
    """Figures as attributes of whatever has ``figures``; ``docs/how-to/read-a-report.md`` says what each is."""

    __slots__ = ()

    n_dates = Figure[int]()
    ic_mean = _Number()
    ic_std = _Number()
    icir = _Number()
    rank_ic_mean = _Number()
    rank_icir = _Number()
    ic_t_naive = _Number()
    ic_t_newey_west = _Number()
    ic_t_newey_west_h1 = _Number()
    ic_t_nonoverlapping = _Number()
    hit_rate = _Number()
    quantile_returns = _Numbers()
    quantile_spread = _Number()
    n_eff = _Number()
    rank_ic_t_newey_west = _Number()
    coverage = _Number()
    quantile_spread_t = _Number()
    quantile_order = _Number()
    monotonicity_p = _Number()
    quantile_turnover_top = _Number()
    quantile_turnover_bottom = _Number()
    rank_autocorrelation = _Number()
    portfolio_sessions = Figure[int | None]()
    annual_return = _Number()
    volatility = _Number()
    sharpe = _Number()
    sharpe_by_cost = _Numbers()
    annual_return_by_cost = _Numbers()
    drawdown = _Number()
    turnover = _Number()
    break_even_cost_bps = _Number()
    sharpe_probability = _Number()
    trials = Figure[int]()
    deflated_sharpe = _Number()
    least_record_sessions = _Number()
    market_beta = _Number()
    annual_alpha = _Number()
    annual_alpha_t = _Number()
    capacity = _Number()
    capacity_tail = _Number()
    sharpe_low = _Number()
    sharpe_high = _Number()
    sortino = _Number()
    calmar = _Number()
    value_at_risk = _Number()
    expected_shortfall = _Number()
    information_ratio = _Number()
    tracking_error = _Number()
    active_return = _Number()
    benchmark_beta = _Number()
    benchmark_alpha = _Number()
    benchmark_alpha_t = _Number()
    r2_oos = _Number()
    pbo = _Number()
