#: kind: expression or panel
#: source: CRSP adjustment factors; zipline docs on adjustments as of the simulation date
#: fault: point in time: the adjusted price level knows the splits to come
#: panel: splits
# %% [meta]
# id: level_adjusted_for_later_splits
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
# -- leak
level = cs.rank(data.adj_close)
# -- twin
level = cs.rank(data.raw_close)
# -- both

# %% [model]
m = Ridge().fit(X=[features.ret(20), level], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
