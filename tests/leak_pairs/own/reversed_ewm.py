#: kind: @feature over all sessions
#: source: own experience
#: fault: two-sided: an exponential mean that runs there and back
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: reversed_ewm
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import pandas as pd
from alpha_bench import Ridge, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    frame = pd.DataFrame(close)
    there = frame.ewm(halflife=3).mean()
    back = frame[::-1].ewm(halflife=3).mean()[::-1]
    return ((there + back) / 2 / frame).to_numpy()
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    frame = pd.DataFrame(close)
    return (frame.rolling(20).mean() / frame).to_numpy()
# -- both
x = f

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
