#: kind: @feature over all sessions
#: source: scikit-learn, common pitfalls
#: fault: look-ahead: prices are divided by the mean of everything that the function was given
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: divided_by_its_mean
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
from alpha_bench import Ridge, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=5)
def f(close):
    return close / np.nanmean(close, axis=0)
# -- twin
@feature(inputs=[data.close], window=5)
def f(close):
    return close / np.nanmean(close, axis=1, keepdims=True)
# -- both
x = f

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
