#: kind: panel built in a cell
#: source: scikit-learn, common pitfalls
#: fault: whole-sample statistic: a column is made of ranks within the name's whole history before the panel is built
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: own_panel_winsorised
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import alpha_bench as ab
import pandas as pd
from alpha_bench import Ridge, cs, data, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

# -- leak
table["level"] = table.groupby("symbol")["close"].rank(pct=True)
# -- twin
table["level"] = table.groupby("symbol")["close"].expanding().rank(pct=True).droplevel(0)
# -- both
panel = ab.use(ab.Panel.of(table))
x = -data.level

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
