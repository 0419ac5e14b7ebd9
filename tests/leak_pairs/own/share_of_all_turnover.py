#: kind: @feature over all sessions
#: source: own experience: volume curves that divide by the final total
#: fault: whole-sample statistic: the running sum is divided by the final sum
#: panel: wide_market
# %% [meta]
# id: share_of_all_turnover
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close, data.volume], window=20)
def f(close, volume):
    spent = close * volume
    return np.cumsum(spent, axis=0) / np.sum(spent, axis=0) - np.linspace(0, 1, len(spent))[:, None]
# -- twin
@feature(inputs=[data.close, data.volume], window=20)
def f(close, volume):
    spent = pd.DataFrame(close * volume)
    return (spent / spent.rolling(20).sum()).to_numpy()
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
