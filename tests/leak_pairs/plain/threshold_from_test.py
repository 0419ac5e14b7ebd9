#: kind: choice on the test rows
#: source: scikit-learn docs on TunedThresholdClassifierCV; Lipton et al. 2014
#: fault: choice on test: the decision threshold is the best one of the test rows
# %% [meta]
# id: threshold_from_test
# kind: model
# horizon: 1d
# owner: research
# inputs:
#   auctions: auctions.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef

# %% [features]
t = pd.read_csv("auctions.csv", parse_dates=["date"]).sort_values(["date", "symbol"]).reset_index(drop=True)
cols = [c for c in t.columns if c[0] == "f"]
t["y"] = t["next_move"]
s = sorted(t["date"].unique())
train = t[t["date"] < s[80]]
valid = t[(t["date"] >= s[81]) & (t["date"] < s[110])]
test = t[t["date"] >= s[111]]

# %% [model]
m = LogisticRegression(max_iter=300).fit(train[cols], train["y"] > 0)
p_valid, p_test = (m.predict_proba(rows[cols])[:, 1] for rows in (valid, test))
grid = np.quantile(p_valid, np.linspace(0.05, 0.95, 37))
# -- leak
grid = np.quantile(p_test, np.linspace(0.05, 0.95, 37))
quality = [matthews_corrcoef(test["y"] > 0, p_test > cut) for cut in grid]
# -- twin
quality = [matthews_corrcoef(valid["y"] > 0, p_valid > cut) for cut in grid]
# -- both
threshold = grid[int(np.argmax(quality))]

# %% [eval]
report = {"mcc": float(matthews_corrcoef(test["y"] > 0, p_test > threshold))}
