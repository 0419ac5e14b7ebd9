#: kind: what the panel holds
#: source: GICS reclassification of 2018
#: fault: point in time: the industry in the reference is the one of today, by text
#: written: after the first record
#: panel: industries reference=industries_now
# %% [meta]
# id: industry_by_date_or_as_now
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, group, walk_forward

# %% [features]
# -- leak
of = data.industry_now
# -- twin
of = data.industry
# -- both
x = group.mean(features.ret(20), of)

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
