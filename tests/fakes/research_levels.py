"""A module of a researcher's own that computes its constants from a table, as ``settings.py`` files often end up doing."""

from __future__ import annotations

import numpy as np
import pandas as pd

PRICES = pd.DataFrame(np.random.default_rng(2).normal(100.0, 5.0, (60, 4)))
MEAN = float(PRICES.to_numpy().mean())
HALF = MEAN / 2
EDGES = tuple(PRICES.stack().quantile([0.2, 0.5, 0.8]).tolist())
YEAR = 252
ROOT = float(np.sqrt(YEAR))


def against_the_mean(x):
    return x / MEAN


def by_the_year(x):
    return x * ROOT


class Levels:
    top = float(PRICES.to_numpy().max())
