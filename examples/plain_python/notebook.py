# %% [markdown]
# # Short-term reversal in plain pandas and scikit-learn
# No platform vocabulary: a declared CSV, a fitted pipeline `m`, and figures in a dict `report`.

# %% [meta]
# id: plain_reversal
# kind: model
# horizon: 5d
# owner: team-short-horizon
# inputs:
#   prices: prices.csv
# description: five-day reversal and volatility, ridge on standardised features

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

# %%
# Exploratory: stays behind.
inputs["prices"].describe()

# %% [features]
close = inputs["prices"].pivot(index="date", columns="symbol", values="close")
returns = close.pct_change()
table = pd.DataFrame(
    {
        "reversal": -close.pct_change(5).stack(),
        "volatility": returns.rolling(20).std().stack(),
        "label": (close.shift(-5) / close - 1).stack(),
    }
).dropna()

# %% [model]
dates = table.index.get_level_values("date").unique().sort_values()
cut = dates[int(len(dates) * 0.7)]
train = table[table.index.get_level_values("date") < dates[int(len(dates) * 0.7) - 5]]
test = table[table.index.get_level_values("date") >= cut]
m = make_pipeline(StandardScaler(), Ridge(alpha=10.0)).fit(train[["reversal", "volatility"]], train["label"])

# %% [eval]
scored = test.assign(prediction=m.predict(test[["reversal", "volatility"]]))
ic = scored.groupby(level="date").apply(lambda day: day["prediction"].corr(day["label"], method="spearman"))
report = {
    "rank_ic_mean": float(ic.mean()),
    "rank_ic_std": float(ic.std(ddof=1)),
    "n_dates": len(ic),
    "hit_rate": float(np.mean(ic > 0)),
}
