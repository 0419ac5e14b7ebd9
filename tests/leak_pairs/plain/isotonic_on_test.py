#: kind: choice on the test rows
#: source: scikit-learn docs, probability calibration (disjoint data)
#: fault: calibration: probabilities are calibrated on the rows that score them
# %% [meta]
# id: isotonic_on_test
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss

# %% [features]
t = inputs["prices"].sort_values(["symbol", "date"])
g = t.groupby("symbol")["close"]
for k in (1, 3, 5, 10, 20, 40):
    t[f"r{k}"] = g.pct_change(k)
t["y"] = g.shift(-10) / t["close"] - 1
t = t.dropna().sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "r"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[100]]
valid = t[(t["date"] >= s[110]) & (t["date"] < s[150])]
test = t[t["date"] >= s[160]]

# %% [model]
m = RandomForestClassifier(40, max_depth=5, random_state=0).fit(train[cols], train["y"] > 0)
calibrate = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip")
# -- leak
calibrate.fit(m.predict_proba(test[cols])[:, 1], test["y"] > 0)
# -- twin
calibrate.fit(m.predict_proba(valid[cols])[:, 1], valid["y"] > 0)
# -- both

# %% [eval]
odds = calibrate.predict(m.predict_proba(test[cols])[:, 1])
hit = (test["y"] > 0).to_numpy()
report = {"brier_skill": float(1 - brier_score_loss(hit, odds) / 0.25)}
