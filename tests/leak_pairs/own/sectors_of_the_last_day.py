#: kind: expression or panel
#: source: GICS reclassification of 2018, groups as of the last day
#: fault: point in time: names are grouped by the sector that they end in
#: panel: classified
# %% [meta]
# id: sectors_of_the_last_day
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, group, walk_forward

# %% [features]
# -- leak
heat = group.mean(features.ret(20), data.ind_last)
# -- twin
heat = group.mean(features.ret(20), data.ind)
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), heat], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
