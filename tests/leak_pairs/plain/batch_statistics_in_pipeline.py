#: kind: fitted before the split
#: source: FinRL#3 (test data scaled by itself), inside a Pipeline
#: fault: preprocessing: the test block is standardised by its own mean inside the pipeline
# %% [meta]
# id: batch_statistics_in_pipeline
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   index: index.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

def standard(values):
    return (values - values.mean(axis=0)) / values.std(axis=0)

# %% [features]
t = inputs["index"]
t["log_level"] = np.log(t["level"])
t["target"] = t["log_level"].shift(-10) - t["log_level"]
t = t.dropna()
names = ["log_level", "credit"]
train, test = t.iloc[:380], t.iloc[390:]

# %% [model]
# -- leak
scale = FunctionTransformer(standard)
# -- twin
scale = StandardScaler()
# -- both
m = make_pipeline(scale, Ridge()).fit(train[names].to_numpy(), train["target"].to_numpy())

# %% [eval]
guess = m.predict(test[names].to_numpy())
report = {"corr": float(np.corrcoef(guess, test["target"])[0, 1])}
