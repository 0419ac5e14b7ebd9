#: kind: choice on the test rows
#: source: Bailey et al. 2014, pseudo-mathematics
#: fault: multi-test: the pair of averages is chosen on the years that the Sharpe is reported for
# %% [meta]
# id: averages_of_all_years
# kind: signal
# horizon: 1d
# owner: research
# inputs:
#   index: index.csv
# signal: positions

# %% [setup]
import itertools
import numpy as np
import pandas as pd

def sharpe(pnl):
    return float(np.sqrt(252) * pnl.mean() / pnl.std())

# %% [features]
close = pd.read_csv("index.csv", parse_dates=["date"]).set_index("date")["level"]
ret = close.pct_change()

# %% [model]
def held(fast, slow):
    return np.sign(close.rolling(fast).mean() - close.rolling(slow).mean())

def pnl(fast, slow):
    return (held(fast, slow).shift(1) * ret).dropna()

tried = [(f, s) for f, s in itertools.product(range(2, 30, 3), range(10, 120, 10)) if f < s]
out = close.index[400]
# -- leak
best = max(tried, key=lambda p: sharpe(pnl(*p).loc[out:]))
# -- twin
best = max(tried, key=lambda p: sharpe(pnl(*p).loc[: close.index[399]]))
# -- both
positions = held(*best)

# %% [eval]
report = {"sharpe": sharpe(pnl(*best).loc[out:])}
