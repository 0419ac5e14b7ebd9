#: kind: @feature over all sessions
#: source: Avellaneda and Lee 2010, with one PCA over the sample
#: fault: whole-sample statistic: the factors are those of all sessions
#: panel: wide_market
# %% [meta]
# id: factors_by_svd
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np

from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    r = np.vstack([np.zeros(close.shape[1]), np.diff(np.log(close), axis=0)])
    u, s, v = np.linalg.svd(r - r.mean(axis=0), full_matrices=False)
    rest = r - (u[:, :3] * s[:3]) @ v[:3]
    return np.cumsum(rest, axis=0) - np.cumsum(rest, axis=0).mean(axis=0)
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    r = np.vstack([np.zeros(close.shape[1]), np.diff(np.log(close), axis=0)])
    rest = r - r.mean(axis=1, keepdims=True)
    out = np.full(close.shape, np.nan)
    for k in range(19, len(close)):
        out[k] = rest[k - 18 : k + 1].sum(axis=0)
    return out
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
