"""Inputs made to bring out a function that knows the future: real ones with holes, spikes, jumps of level and zeros.

Everything is made from a fixed seed and from the inputs alone, so the same function on the same panel is always asked the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

_SEED = 20_240_102
_HOLES, _SPIKES, _JUMPS, _ZEROS = 0.06, 0.04, 0.02, 0.01
_FACTORS = np.array([0.5, 2.0, 10.0])
_LEVELS = np.array([0.5, 2.0])
_FEW = 8


def disturbed(
    arrays: Sequence[Floats], cuts: Sequence[int] = (), number: int = 0, *, holes: bool = True
) -> tuple[Floats, ...]:
    """(T, N) arrays with what real data has now and then everywhere, each input's in places of its own.

    Holes of one to three sessions at random, and at each of ``cuts`` before, at and after it, each in a fifth of the assets. Of
    inputs that hold more than a few different numbers: spikes of x0.5, x2 and x10, level shifts, zeros where nothing is negative.
    """
    rng = np.random.default_rng([_SEED, number])
    out = []
    for array in arrays:
        values = np.array(array)
        some = values[np.isfinite(values)]
        if len(np.unique(some[:4096])) > _FEW:
            values *= np.cumprod(_drawn(rng, values.shape, _JUMPS, _LEVELS), axis=0)
            values *= _drawn(rng, values.shape, _SPIKES, _FACTORS)
            if some.min() >= 0:
                values[rng.random(values.shape) < _ZEROS] = 0.0
        if holes:
            values[_holes(rng, values.shape, cuts)] = np.nan
        out.append(values)
    return tuple(out)


def _holes(rng: np.random.Generator, shape: tuple[int, ...], cuts: Sequence[int]) -> NDArray[np.bool_]:
    found = rng.random(shape) < _HOLES / 2
    for _ in range(2):  # a hole goes on with one half
        found[1:] |= found[:-1] & (rng.random(found[1:].shape) < 0.5)
    for cut in cuts:
        for row in {max(cut - 1, 0), min(cut, shape[0] - 1), min(cut + 1, shape[0] - 1)}:
            found[row] |= rng.random(shape[1]) < 0.2
    return found


def with_future(past: Sequence[Floats], future: Sequence[Floats], cut: int) -> tuple[Floats, ...]:
    """``past`` before session ``cut``, ``future`` from it on."""
    return tuple(np.concatenate([a[:cut], b[cut:]]) for a, b in zip(past, future, strict=True))


def backwards(array: Floats, cut: int) -> Floats:
    """Another future: the past run backwards."""
    after = np.arange(array.shape[0] - cut)
    return np.concatenate([array[:cut], array[cut - 1 - after % cut]])


def _drawn(rng: np.random.Generator, shape: tuple[int, ...], share: float, values: Floats) -> Floats:
    """Factors: 1 almost everywhere, one of ``values`` in a ``share`` of the places."""
    drawn: Floats = np.where(rng.random(shape) < share, rng.choice(values, size=shape), 1.0)
    return drawn
