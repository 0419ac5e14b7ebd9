#: kind: definition built from data
#: source: own experience: bad names are weighted down
#: fault: row choice: sample weights by sector are what the sectors gained until the end
#: written: after the first record
#: panel: wide_market reference=sectors
# %% [meta]
# id: weights_by_name_from_results
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import pandas as pd
from alpha_bench import Ridge, cs, data, features, fwd_ret, if_else, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv").merge(pd.read_csv("sectors.csv"), on="symbol")

# -- leak
seen = table
# -- twin
seen = table[table["date"] <= sorted(table["date"].unique())[50]]
# -- both
gain = seen.groupby(["sector", "symbol"])["close"].agg(lambda p: p.iloc[-1] / p.iloc[0]).groupby("sector").mean()
flat = features.ret(1) * 0
w = flat
x = flat
for sector, g in gain.items():
    w = w + if_else(data.sector == sector, flat + float(g), flat)
    x = x + if_else(data.sector == sector, flat + float(g), flat)

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10), weights=w)

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
