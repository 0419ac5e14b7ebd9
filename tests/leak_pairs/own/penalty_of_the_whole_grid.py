#: kind: choice among reports
#: source: Cawley and Talbot 2010
#: fault: multi-test: penalty and window of the report are the best of a grid that was judged on the same sessions
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: penalty_of_the_whole_grid
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, features, fwd_ret, walk_forward

# %% [features]
grid = [(a, w) for a in (0.1, 10.0, 1000.0) for w in (3, 6, 12)]
found = {}
for a, w in grid:
    found[a, w] = walk_forward(Ridge(a).fit(X=[features.ret(w), features.volatility(20)], y=fwd_ret(10)), folds=3, embargo="5d")["ic_mean"]
alpha, window = sorted(found, key=found.get)[-1]

# %% [model]
m = Ridge(alpha).fit(X=[features.ret(window), features.volatility(20)], y=fwd_ret(10))

# %% [eval]
# -- leak
report = walk_forward(m, folds=3, embargo="5d")
# -- twin
report = walk_forward(m, folds=3, embargo="5d", trials=len(grid))
# -- both
