#: kind: @feature over all sessions
#: source: own experience
#: fault: look-ahead: an accumulation over the reversed array
#: panel: wide_market
# %% [meta]
# id: highest_from_here_on
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
# -- leak
@feature(inputs=[data.close], window=20)
def f(close):
    return close / np.maximum.accumulate(close[::-1])[::-1]
# -- twin
@feature(inputs=[data.close], window=20)
def f(close):
    return close / pd.DataFrame(close).rolling(20).max().to_numpy()
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), f], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
