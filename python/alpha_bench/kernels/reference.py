"""The numpy reference of every operator: short, slow, and the oracle that the compiled kernels are held against."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels.arrays import Floats, Implementation, Operand
from alpha_bench.kernels.reference_element import ELEMENTS
from alpha_bench.kernels.reference_series import SERIES


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


_FUNCTIONS: Mapping[str, Implementation] = {
    **ELEMENTS,
    **SERIES,
    "cs.rank": cs_rank,
    "cs.demean": cs_demean,
    "cs.zscore": cs_zscore,
}


def _into(function: Implementation) -> Implementation:
    """``function``, which can also write its result into an array that is there already."""

    def run(*operands: Operand, out: Floats | None = None, **params: int) -> Floats:
        result = function(*operands, **params)
        if out is None:
            return result
        out[...] = result
        return out

    return run


REFERENCE: Mapping[str, Implementation] = MappingProxyType({n: _into(f) for n, f in _FUNCTIONS.items()})
