# %% [setup]
import itertools
import numpy as np, pandas as pd
import statsmodels.api as sm
from statsmodels.tsa.stattools import coint
import matplotlib.pyplot as plt
LOOKBACK, ENTRY, EXIT = 60, 1.5, 0.25
# %% [features]
prices = pd.read_csv("../data/prices.csv", index_col="date", parse_dates=True, usecols=["date", "symbol", "close"]).pivot(columns="symbol", values="close")
logp = np.log(prices)
formation, trading = logp.loc[:"2014-12"], logp.loc["2015":]
# %% [features]
%%time
def find_cointegrated_pairs(data):
    keys, pvalues = list(data.columns), {}
    for a, b in itertools.combinations(keys, 2):
        pvalues[a, b] = coint(data[a], data[b], maxlag=1, autolag=None)[1]
    return pd.Series(pvalues).sort_values()

pairs = find_cointegrated_pairs(formation.iloc[:, :8])
best_pairs = list(pairs.index[:3])
# %%
pairs.head(10)
# %% [model]
def zscore_positions(z, entry=ENTRY, exit=EXIT):
    pos, out = 0, []
    for v in z:
        if pos == 0 and abs(v) > entry: pos = -np.sign(v)
        elif pos != 0 and abs(v) < exit: pos = 0
        out.append(pos)
    return pd.Series(out, index=z.index)

weights = pd.DataFrame(0.0, index=trading.index, columns=trading.columns)
for a, b in best_pairs:
    beta = sm.OLS(formation[a], sm.add_constant(formation[b])).fit().params.iloc[1]
    spread = trading[a] - beta * trading[b]
    z = (spread - spread.rolling(LOOKBACK).mean()) / spread.rolling(LOOKBACK).std()
    pos = zscore_positions(z)
    weights[a] += pos / len(best_pairs)
    weights[b] -= beta * pos / len(best_pairs)
# %% [eval]
pnl = (weights.shift() * prices.pct_change().loc["2015":]).sum(axis=1)
sharpe = np.sqrt(252) * pnl.mean() / pnl.std()
fig = plt.figure(figsize=(10, 4))
pnl.cumsum().plot(title=f"pairs: Sharpe {sharpe:.2f}")
max_dd = (pnl.cumsum() - pnl.cumsum().cummax()).min()
print(f"drawdown {max_dd:.4f}")
print(f"Sharpe {sharpe:.10f}")
