#: kind: what the panel holds
#: source: CRSP adjustment factors
#: fault: point in time: the filter is on the level of an adjusted price beside which the unadjusted one stands
#: written: after the first record
#: panel: two_prices
# %% [meta]
# id: dollar_volume_of_adjusted_prices
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, if_else, walk_forward

# %% [features]
# -- leak
cheap = data.px
# -- twin
cheap = data.px_raw
# -- both
x = if_else(cheap < 25, features.ret(1) * 0 + 1, features.ret(1) * 0)

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
