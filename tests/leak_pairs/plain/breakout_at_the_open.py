#: kind: trade before the signal
#: source: backtrader docs on cheat-on-open
#: fault: timing: bought at the open because of the same day's close
# %% [meta]
# id: breakout_at_the_open
# kind: signal
# horizon: 1d
# owner: research
# inputs:
#   prices: prices.csv
# signal: positions

# %% [setup]
import pandas as pd

# %% [features]
px = inputs["prices"]
open_, close = (px.pivot(index="date", columns="symbol", values=c) for c in ("open", "close"))
top = close.rolling(20).max().shift(1)

# %% [model]
broken = (close > top).astype(float)
positions = broken.div(broken.sum(axis=1).clip(lower=1), axis=0)

# %% [eval]
day = close / open_ - 1
# -- leak
pnl = (positions * day).sum(axis=1)
# -- twin
pnl = (positions.shift(1) * day).sum(axis=1)
# -- both
report = {"mean_bps": float(pnl.mean() * 1e4)}
