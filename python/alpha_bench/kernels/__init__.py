"""How each operator is computed: a numpy reference, which is the oracle, and what the engine runs.

Both tables have an entry for every operator with arguments: ``implementation(*arrays, **params)`` takes (T, N) float64 arrays,
C-contiguous, sessions down (element-wise ones also take a float for a constant), and returns a new (T, N) array, or ``out=`` when
one is given to be written. ``out`` may be an operand of an element-wise operator, never of another.
"""

from alpha_bench.kernels.arrays import Implementation
from alpha_bench.kernels.compiled import COMPILED, warm_up
from alpha_bench.kernels.reference import REFERENCE

__all__ = ["COMPILED", "REFERENCE", "Implementation", "warm_up"]
