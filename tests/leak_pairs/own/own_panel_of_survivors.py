#: kind: panel built in a cell
#: source: Elton, Gruber and Blake 1996, survivorship
#: fault: row choice: the panel is made of names whose price at the end is above that of the start
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: own_panel_of_survivors
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import alpha_bench as ab
import pandas as pd
from alpha_bench import Ridge, cs, data, features, fwd_ret, if_else, ts, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

table["date"] = pd.to_datetime(table["date"])
# -- leak
last = table.groupby("symbol")["close"].last() / table.groupby("symbol")["close"].first()
# -- twin
early = table[table["date"] <= table["date"].sort_values().unique()[50]]
last = early.groupby("symbol")["close"].last() / early.groupby("symbol")["close"].first()
# -- both
kept = table[table["symbol"].isin(last.nlargest(25).index)]
panel = ab.use(ab.Panel.of(kept))
x = if_else(ts.max(data.close, 20) > data.close, features.ret(5), features.ret(20))

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
