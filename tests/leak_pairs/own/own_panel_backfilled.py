#: kind: panel built in a cell
#: source: pandas docs, bfill
#: fault: look-ahead: a weekly column is filled backwards in the cell that builds the panel
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: own_panel_backfilled
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import alpha_bench as ab
import pandas as pd
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

week = (table.groupby("symbol").cumcount() % 10) == 9
table["seen"] = table["close"].where(week)
# -- leak
table["seen"] = table.groupby("symbol")["seen"].bfill()
# -- twin
table["seen"] = table.groupby("symbol")["seen"].ffill()
# -- both
panel = ab.use(ab.Panel.of(table))
x = data.seen / data.close

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
