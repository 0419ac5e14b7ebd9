"""Classical factors of the literature as expressions, one line each: ``CLASSICAL["max"]``.

A month is 21 sessions, a year 252. Each has the sign with which its paper found higher returns for higher values. The papers
work at month ends and with monthly portfolios; these are the same quantities on every session.
"""

from __future__ import annotations

from alpha_bench import Expr, cs, features, ts

MONTH, YEAR = 21, 252

returns = features.ret(1)
market = cs.mean(returns)  # equal-weighted, over the assets that have a return

CLASSICAL: dict[str, Expr] = {}

# Jegadeesh and Titman (1993), "Returns to Buying Winners and Selling Losers", J. of Finance 48: the return of the last twelve
# months but the last one.
CLASSICAL["momentum_12_1"] = features.mom_12_1()

# Jegadeesh (1990), "Evidence of Predictable Behavior of Security Returns", J. of Finance 45: last month's losers win.
CLASSICAL["reversal"] = features.reversal(MONTH)

# Ang, Hodrick, Xing and Zhang (2006), "The Cross-Section of Volatility and Expected Returns", J. of Finance 61: total volatility
# of last month's daily returns, low is good.
CLASSICAL["low_volatility"] = -features.volatility(MONTH)

# The same: the deviation of the residuals of last month's daily returns on the market, n - 2 degrees of freedom. The paper's
# three factors are the market's alone here. By the identity RSS = (n - 1) var(r) (1 - corr(r, market)^2).
CLASSICAL["low_idiosyncratic_volatility"] = -(
    ts.std(returns, MONTH) * ((1 - ts.corr(returns, market, MONTH) ** 2) * ((MONTH - 1) / (MONTH - 2))).sqrt()
)

# Amihud (2002), "Illiquidity and Stock Returns", J. of Financial Markets 5: the mean of |r| a dollar of volume over a year, times
# a million.
CLASSICAL["illiquidity"] = features.amihud(YEAR)

# Bali, Cakici and Whitelaw (2011), "Maxing Out", J. of Financial Economics 99: the greatest daily return of last month, low is
# good.
CLASSICAL["max"] = -features.max_ret(MONTH)
