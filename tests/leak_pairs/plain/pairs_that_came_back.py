#: kind: estimated over all of history
#: source: Gatev et al. 2006, with the formation period over all days
#: fault: estimated on all days: the pairs are those whose spread came back in the test days
# %% [meta]
# id: pairs_that_came_back
# kind: signal
# horizon: 1d
# owner: research
# inputs:
#   prices: prices.csv
# signal: positions

# %% [setup]
import itertools
import numpy as np
import pandas as pd
from statsmodels.tsa.stattools import adfuller

# %% [features]
wide = np.log(inputs["prices"].pivot(index="date", columns="symbol", values="close")).iloc[:, :12]
half = len(wide) // 2
# -- leak
known = wide
# -- twin
known = wide.iloc[:half]
# -- both

# %% [model]
def p_value(a, b):
    return adfuller(known[a] - known[b], maxlag=1, autolag=None)[1]

pairs = sorted(itertools.combinations(wide.columns, 2), key=lambda ab: p_value(*ab))[:4]
positions = pd.DataFrame(0.0, wide.index, wide.columns)
for a, b in pairs:
    spread = wide[a] - wide[b]
    z = (spread - spread.rolling(60).mean()) / spread.rolling(60).std()
    positions[a] -= z.clip(-2, 2)
    positions[b] += z.clip(-2, 2)
positions = positions.iloc[half:]

# %% [eval]
pnl = (positions.shift(1) * wide.diff()).sum(axis=1).iloc[half + 1 :]
report = {"sharpe": float(pnl.mean() / pnl.std() * np.sqrt(252))}
