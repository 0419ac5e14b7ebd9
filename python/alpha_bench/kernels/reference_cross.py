"""References of the operators across assets, and of the choices by a condition."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels.arrays import Implementation, Operand, finite_or_nan
from alpha_bench.runtime import Floats


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


def cs_scale(x: Floats) -> Floats:
    known = finite_or_nan(x)
    total = np.nansum(np.abs(known), axis=1, keepdims=True)
    return known / np.where(total > 0, total, np.nan)


def cs_winsorize(x: Floats, *, limit: float, by: str) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        if not len(v):
            continue
        if by == "quantile":
            low, high = np.quantile(v, [limit, 1 - limit])
        else:
            if by == "std":
                centre = v[0] + np.mean(v - v[0])
                spread = np.sqrt(np.sum((v - centre) ** 2) / (len(v) - 1)) if len(v) > 1 else 0.0
            else:
                centre = np.median(v)
                spread = np.median(np.abs(v - centre)) / NormalDist().inv_cdf(0.75)
            low, high = centre - limit * spread, centre + limit * spread
        out[row, known] = np.clip(v, low, high) + 0.0  # -0.0 becomes 0.0
    return out


def cs_gaussianize(x: Floats) -> Floats:
    out = np.full_like(x, np.nan)
    for row, ranks in enumerate(cs_rank(x)):
        known = np.isfinite(ranks)
        n = int(known.sum())
        # The rank is a share: made a whole number again, so that no rounding breaks the symmetry of the scores.
        out[row, known] = [NormalDist().inv_cdf(round(2 * r * n - 1) / (2 * n)) for r in ranks[known]]
    return out


def cs_quantile(x: Floats, *, bins: int) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        v = values[known]
        if len(v):
            ordered, steps = np.sort(v), (len(v) - 1) * np.arange(1, bins)
            low, share = ordered[steps // bins], steps % bins / bins
            high = ordered[np.minimum(steps // bins + 1, len(v) - 1)]
            # From the nearer end, as numpy interpolates: the edges of -x are then those of x with the sign changed.
            edges = np.where(share < 0.5, low + (high - low) * share, high - (high - low) * (1 - share))
            out[row, known] = 1 + np.searchsorted(edges, v, "left")
    return out


def cs_top(x: Floats, *, n: int) -> Floats:
    out = np.full_like(x, np.nan)
    for row, values in enumerate(x):
        known = np.isfinite(values)
        out[row, known] = [np.sum(values[known] > v) < n for v in values[known]]
    return out


def cs_bottom(x: Floats, *, n: int) -> Floats:
    return cs_top(-x, n=n)


CROSS: Mapping[str, Implementation] = MappingProxyType(
    {
        "cs.rank": cs_rank,
        "cs.demean": cs_demean,
        "cs.zscore": cs_zscore,
        "cs.mean": cs_mean,
        "cs.std": cs_std,
        "cs.scale": cs_scale,
        "cs.winsorize": cs_winsorize,
        "cs.gaussianize": cs_gaussianize,
        "cs.quantile": cs_quantile,
        "cs.top": cs_top,
        "cs.bottom": cs_bottom,
    }
)
