# %% [setup]
%matplotlib inline
%config InlineBackend.figure_format = "retina"
import numpy as np
import pandas as pd
import xgboost as xgb
import seaborn as sns
from scipy.stats import spearmanr, kendalltau
sns.set_theme(style="darkgrid")
DATA_STORE = "../data/assets.h5"
# %% [features]
with pd.HDFStore(DATA_STORE, "r") as store:
    bars = store["prices"]
bars = bars.swaplevel().sort_index()
# %% [features]
def add_lags(d, lags=(1, 5, 21)):
    out = {f"r{k}": d.groupby("symbol").close.pct_change(k) for k in lags}
    out["range"] = (d.high - d.low) / d.close
    out["vol21"] = d.groupby("symbol").close.transform(lambda s: s.pct_change().rolling(21).std())
    return pd.DataFrame(out)

X = add_lags(bars)
fwd = bars.groupby("symbol").close.shift(-10) / bars.close - 1
ds = X.assign(fwd=fwd).dropna().swaplevel().sort_index()
ds["grade"] = ds.groupby("date").fwd.transform(lambda s: pd.qcut(s.rank(method="first"), 5, labels=False)).astype(int)
ds["qid"] = ds.groupby("date").ngroup()
# %%
sns.heatmap(ds.corr(), annot=True)
# %% [model]
%%time
dates = ds.index.get_level_values("date")
tr, te = ds[dates < "2016-06-01"], ds[dates >= "2016-06-20"]
ranker = xgb.XGBRanker(objective="rank:pairwise", n_estimators=50, max_depth=3, learning_rate=0.1, tree_method="hist", random_state=1)
ranker.fit(tr[X.columns], tr.grade, qid=tr.qid)
# %% [eval]
rank_ic = (
    te.assign(s=ranker.predict(te[X.columns]))
    .groupby("date")[["s", "fwd"]]
    .apply(lambda d: pd.Series({"spearman": spearmanr(d.s, d.fwd)[0], "kendall": kendalltau(d.s, d.fwd)[0]}))
)
rank_ic.rolling(60).mean().plot(subplots=True, figsize=(10, 4));
stats_ = rank_ic.agg(["mean", "std"]).T
print(stats_)
print(f"IC {stats_.loc['spearman', 'mean']:.10f}")
