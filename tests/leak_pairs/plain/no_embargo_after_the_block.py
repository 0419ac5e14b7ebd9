#: kind: purge and embargo
#: source: Lopez de Prado 2018, ch. 7, embargo
#: fault: embargo: training begins again on the day after the test block
# %% [meta]
# id: no_embargo_after_the_block
# kind: model
# horizon: 15d
# owner: research
# inputs:
#   index: index.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsRegressor

# %% [features]
s = inputs["index"]
log = np.log(s["level"])
t = pd.DataFrame({f"r{k}": log.diff(k) for k in (10, 20, 40, 60)})
t["y"] = log.shift(-15) - log
t = t.dropna().reset_index(drop=True)
cols = [c for c in t if c != "y"]
H, LOOK = 15, 60

# %% [model]
out = []
for a in range(100, len(t) - 30, 10):
    b = a + 10
    before = t.iloc[: a - H]
    # -- leak
    after = t.iloc[b:]
    # -- twin
    after = t.iloc[b + H + LOOK :]
    # -- both
    train = pd.concat([before, after])
    m = KNeighborsRegressor(4).fit(train[cols], train["y"])
    out.append(pd.DataFrame({"p": m.predict(t.iloc[a:b][cols]), "y": t["y"].iloc[a:b]}))
cv = pd.concat(out)

# %% [eval]
report = {"corr": float(cv["p"].corr(cv["y"]))}
