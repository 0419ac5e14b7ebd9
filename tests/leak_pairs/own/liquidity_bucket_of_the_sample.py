#: kind: what the panel holds
#: source: own experience
#: fault: whole-sample statistic: the bucket of a name is that of its gain over all sessions
#: written: after the first record
# -- leak
#: panel: wide_market reference=buckets_of_all
# -- twin
#: panel: wide_market reference=buckets_at_start
# -- both
# %% [meta]
# id: liquidity_bucket_of_the_sample
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, group, walk_forward

# %% [features]
x = group.mean(features.ret(20), data.bucket) + 0.01 * data.score

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
