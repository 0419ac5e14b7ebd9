#: kind: fitted before the split
#: source: Kapoor and Narayanan 2023, L1.3; Yang et al., ASE 2022, preprocessing
#: fault: feature selection: supervised components of all rows
# %% [meta]
# id: pls_before_split
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   candidates: candidates.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.cross_decomposition import PLSRegression
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("candidates.csv").sort_values(["symbol", "date"])
t["target"] = t.groupby("symbol")["close"].transform(lambda p: p.shift(-10) / p - 1)
t = t.dropna().sort_values(["date", "symbol"])
names = [n for n in t.columns if n.startswith("x")]
day = t["date"].rank(method="dense")
fit_on, look_at = t[day <= 140], t[day > 150]
# -- leak
compress = PLSRegression(2).fit(t[names], t["target"])
# -- twin
compress = PLSRegression(2).fit(fit_on[names], fit_on["target"])
# -- both

# %% [model]
m = Ridge().fit(compress.transform(fit_on[names]), fit_on["target"])

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(compress.transform(look_at[names])), look_at["target"])[0, 1])}
