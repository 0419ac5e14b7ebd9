#: kind: what the panel holds
#: source: Compustat point-in-time; Kapoor and Narayanan 2023, L2
#: fault: point in time: earnings of a quarter stand from the day on which it ended, not from their filing
#: written: after the first record
# -- leak
#: panel: eps_at_period_end
# -- twin
#: panel: eps_as_filed
# -- both
# %% [meta]
# id: filed_numbers_at_period_end
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, data, features, fwd_ret, walk_forward

# %% [features]
x = data.eps / data.close

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
