#: kind: definition built from data
#: source: own experience: the factor is turned about where its backtest was bad
#: fault: choice: the sign of each factor is that of its IC over all sessions
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: sign_of_the_factor
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
close = data.close.to_frame()
# -- leak
known = close
# -- twin
known = close.iloc[:60]
# -- both
def sign(k):
    past, ahead = known.pct_change(k), known.shift(-10) / known - 1
    return 1.0 if past.corrwith(ahead, axis=1, method="spearman").mean() >= 0 else -1.0

x = sum(cs.rank(features.ret(k)) * sign(k) for k in (1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 15, 17, 19, 22, 25, 27, 30))

# %% [model]
m = Ridge(1e-6).fit(X=[x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
