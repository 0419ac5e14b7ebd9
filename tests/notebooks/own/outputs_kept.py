# %% [setup]
import json
from pathlib import Path
import numpy as np
import pandas as pd
import matplotlib.pyplot as plt
import lightgbm as lgb
from lightgbm import LGBMClassifier, early_stopping, log_evaluation
from sklearn.metrics import log_loss, roc_auc_score
OUT = Path("results"); OUT.mkdir(exist_ok=True)
SEED = 2024
# %% [features]
%%capture
d = pd.read_csv("../data/prices.csv", parse_dates=["date"]).sort_values(["symbol", "date"])
for k in [1, 2, 3, 5, 8, 13, 21]:
    d[f"lag_{k}"] = d.groupby("symbol")["close"].pct_change(k)
d["dow"] = d["date"].dt.dayofweek.astype("category")
d["y"] = (d.groupby("symbol")["close"].shift(-3) / d["close"] > 1).astype("int8")
d = d.dropna().query("date < '2018-02-01'")
print(d.info())
# %%
%timeit d.groupby("symbol")["close"].pct_change()
# %% [model]
fts = [c for c in d if c.startswith("lag_")] + ["dow"]
tr, va, te = d[d.date < "2015-12-15"], d[d.date.between("2016-01-01", "2016-11-30")], d[d.date >= "2016-12-15"]
clf = LGBMClassifier(n_estimators=300, num_leaves=15, learning_rate=0.03, colsample_bytree=0.7, random_state=SEED, verbose=-1)
clf.fit(tr[fts], tr["y"], eval_set=[(va[fts], va["y"])], eval_metric="auc", callbacks=[early_stopping(20, verbose=False), log_evaluation(0)])
%timeit -n 1 -r 1 clf.predict_proba(va[fts])
# %% [eval]
imp = pd.Series(clf.booster_.feature_importance("gain"), index=fts, name="gain").sort_values(ascending=False)
imp.to_csv(OUT / "importance.csv")
ax = lgb.plot_importance(clf, max_num_features=5)
plt.savefig(OUT / "importance.png", dpi=60, bbox_inches="tight"); plt.close("all")
p = clf.predict_proba(te[fts])[:, 1]
scores = {"auc": roc_auc_score(te["y"], p), "logloss": log_loss(te["y"], p), "trees": clf.best_iteration_}
with open(OUT / "scores.json", "w") as fh: json.dump(scores, fh, indent=2)
print(f"AUC {scores['auc']:.10f}")
