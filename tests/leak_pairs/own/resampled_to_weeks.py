#: kind: @feature over all sessions
#: source: pandas docs, resample labels
#: fault: look-ahead: each session of a week has the last price of the week
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: resampled_to_weeks
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import pandas as pd
from alpha_bench import Ridge, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=10)
def f(close):
    frame = pd.DataFrame(close)
    return (frame.groupby(frame.index // 5).transform("last") / frame).to_numpy()
# -- twin
@feature(inputs=[data.close], window=10)
def f(close):
    frame = pd.DataFrame(close)
    return (frame.shift(5) / frame).to_numpy()
# -- both
x = f

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
