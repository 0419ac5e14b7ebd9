#: kind: definition built from data
#: source: Kapoor and Narayanan 2023, L1.3
#: fault: choice: the universe are the names that gain most until the end
#: written: after the first record
#: panel: wide_market reference=sectors
# %% [meta]
# id: universe_of_later_volume
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

# -- leak
seen = table
# -- twin
seen = table[table["date"] <= sorted(table["date"].unique())[50]]
# -- both
gain = seen.groupby("symbol")["close"].agg(lambda p: p.iloc[-1] / p.iloc[0])
kept = sorted(gain.nlargest(24).index)
x = features.ret(5)
inside = data.sector.is_in(*sorted({f"sector{int(s[1:]) % 8}" for s in kept[:10]}))

# %% [model]
m = Ridge().fit(X=[features.ret(20), x], y=fwd_ret(10), universe=inside)

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
