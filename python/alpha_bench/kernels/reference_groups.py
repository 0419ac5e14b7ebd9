"""References of the operators within groups, and of least squares residuals."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels.arrays import Implementation, finite_or_nan
from alpha_bench.kernels.reference_cross import cs_demean, cs_mean, cs_rank, cs_zscore
from alpha_bench.runtime import Floats

_LITTLE = 1e-10  # singular values below this share of the greatest are 0: of exposures that others span only noise is left


def _each_group(statistic: Implementation) -> Implementation:
    """An operator over the assets of one group after the other, from one over all assets."""

    def grouped(x: Floats, groups: Floats) -> Floats:
        out = np.full_like(x, np.nan)
        for row, names in enumerate(finite_or_nan(groups)):
            for name in np.unique(names[~np.isnan(names)]):
                out[row, names == name] = statistic(x[row : row + 1, names == name])[0]
        return out

    return grouped


def _least_squares(y: Floats, design: Floats, weights: Floats) -> Floats:
    """``y`` less its weighted least squares fit on the columns of ``design``, by numpy's lstsq on columns of unit length."""
    root = np.sqrt(weights)
    scaled = design * root[:, None]
    length = np.sqrt(np.sum(scaled**2, axis=0))
    scaled = scaled[:, length > 0] / length[length > 0]
    coefficients = np.linalg.lstsq(scaled, y * root, rcond=_LITTLE)[0]
    residual: Floats = (y * root - scaled @ coefficients) / root
    return residual


def _residual(
    x: Floats, exposures: tuple[Floats, ...], groups: Floats | None, weights: Floats | None
) -> Floats:
    out = np.full_like(x, np.nan)
    names = np.zeros_like(x) if groups is None else groups
    weighted = np.ones_like(x) if weights is None else weights
    for row, y in enumerate(x):
        columns = np.array([y, names[row], weighted[row], *(e[row] for e in exposures)])
        known = np.isfinite(columns).all(axis=0) & (weighted[row] > 0)
        if known.any():
            columns = columns[:, known]
            dummies = (columns[1][:, None] == np.unique(columns[1])).astype(float)
            away = columns[3:] - np.mean(
                columns[3:], axis=1, keepdims=True
            )  # the dummies span what is left out here
            out[row, known] = _least_squares(columns[0], np.column_stack([dummies, away.T]), columns[2])
    return out


def neutralize(x: Floats, *operands: Floats, exposures: int, groups: int, weights: int) -> Floats:
    grouped = operands[exposures] if groups else None
    return _residual(x, operands[:exposures], grouped, operands[-1] if weights else None)


def group_neutralize(x: Floats, groups: Floats, *operands: Floats, exposures: int, weights: int) -> Floats:
    weighted = operands[-1] if weights else None
    out = np.full_like(x, np.nan)
    for name in np.unique(groups[np.isfinite(groups)]):
        inside = groups == name
        there = _residual(np.where(inside, x, np.nan), operands[:exposures], None, weighted)
        out = np.where(inside, there, out)
    return out


GROUPS: Mapping[str, Implementation] = MappingProxyType(
    {
        "cs.neutralize": neutralize,
        "group.demean": _each_group(cs_demean),
        "group.zscore": _each_group(cs_zscore),
        "group.mean": _each_group(cs_mean),
        "group.rank": _each_group(cs_rank),
        "group.neutralize": group_neutralize,
    }
)
