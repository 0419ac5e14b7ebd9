#: kind: what the panel holds
#: source: scikit-learn, common pitfalls
#: fault: whole-sample statistic: a column is the name's price over its mean of all sessions
#: written: after the first record
# -- leak
#: panel: level_of_all
# -- twin
#: panel: level_so_far
# -- both
# %% [meta]
# id: scaled_by_all_sessions
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, walk_forward

# %% [features]
x = -data.level

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
