"""How each operator is computed: a numpy reference, which is the oracle, and what the engine runs.

Both tables have an entry for every operator with arguments: ``implementation(*arrays, **params)`` takes (T, N) float64 arrays,
C-contiguous, sessions down (element-wise ones also take a float for a constant), and returns a new (T, N) array, or ``out=`` when
one is given to be written. ``out`` may be an operand of an element-wise operator, never of another.

What the engine relies on, beside causality:

- *Any tile.* A time-series operator is called with some of the assets, a cross-sectional one with some of the sessions, from several
  threads at once; a value's bits depend on neither. No state is kept, and the interpreter's lock is not held in loops.
- *A later beginning.* A time-series operator may be called from a session on that is a multiple of its ``window``; values that
  are a full look-back later have the bits that they have from the first session on. So a day more costs a day.
- Work that an operator cuts itself goes through :func:`alpha_bench.runtime.threads.in_pieces`, which starts no thread in a thread.
"""

# Lazily: numba is slow to import, and only an operator that needs a loop has to.
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
