#: kind: expression or panel
#: source: Ljungqvist et al. 2009 on analyst histories
#: fault: point in time: a column of the panel is a quarter's mean, later estimates included
# -- leak
#: panel: consensus_whole
# -- twin
#: panel: consensus_so_far
# -- both
# %% [meta]
# id: consensus_column
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
gap = data.consensus - data.close

# %% [model]
m = Ridge().fit(X=[features.ret(20), gap], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
