"""The numpy reference of every operator: short, slow, and the oracle that the compiled kernels are held against."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from alpha_bench.kernels.arrays import Implementation, Operand
from alpha_bench.kernels.reference_cross import CHOICES, CROSS
from alpha_bench.kernels.reference_element import ELEMENTS
from alpha_bench.kernels.reference_forward import FORWARD
from alpha_bench.kernels.reference_groups import GROUPS
from alpha_bench.kernels.reference_series import SERIES
from alpha_bench.runtime import Floats

_FUNCTIONS: Mapping[str, Implementation] = {
    **ELEMENTS,
    **CHOICES,
    **SERIES,
    **CROSS,
    **FORWARD,
    **GROUPS,
}


def _into(function: Implementation) -> Implementation:
    """``function``, which can also write its result into an array that is there already."""

    def run(*operands: Operand, out: Floats | None = None, **params: Any) -> Floats:
        result = function(*operands, **params)
        if out is None:
            return result
        out[...] = result
        return out

    return run


REFERENCE: Mapping[str, Implementation] = MappingProxyType({n: _into(f) for n, f in _FUNCTIONS.items()})
