#: kind: @feature over all sessions
#: source: Kapoor and Narayanan 2023, L2
#: fault: look-ahead: the clock counts to the next event
#: panel: wide_market
# %% [meta]
# id: sessions_to_the_next_jump
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
    jump = np.zeros(close.shape, bool)
    jump[1:] = close[1:] / close[:-1] > 1.05
    out = np.full(close.shape, 10.0)
    for j in range(close.shape[1]):
        at = np.flatnonzero(jump[:, j])
        nxt = np.searchsorted(at, np.arange(len(close)), side='right')
        ok = nxt < len(at)
        out[ok, j] = np.minimum(at[nxt[ok]] - np.flatnonzero(ok), 10)
    return out
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    jump = np.zeros(close.shape, bool)
    jump[1:] = close[1:] / close[:-1] > 1.05
    out = np.full(close.shape, np.nan)
    for k in range(11, len(close)):
        past = jump[k - 9 : k + 1][::-1]
        out[k] = np.where(past.any(axis=0), past.argmax(axis=0), 10)
    return out
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
