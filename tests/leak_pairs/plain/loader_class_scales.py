#: kind: fitted before the split
#: source: Drobnjakovic et al., TASE 2024, normalisation before a slice; Yang et al., ASE 2022, preprocessing
#: fault: preprocessing: the loader scales by minima and maxima of all rows before it slices
# %% [meta]
# id: loader_class_scales
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

class Loader:
    def __init__(self, path, share=0.6, horizon=10):
        wide = pd.read_csv(path).pivot(index="date", columns="symbol", values="close")
        self.values, self.h = wide.to_numpy(), horizon
        self.cut = int(len(wide) * share)

    def scaled(self):
        # -- leak
        known = self.values
        # -- twin
        known = self.values[: self.cut]
        # -- both
        low, high = known.min(axis=0), known.max(axis=0)
        return (self.values - low) / (high - low)

    def parts(self):
        x, y = self.scaled()[: -self.h], self.values[self.h :] / self.values[: -self.h] - 1
        a, b = slice(0, self.cut - self.h), slice(self.cut, None)
        return x[a].reshape(-1, 1), y[a].ravel(), x[b].reshape(-1, 1), y[b].ravel()

# %% [features]
x_train, y_train, x_test, y_test = Loader("prices.csv").parts()

# %% [model]
m = LinearRegression().fit(x_train, y_train)

# %% [eval]
report = {"corr": float(np.corrcoef(m.predict(x_test), y_test)[0, 1])}
