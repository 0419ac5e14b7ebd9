#: kind: purge and embargo
#: source: own experience: gaps in calendar days
#: fault: purge: thirty calendar days stand between, the label takes thirty sessions
# %% [meta]
# id: gap_in_calendar_days
# kind: model
# horizon: 30d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import pandas as pd
from sklearn.linear_model import Ridge

# %% [features]
t = pd.read_csv("prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
t["y"] = t.groupby("symbol")["close"].transform(lambda p: p.shift(-30) / p - 1)
t = t.dropna(subset=["y"])
dummies = pd.get_dummies(t["symbol"], dtype=float)

# %% [model]
scored = []
for start in t["date"].drop_duplicates().iloc[60::3]:
    # -- leak
    gap = pd.Timedelta(days=30)
    # -- twin
    gap = pd.offsets.BDay(30)
    # -- both
    recent = (t["date"] < start - gap) & (t["date"] >= start - gap - pd.offsets.BDay(5))
    m = Ridge(0.1).fit(dummies[recent], t.loc[recent, "y"])
    today = t["date"] == start
    scored.append(t[today].assign(p=m.predict(dummies[today])))
scored = pd.concat(scored)

# %% [eval]
report = {"ic": float(scored.groupby("date")[["p", "y"]].apply(lambda d: d["p"].corr(d["y"])).mean())}
