#: kind: @feature over all sessions
#: source: scipy.signal.filtfilt docs; zero-phase filters
#: fault: two-sided: filtfilt runs over the sessions backwards too
#: panel: wide_market
# %% [meta]
# id: filtered_there_and_back
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
from scipy.signal import filtfilt
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    return filtfilt([0.2] * 5, [1.0], close, axis=0) / close
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    out = np.full(close.shape, np.nan)
    for k in range(19, len(close)):
        out[k] = close[k - 4 : k + 1].mean(axis=0)
    return out / close
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
