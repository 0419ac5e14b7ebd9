#: kind: definition built from data
#: source: own experience: settings objects made by a tuning cell
#: fault: choice: the window and the side in a frozen settings class are those that did best over all sessions
#: written: after the first record
#: panel: wide_market
# %% [meta]
# id: frozen_settings_class
# kind: model
# horizon: 10d
# owner: research

# %% [setup]
from dataclasses import dataclass

import numpy as np
import pandas as pd
from alpha_bench import Ridge, cs, data, feature, features, fwd_ret, walk_forward

# %% [features]
table = pd.read_csv("wide_market.csv")

wide = table.pivot(index="date", columns="symbol", values="close")
# -- leak
known = wide
# -- twin
known = wide.iloc[:60]
# -- both
ahead = known.shift(-10) / known - 1
scores = {k: known.pct_change(k).corrwith(ahead, axis=1, method="spearman").mean() for k in range(2, 31)}

@dataclass(frozen=True)
class Settings:
    side: float
    window: int

best = max(scores, key=lambda k: abs(scores[k]))
SETTINGS = Settings(side=float(np.sign(scores[best])), window=int(best))

x = SETTINGS.side * features.ret(SETTINGS.window)

# %% [model]
m = Ridge(1e-9).fit(X=[x], y=fwd_ret(10))

# %% [eval]
report = walk_forward(m, folds=4, embargo="5d")
