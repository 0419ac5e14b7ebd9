#: kind: @feature over all sessions
#: source: Kapoor and Narayanan 2023, L1.2
#: fault: whole-sample statistic: the rank of a price among all prices that the name will have
#: panel: wide_market
# %% [meta]
# id: rank_in_its_own_history
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from scipy.stats import rankdata
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    return rankdata(close, axis=0) / len(close)
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    return pd.DataFrame(close).rolling(20).rank(pct=True).to_numpy()
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
