#: kind: definition built from data
#: source: Kapoor and Narayanan 2023, L1.2
#: fault: whole-sample statistic: a helper function writes weights that were fitted on all sessions into the expression
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: weights_by_a_helper
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

wide = table.pivot(index="date", columns="symbol", values="close")
# -- leak
known = wide
# -- twin
known = wide.iloc[:59]
# -- both
LAGS = (1, 2, 3, 4, 6, 8, 11, 15)
past = np.column_stack([known.pct_change(k).iloc[16:-10].to_numpy().ravel() for k in LAGS])
ahead = (known.shift(-10) / known - 1).iloc[16:-10].to_numpy().ravel()
WEIGHTS = tuple(float(w) for w in np.linalg.lstsq(past, ahead, rcond=None)[0])

def blend(weights):
    return sum(w * features.ret(k) for w, k in zip(weights, LAGS))

x = blend(WEIGHTS)

# %% [model]
m = Ridge(1e-9).fit(X=[x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
