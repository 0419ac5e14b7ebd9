#: kind: what the panel holds
#: source: pandas docs, bfill; Kaufman et al. 2012
#: fault: look-ahead: a sparse vendor column was filled backwards before it became a field
#: written: after the first record
# -- leak
#: panel: estimates_backward
# -- twin
#: panel: estimates_forward
# -- both
# %% [meta]
# id: gaps_filled_from_behind
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, walk_forward

# %% [features]
x = data.estimate / data.close

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
