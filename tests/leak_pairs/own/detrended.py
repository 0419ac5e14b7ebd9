#: kind: @feature over all sessions
#: source: scipy.signal.detrend docs
#: fault: two-sided: the trend that is taken off is that of all sessions
#: panel: wide_market
# %% [meta]
# id: detrended
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from scipy.signal import detrend
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    return detrend(np.log(close), axis=0)
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    log = pd.DataFrame(np.log(close))
    return (log - log.rolling(20).mean()).to_numpy()
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
