#: kind: expression or panel
#: source: Kapoor and Narayanan 2023, L1.3
#: fault: choice: the sectors are those that gained most over all sessions
#: panel: wide_market reference=sectors
# %% [meta]
# id: sectors_that_did_best
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import pandas as pd
from alpha_bench import Ridge, data, features, fwd_ret, if_else, walk_forward

# %% [features]
long = pd.read_csv("wide_market.csv").merge(pd.read_csv("sectors.csv"), on="symbol")
dates = sorted(long["date"].unique())
# -- leak
seen = long
# -- twin
seen = long[long["date"] <= dates[59]]
# -- both
gain = seen.groupby(["sector", "symbol"])["close"].agg(lambda p: p.iloc[-1] / p.iloc[0]).groupby("sector").mean()
best = gain.nlargest(2).index.tolist()
favoured = if_else(data.sector.is_in(*best), features.ret(1) * 0 + 1, features.ret(1) * 0 - 1)

# %% [model]
m = Ridge().fit(X=[features.ret(20), favoured], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
