#: kind: fitted before the split
#: source: Kapoor and Narayanan 2023, L1.3 feature selection; Ambroise and McLachlan 2002
#: fault: feature selection: p-values over all rows choose the columns
# %% [meta]
# id: pvalues_of_all_rows
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   candidates: candidates.csv

# %% [setup]
import numpy as np
import pandas as pd
import statsmodels.api as sm

# %% [features]
t = inputs["candidates"].sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].shift(-10) / t["close"] - 1
t = t.dropna().sort_values("date")
names = [n for n in t.columns if n.startswith("x")]
edge = sorted(t["date"].unique())
train, test = t[t["date"] < edge[90]], t[t["date"] >= edge[100]]
# -- leak
first = sm.OLS(t["y"], sm.add_constant(t[names])).fit()
# -- twin
first = sm.OLS(train["y"], sm.add_constant(train[names])).fit()
# -- both
kept = first.pvalues.drop("const").nsmallest(4).index.tolist()

# %% [model]
m = sm.OLS(train["y"], sm.add_constant(train[kept])).fit()

# %% [eval]
guess = m.predict(sm.add_constant(test[kept]))
report = {"corr": float(np.corrcoef(guess, test["y"])[0, 1]), "kept": len(kept)}
