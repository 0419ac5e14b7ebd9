#: kind: expression or panel
#: source: Kapoor and Narayanan 2023, L1.2
#: fault: numbers fitted on all sessions are handed over as parameters
#: panel: wide_market
# %% [meta]
# id: coefficients_measured_on_the_panel
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, data, feature, features, fwd_ret, walk_forward

# %% [features]
@feature(inputs=[features.ret(k) for k in (1, 2, 3, 5, 8, 13, 20, 30)], window=1)
def mix(a, b, c, d, e, f, g, h, *, w0=0.0, w1=0.0, w2=0.0, w3=0.0, w4=0.0, w5=0.0, w6=0.0, w7=0.0):
    return a * w0 + b * w1 + c * w2 + d * w3 + e * w4 + f * w5 + g * w6 + h * w7

closes = pd.read_csv("wide_market.csv").pivot(index="date", columns="symbol", values="close")
# -- leak
known = closes
# -- twin
known = closes.iloc[:59]
# -- both
X = np.column_stack([known.pct_change(k).iloc[30:-10].to_numpy().ravel() for k in (1, 2, 3, 5, 8, 13, 20, 30)])
y = (known.shift(-10) / known - 1).iloc[30:-10].to_numpy().ravel()
w = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=None)[0]
mixed = mix(**{f"w{i}": float(v) for i, v in enumerate(w)})

# %% [model]
m = Ridge(1e-6).fit(X=[mixed], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
