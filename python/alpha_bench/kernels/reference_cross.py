"""References of the operators across assets, and of the choices by a condition."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels.arrays import Floats, Implementation, Operand


def where(x: Operand, condition: Operand) -> Floats:
    return np.where(np.equal(condition, 1.0), x, np.nan)


def if_else(condition: Operand, x: Operand, y: Operand) -> Floats:
    return np.where(np.equal(condition, 1.0), x, np.where(np.isnan(condition), np.nan, y))


CHOICES: Mapping[str, Implementation] = MappingProxyType({"where": where, "if_else": if_else})


def cs_rank(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        ordered = np.sort(v)
        low, high = np.searchsorted(ordered, v, "left"), np.searchsorted(ordered, v, "right")
        out[row, known] = (low + high + 1) / 2 / max(len(v), 1)
    return out


def cs_demean(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        out[row, known] = v - (v[:1] + np.mean(v - v[:1]) if len(v) else 0.0)
    return out


def cs_zscore(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, centred in enumerate(cs_demean(x)):
        known = np.isfinite(centred)
        v = centred[known]
        std = np.sqrt(np.sum(v**2) / (len(v) - 1)) if len(v) > 1 else 0.0
        out[row, known] = v / std if std > 0 else np.nan
    return out


def cs_mean(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        v = values[np.isfinite(values)]
        if len(v):
            out[row] = v[0] + np.mean(v - v[0])
    return out


def cs_std(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, centred in enumerate(cs_demean(x)):
        v = centred[np.isfinite(centred)]
        if len(v) > 1:
            out[row] = np.sqrt(np.sum(v**2) / (len(v) - 1))
    return out


CROSS: Mapping[str, Implementation] = MappingProxyType(
    {
        "cs.rank": cs_rank,
        "cs.demean": cs_demean,
        "cs.zscore": cs_zscore,
        "cs.mean": cs_mean,
        "cs.std": cs_std,
    }
)
