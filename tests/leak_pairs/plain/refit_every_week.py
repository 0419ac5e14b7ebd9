#: kind: purge and embargo
#: source: Lopez de Prado 2018, ch. 7; mlfinlab#295
#: fault: purge: each refit of the walk trains on labels that end in its test week
# %% [meta]
# id: refit_every_week
# kind: model
# horizon: 20d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsRegressor

H = 20
# %% [features]
wide = pd.read_csv("prices.csv", parse_dates=["date"]).pivot(index="date", columns="symbol", values="close")
feats = {f"r{k}": wide.pct_change(k) for k in (20, 40, 60)}
t = pd.concat({**{n: f.stack() for n, f in feats.items()}, "y": (wide.shift(-H) / wide - 1).stack()}, axis=1).dropna()
calendar = t.index.get_level_values("date")
days = calendar.unique()
cols = list(feats)

# %% [model]
parts = []
for i in range(60, len(days) - 5, 5):
    # -- leak
    train = t[calendar < days[i]]
    # -- twin
    train = t[calendar < days[i - H]]
    # -- both
    block = t[(calendar >= days[i]) & (calendar < days[i + 5])]
    m = KNeighborsRegressor(5).fit(train[cols], train["y"])
    parts.append(block.assign(p=m.predict(block[cols])))
walk = pd.concat(parts)

# %% [eval]
report = {"ic": float(walk.groupby("date")[["p", "y"]].apply(lambda d: d["p"].corr(d["y"], method="spearman")).mean())}
