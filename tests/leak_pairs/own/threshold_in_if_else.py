#: kind: definition built from data
#: source: quantile bins fitted before the split
#: fault: whole-sample statistic: the levels between which returns count are those that paid over all sessions
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: threshold_in_if_else
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import numpy as np
from alpha_bench import Ridge, cs, data, features, fwd_ret, if_else, walk_forward

# %% [features]
close = data.close.to_frame()
# -- leak
known = close
# -- twin
known = close.iloc[:60]
# -- both
past = known.pct_change(5).to_numpy().ravel()
ahead = (known.shift(-10) / known - 1).to_numpy().ravel()
ok = ~(np.isnan(past) | np.isnan(ahead))
edges = np.quantile(past[ok], np.linspace(0, 1, 21))
at = np.clip(np.searchsorted(edges, past[ok]) - 1, 0, 19)
paid = np.array([ahead[ok][at == b].mean() for b in range(20)])
x = features.ret(1) * 0
for b in range(20):
    x = x + if_else((features.ret(5) >= float(edges[b])) & (features.ret(5) < float(edges[b + 1])), features.ret(1) * 0 + float(paid[b]), features.ret(1) * 0)

# %% [model]
m = Ridge(1e-9).fit(X=[x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
