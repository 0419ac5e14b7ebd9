#: kind: trade before the signal
#: source: Chan 2009, Quantitative Trading, ch. 3
#: fault: timing: the position earns the return that it was made from
# %% [meta]
# id: position_on_its_own_return
# kind: signal
# horizon: 1d
# owner: research
# inputs:
#   prices: prices.csv
# signal: positions

# %% [setup]
import numpy as np
import pandas as pd

# %% [features]
wide = pd.read_csv("prices.csv", parse_dates=["date"]).pivot(index="date", columns="symbol", values="close")
ret = wide.pct_change()

# %% [model]
positions = np.sign(ret.rolling(30).mean()).dropna()

# %% [eval]
# -- leak
pnl = (positions * ret.loc[positions.index]).mean(axis=1)
# -- twin
pnl = (positions.shift(1) * ret.loc[positions.index]).mean(axis=1).dropna()
# -- both
report = {"sharpe": float(pnl.mean() / pnl.std() * 252**0.5)}
