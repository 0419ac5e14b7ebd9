#: kind: what the panel holds
#: source: own experience: a reference table is downloaded today
#: fault: point in time: the market value in the reference table is that of the last day
#: written: after the first record
# -- leak
#: panel: caps reference=cap_last
# -- twin
#: panel: caps reference=cap_first
# -- both
# %% [meta]
# id: size_of_the_last_day
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
x = cs.rank(data.cap)

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
