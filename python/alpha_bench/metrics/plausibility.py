"""What is too good to be believed of a forecast of returns, by the horizon ``h`` of its label in sessions: the one place of these limits.

* **IC**, mean over dates: 0.1 up to a month of 21 sessions, then times ``sqrt(h / 21)``, at most 0.3. Grinold and Kahn (2000, chapter 6) call 0.05
  good, 0.10 great and 0.15 world class, of a few assets and monthly; what is slow gathers information as the root of time.
* **Sharpe ratio**, annualised, before costs: ``4 + 4/h``, and two standard errors of a ratio of no merit over the record, ``2 sqrt(252 / sessions)``,
  where its length is known. A book that is held for weeks is not known to have kept 3 for long (Cornell 2020 has 2.0 of the best one known, after
  costs), nor twice that one that turns over each day, before its costs. What is short may reach much by chance.
* **R squared** out of sample, against a forecast of zero: 0.05 up to a month, then in proportion to ``h``, at most 0.3. Gu, Kelly and Xiu (2020) reach
  0.004 of single stocks by month, Campbell and Thompson (2008) some 0.01 of the market by month and 0.1 by year.

They are no tests: a figure beyond them is nearly always a leak, a label that is no return, or the training rows; one below them proves nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_MONTH = 21
_YEAR = 252


@dataclass(frozen=True, kw_only=True, slots=True)
class Incredible:
    """A figure beyond its ``limit`` for a label of ``horizon`` sessions. ``what`` is its name in a sentence."""

    what: str
    value: float
    limit: float
    horizon: int

    def __str__(self) -> str:
        sessions = "1 session" if self.horizon == 1 else f"{self.horizon} sessions"
        return (
            f"{self.what} of {self.value:.3g} is too good to be believed: honest forecasts of returns over {sessions} stay below "
            f"{self.limit:.2g}. Look for a leak first."
        )


def ic_limit(horizon: int) -> float:
    """Of the mean IC, in size."""
    return min(0.1 * math.sqrt(max(horizon, _MONTH) / _MONTH), 0.3)


def sharpe_limit(horizon: int, sessions: int | None = None) -> float:
    """Of the annualised Sharpe ratio of ``sessions`` (None: not known), in size."""
    noise = 2 * math.sqrt(_YEAR / sessions) if sessions else 0.0
    return 4 + 4 / max(horizon, 1) + noise


def r_squared_limit(horizon: int) -> float:
    """Of R squared out of sample."""
    return min(0.05 * max(horizon, _MONTH) / _MONTH, 0.3)


def incredible(
    horizon: int,
    *,
    ic: float | None = None,
    sharpe: float | None = None,
    r_squared: float | None = None,
    sessions: int | None = None,
) -> tuple[Incredible, ...]:
    """Those of the figures that are beyond their limit; None is not known."""
    given = (
        ("A mean daily IC", ic, ic_limit(horizon)),
        ("A Sharpe ratio", sharpe, sharpe_limit(horizon, sessions)),
        ("An R squared", None if r_squared is None else max(r_squared, 0.0), r_squared_limit(horizon)),
    )
    return tuple(
        Incredible(what=what, value=value, limit=limit, horizon=horizon)
        for what, value, limit in given
        if value is not None and abs(value) > limit
    )
