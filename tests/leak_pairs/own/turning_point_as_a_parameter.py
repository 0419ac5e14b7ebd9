#: kind: definition built from data
#: source: own experience
#: fault: whole-sample statistic: a parameter of a custom feature is the level that returns have after the fact
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: turning_point_as_a_parameter
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

wide = table.pivot(index="date", columns="symbol", values="close")
# -- leak
known = wide
# -- twin
known = wide.iloc[:59]
# -- both
ahead = (known.shift(-10) / known - 1)
turn = min(np.linspace(-0.1, 0.1, 41), key=lambda c: ahead.where(known.pct_change(10) > c).stack().mean())

@feature(inputs=[features.ret(10)], window=1)
def side(ret, *, at=0.0):
    return np.where(ret > at, -1.0, 1.0)

x = side(at=float(turn))

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
