#: kind: estimated over all of history
#: source: DeMiguel et al. 2009, 1/N out of sample
#: fault: estimated on all days: the portfolio is optimal for the days that judge it
# %% [meta]
# id: weights_of_all_days
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
ret = wide.pct_change().dropna()
judged = ret.iloc[160:]
# -- leak
known = ret
# -- twin
known = ret.iloc[:160]
# -- both

# %% [model]
sigma = known.cov().to_numpy() + 1e-4 * np.eye(ret.shape[1])
w = np.linalg.solve(sigma, known.mean().to_numpy())
w = w / np.abs(w).sum()
positions = pd.DataFrame(np.tile(w, (len(judged), 1)), judged.index, judged.columns)

# %% [eval]
pnl = (positions * judged).sum(axis=1)
report = {"sharpe": float(pnl.mean() / pnl.std() * np.sqrt(252))}
