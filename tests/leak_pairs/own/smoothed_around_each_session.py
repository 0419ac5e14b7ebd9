#: kind: what the panel holds
#: source: scipy.signal.savgol_filter, centred windows
#: fault: two-sided: a column is the mean of the price over the sessions around its own
#: written: after the first record
# -- leak
#: panel: smoothed_centred
# -- twin
#: panel: smoothed_trailing
# -- both
# %% [meta]
# id: smoothed_around_each_session
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, walk_forward

# %% [features]
x = data.smooth / data.close

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
