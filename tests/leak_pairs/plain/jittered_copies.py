#: kind: rows on both sides of the split
#: source: Yang et al., ASE 2022, overlap (data augmentation)
#: fault: overlap: noisy copies of the test rows train the model
# %% [meta]
# id: jittered_copies
# kind: model
# horizon: 10d
# owner: research
# inputs:
#   prices: prices.csv

# %% [setup]
import numpy as np
import pandas as pd
from sklearn.neighbors import KNeighborsRegressor

def augment(X, y, copies=3, noise=0.02, seed=1):
    rng = np.random.default_rng(seed)
    return np.vstack([X + noise * X.std(0) * rng.normal(size=X.shape) for _ in range(copies)]), np.tile(y, copies)

# %% [features]
wide = pd.read_csv("prices.csv").pivot(index="date", columns="symbol", values="close")
logs = np.log(wide.to_numpy())
at = np.arange(40, len(wide) - 10)
X = np.stack([logs[at] - logs[at - k] for k in (1, 5, 20, 40)], axis=-1)
Y = logs[at + 10] - logs[at]
first_test = 150
pairs = lambda part: (X[part].reshape(-1, 4), Y[part].reshape(-1))

# %% [model]
# -- leak
more_X, more_y = augment(*pairs(slice(0, None)))
# -- twin
more_X, more_y = augment(*pairs(slice(0, first_test - 10)))
# -- both
own_X, own_y = pairs(slice(0, first_test - 10))
m = KNeighborsRegressor(5).fit(np.vstack([own_X, more_X]), np.concatenate([own_y, more_y]))

# %% [eval]
test_X, test_y = pairs(slice(first_test, None))
report = {"ic": float(np.corrcoef(m.predict(test_X), test_y)[0, 1])}
