"""Realistic notebooks without a fault: each must give no finding at all, not even a note.

The control is in the tests: the same notebooks with one line broken must give one.
"""

from __future__ import annotations

META = "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: my-team\n"
INPUTS = "# inputs:\n#   prices: data/prices.csv\n#   macro: data/macro.csv\n"

CLEAN = {
    "seed": META
    + """
# %% [features]
ret_20 = features.ret(window=20)
ret_60 = features.ret(window=60)
turn = features.turnover(20)
# %% [model]
m = Ridge().fit(X=[ret_20, ret_60, turn], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="12")
""",
    "declarative, many helpers": META
    + """
# %% [setup]
WINDOWS = (5, 20, 60)


def momentum(window, skip=1):
    \"\"\"Return over ``window`` sessions, see https://example.org/momentum.\"\"\"
    return features.ret(window=window).lag(skip)


def standardised(expression):
    return cs.zscore(cs.rank(expression))


# %% [features]
signals = [standardised(momentum(w)) for w in WINDOWS]
named = {f"mom_{w}": s for w, s in zip(WINDOWS, signals)}
vol = ts.std(features.ret(window=1), 20)
ratio = signals[0] / (vol + 1e-9)
past = fwd_ret_10d.lag(10)
# %% [model]
m = Ridge(alpha=0.5).fit(X=[*signals, ratio], y=cs.demean(fwd_ret_10d))
# %% [eval]
report = walk_forward(m, folds=12, embargo="5d", window="expanding")
print(report)
report
""",
    "pandas and scikit-learn": META
    + INPUTS
    + """
# %% [setup]
import os
import warnings
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
pd.options.display.max_rows = 20
np.set_printoptions(precision=4)


@dataclass
class Settings:
    window: int = 20
    lags: list[int] = field(default_factory=lambda: [1, 5])

    @property
    def longest(self) -> int:
        return max(self.lags + [self.window])


settings = Settings()
# %% [features]
prices = inputs["prices"]
macro = inputs["macro"].copy()
frame = prices.sort_values(["symbol", "date"]).reset_index(drop=True)
by_symbol = frame.groupby("symbol")["close"]
frame["ret"] = by_symbol.pct_change(settings.window)
for lag in settings.lags:
    frame[f"ret_lag_{lag}"] = by_symbol.pct_change().shift(lag)
frame["target"] = by_symbol.pct_change(10).shift(-10)
columns = ["ret"] + [f"ret_lag_{lag}" for lag in settings.lags]
clean = frame.dropna(subset=[*columns, "target"])
X = clean[columns]
y = clean["target"]
# %% [model]
m = make_pipeline(StandardScaler(), Ridge(alpha=1.0))
m.fit(X, y)
# %% [eval]
scores = []
for train, test in TimeSeriesSplit(n_splits=5, gap=15).split(X):
    fitted = make_pipeline(StandardScaler(), Ridge()).fit(X.iloc[train], y.iloc[train])
    predicted = fitted.predict(X.iloc[test])
    scores.append(spearmanr(predicted, y.iloc[test]).statistic)
report = {"rank_ic_mean": float(np.mean(scores)), "ic_std": float(np.std(scores, ddof=1))}
""",
    "classes, closures, context": META
    + """
# %% [setup]
import math
from contextlib import contextmanager, suppress
from functools import lru_cache, partial, reduce
from typing import Any, Callable

registry: dict[str, Callable[..., Any]] = {}
total = 0


def register(name: str):
    def decorate(function):
        registry[name] = function
        return function

    return decorate


@register("half")
def half(x: float = math.pi) -> float:
    return x / 2


@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


class Base:
    scale = 2.0
    scaled = [scale, scale + 1]

    def __init__(self, *parts, **options):
        self.parts, self.options = parts, options

    @classmethod
    def of(cls, *parts):
        return cls(*parts)

    def __repr__(self):
        return f"{__class__.__name__}({self.parts!r})"

    def apply(self, x):
        def inner(z):
            nonlocal x
            x = x + z * self.scale
            return x

        return inner


class Child(Base):
    def apply(self, x):
        return super().apply(x)(1)


def counter():
    global total
    total += 1
    return total


@contextmanager
def scope(name):
    try:
        yield name
    finally:
        pass


def even(n):
    return n == 0 or odd(n - 1)


def odd(n):
    return n != 0 and even(n - 1)


def shadow(open, input=None):
    exit = open
    return exit, input


# %% [features]
with scope("a") as label, suppress(KeyError):
    print(label)
try:
    ratio = 1 / counter()
except ZeroDivisionError as error:
    print(error)
    raise
else:
    pass
match [1, 2, {"k": 3}]:
    case [first, *rest, {"k": deep, **others}] if first > 0:
        got = first, rest, deep, others
    case Base(parts=(one,)) | [one]:
        got = one
    case _:
        got = None
if (n := len([1, 2])) > 1 and even(n):
    windows = {k: v for k, v in zip("ab", (5, 20))}
nested = [[cell * row for cell in range(3)] for row in range(3)]
flat = [x for row in nested for x in row if x if (doubled := x * 2)]
squares = list(map(lambda v, p=2: v**p, flat))
product = reduce(lambda a, b: a * b, [s for s in squares if s], 1)
f = partial(half, 3.0)
text = f"{ratio:.2f} {label!r:>{n}} {doubled=}"
ret = features.ret(window=windows["b"])
a, (b, *c) = 1, (2, 3, 4)
i = j = 0
while i < 3:
    i += 1
else:
    j = i
del j
lazy = (q for q in flat)
items = {*flat}
# %% [model]
m = Lasso(alpha=1e-3).fit(X=[ret], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, folds=5)
assert Child.of(1).parts
display(report)
""",
    "seeded randomness": META
    + INPUTS
    + """
# %% [setup]
import time

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import KFold, train_test_split

rng = np.random.default_rng(7)
started = time.perf_counter()
# %% [features]
frame = inputs["prices"].sample(frac=1, random_state=0)
noise = rng.normal(size=3)
# %% [model]
X_train, X_test, y_train, y_test = train_test_split(frame[["a"]], frame["b"], random_state=1)
m = RandomForestRegressor(n_estimators=50, random_state=0, n_jobs=1).fit(X_train, y_train)
# %% [eval]
folds = KFold(5, shuffle=True, random_state=3)
report = {"score": m.score(X_test, y_test)}
print(time.perf_counter() - started)
""",
    "seeded once": META
    + INPUTS
    + """
# %% [setup]
import random
import numpy as np
random.seed(1)
np.random.seed(1)
# %% [features]
frame = inputs["prices"].sample(frac=0.5)
noise = np.random.normal(size=len(frame)) + random.random()
# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression()
# %% [eval]
report = {"n": len(frame)}
""",
    "optional imports, annotations, async": META
    + """
# %% [setup]
from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
try:
    import polars as pl
except ImportError:
    pl = None


def first(xs: Sequence[NotImported]) -> Missing:
    local: Unknown = xs[0]
    return local


async def fetch(n):
    async with asyncio.timeout(1):
        await asyncio.sleep(0)
    return [x async for x in agen(n)]


async def agen(n):
    for k in range(n):
        yield k


numbers = ThreadPoolExecutor().submit(asyncio.run, fetch(3)).result()
# %% [features]
ret_20 = features.ret(window=len(numbers) + 17)
# %% [model]
m = OLS().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m)
""",
    "exploration around": META
    + """
# %%
import matplotlib.pyplot as plt
%matplotlib inline
!ls
# %%
junk = undefined_thing + (
# %% [features]
ret_20 = features.ret(window=20)
# %%
plt.plot(ret_20)
ret_20_copy = ret_20
for ret_61 in range(3): pass
# %% [markdown]
# # Model of `[model]`
# %% [model]
m = ElasticNet().fit(X=[ret_20], y=fwd_ret_10d)
# %%
m.coef_
# %% [eval]
report = walk_forward(m)
# %%
report = None
ret_20 = 3
""",
    "frames joined with the label and columns chosen": META
    + """
# %% [setup]
import pandas as pd
# %% [features]
ret = features.ret(window=20).to_frame()
label = fwd_ret_10d.to_frame()
both = pd.concat([ret, label], axis=1).dropna()
inputs_used = both[["ret_20"]]
target = both["label"]
rows = target.notna()
aligned = ret.loc[label.index][rows]
# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(inputs_used.loc[rows], target[rows])
n = LinearRegression().fit(both.drop(columns="label"), both["label"])
# %% [eval]
hit = (m.predict(inputs_used) * label.values > 0).mean()
report = {"hit_rate": float(hit)}
""",
    "string that shows a marker": META
    + '''
# %% [features]
note = """
# %% [model]
m = None
"""
raw = r"\\d+\\s'"; other = 'it"s'  # don't
ret_20 = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m)
''',
    "several cells a tag, values handed on": META
    + """
# %% [features] momentum
base = features.ret(window=20)
x = base
# %% [features] liquidity
x = cs.zscore(x)
turn = features.turnover(window=20)
chosen = [x, turn]
# %% [model]
m = Ridge()
# %% [model]
m = m.fit(X=chosen, y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m)
# %% [eval]
print(report)
""",
}
