"""What the engine runs: numba kernels where a loop is needed, numpy in cache-sized pieces elsewhere, on all cores.

Work is cut by columns (rolling) or by rows (everything else), and each piece writes its own part of the result; no value depends
on where the cuts are, so the number of threads changes nothing. numba is loaded by the first operator that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from alpha_bench.kernels import compiled_cross, compiled_forward, compiled_series
from alpha_bench.kernels.arrays import Implementation, Operand
from alpha_bench.kernels.compiled_cross import CROSS
from alpha_bench.kernels.compiled_forward import FORWARD
from alpha_bench.kernels.compiled_series import ROLLING, SHIFTS
from alpha_bench.kernels.reference_cross import CHOICES
from alpha_bench.kernels.reference_element import ELEMENTS
from alpha_bench.runtime import Floats, in_pieces, rows_a_piece


def _element(function: Implementation) -> Implementation:
    """An element-wise operator, a few rows at a time."""

    def run(*operands: Operand, out: Floats | None = None) -> Floats:
        made = np.empty(next(x.shape for x in operands if isinstance(x, np.ndarray))) if out is None else out

        def piece(first: int, last: int) -> None:
            parts = [x[first:last] if isinstance(x, np.ndarray) else x for x in operands]
            with np.errstate(all="ignore"):
                if isinstance(
                    function, np.ufunc
                ):  # writes in place; the others make an array of a piece, which stays in the cache
                    function(*parts, out=made[first:last])
                else:
                    made[first:last] = function(*parts)

        in_pieces(piece, len(made), rows_a_piece(made), made.size)
        return made

    return run


_KERNELS: Mapping[str, Implementation] = {**ROLLING, **CROSS, **FORWARD}

COMPILED: Mapping[str, Implementation] = MappingProxyType(
    {**{name: _element(function) for name, function in {**ELEMENTS, **CHOICES}.items()}, **SHIFTS, **_KERNELS}
)


KERNELS: tuple[str, ...] = tuple(_KERNELS)
"""What :func:`warm_up` compiles, by operator."""


def operator_of(compiled: str) -> str:
    """The operator of a compiled ``module.function``: the first that it computes; where it is a part of several, its own name."""
    found = (name for name, kernel in ROLLING.items() if f"{kernel.module}.{kernel.name}" == compiled)
    return next(found, compiled)


def import_kernels() -> None:
    """Import the kernels that are compiled, or loaded from the cache, when they are imported; others import them at first use."""
    from alpha_bench.kernels import moving, rolling  # noqa: F401


def warm_up(progress: Callable[[str], None] | None = None) -> None:
    """Compile every kernel, or load it from the cache on disk (``NUMBA_CACHE_DIR``, else beside the source).

    ``progress`` hears the operator's name before each.
    """
    for kernels, run_once in (
        (ROLLING, compiled_series.run_once),
        (CROSS, compiled_cross.run_once),
        (FORWARD, compiled_forward.run_once),
    ):
        for name in kernels:
            if progress is not None:
                progress(name)
            run_once(name)
