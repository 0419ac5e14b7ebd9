# %% [setup]
import numpy as np, pandas as pd
import statsmodels.formula.api as smf
from scipy import stats
import matplotlib.pyplot as plt
plt.style.use("ggplot")
FOLDER = "../data"
# %% [features]
with np.load(f"{FOLDER}/panel.npz") as z:
    dates, symbols, close, volume = z["dates"], z["symbols"], z["close"], z["volume"]
close = pd.DataFrame(close, index=pd.DatetimeIndex(dates, name="date"), columns=pd.Index(symbols, name="symbol"))
volume = pd.DataFrame(volume, index=close.index, columns=close.columns)
# %% [features]
weekly = close.resample("W-FRI").last()
ret = weekly.pct_change()
zs = lambda f: f.sub(f.mean(axis=1), axis=0).div(f.std(axis=1), axis=0)
table = pd.concat({
    "mom": zs(weekly.pct_change(12)).stack(),
    "rev": zs(ret).stack(),
    "turn": zs(np.log(volume.resample("W-FRI").sum())).stack(),
    "up": (ret.shift(-1) > 0).where(ret.shift(-1).notna()).stack().astype(float),
}, axis=1).dropna().reset_index()
table["quarter"] = table.date.dt.quarter
# %%
table.groupby("quarter").up.mean().plot(kind="bar")
plt.show()
# %% [model]
insample = table[table.date < "2016"]
res = smf.logit("up ~ mom + rev + turn + C(quarter)", data=insample).fit(disp=0)
print(res.summary())
# %% [eval]
oos = table[table.date >= "2016"].copy()
oos["p"] = res.predict(oos)
auc = stats.mannwhitneyu(oos.p[oos.up == 1], oos.p[oos.up == 0]).statistic / ((oos.up == 1).sum() * (oos.up == 0).sum())
fig, ax = plt.subplots(figsize=(6, 3))
ax.hist(oos.p, bins=40)
ax.set_title(f"AUC {auc:.3f}")
plt.show()
print(f"pseudo R2 {res.prsquared:.5f}")
print(f"AUC {auc:.10f}")
