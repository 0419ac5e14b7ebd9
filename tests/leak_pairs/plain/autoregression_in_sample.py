#: kind: estimated over all of history
#: source: statsmodels docs, in-sample prediction
#: fault: fitted on all: predictions of the last years come from a fit that saw them
# %% [meta]
# id: autoregression_in_sample
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   index: index.csv

# %% [setup]
import numpy as np
import pandas as pd
from statsmodels.tsa.ar_model import AutoReg

# %% [features]
level = pd.read_csv("index.csv")["level"]
r = np.log(level).diff().dropna().to_numpy()
n = 450

# %% [model]
# -- leak
m = AutoReg(r, lags=40).fit()
guess = m.predict(n, len(r) - 1)
# -- twin
m = AutoReg(r[:n], lags=40).fit()
guess = m.apply(r).predict(n, len(r) - 1)
# -- both

# %% [eval]
report = {"corr": float(np.corrcoef(guess[-(len(r) - n) :], r[n:])[0, 1])}
