#: kind: expression or panel
#: source: Bailey and Lopez de Prado 2014, the deflated Sharpe ratio; Yang et al., ASE 2022, multi-test
#: fault: multi-test: of eleven variants the best one is reported as if it had been the only one
#: panel: wide_market
# %% [meta]
# id: best_of_many_windows
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, features, fwd_ret, walk_forward

# %% [features]
def judged(window, trials=1):
    model = Ridge().fit(X=[cs.rank(features.ret(window))], y=fwd_ret(10))
    return walk_forward(model, folds=3, embargo="5d", trials=trials)

windows = range(2, 24, 2)
best = max(windows, key=lambda w: judged(w).figures["ic_mean"])

# %% [model]
m = Ridge().fit(X=[cs.rank(features.ret(best))], y=fwd_ret(10))

# %% [eval]
# -- leak
report = walk_forward(m, folds=3, embargo="5d")
# -- twin
report = walk_forward(m, folds=3, embargo="5d", trials=len(windows))
# -- both
