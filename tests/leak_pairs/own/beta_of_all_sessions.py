#: kind: @feature over all sessions
#: source: one regression over the sample, as in statsmodels' OLS examples
#: fault: whole-sample statistic: one slope and intercept a name from all sessions
#: panel: wide_market
# %% [meta]
# id: beta_of_all_sessions
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[features.ret(1)], window=20)
def f(ret):
    m = np.nanmean(ret, axis=1)
    x = np.column_stack([np.ones(len(m)), m])[1:]
    coef, *_ = np.linalg.lstsq(x, np.nan_to_num(ret[1:]), rcond=None)
    return np.broadcast_to(coef[0], ret.shape)
# -- twin
@feature(inputs=[features.ret(1)], window=20)
def f(ret):
    m = pd.Series(np.nanmean(ret, axis=1))
    frame = pd.DataFrame(ret)
    return frame.sub(m, axis=0).rolling(19).mean().to_numpy()
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
