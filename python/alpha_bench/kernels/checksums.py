"""A checksum of numbers that keeps up with memory: it finds damage, where SHA-256 would cost more than computing anew.

Eight lanes of ``h = rotate(h ^ word, 29) * k`` over 64-bit words, each with an odd ``k`` of its own, folded at the end: the step of
the multiply-rotate hashes (as in xxHash, Collet 2012). It is no protection from somebody who means it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from alpha_bench.runtime import njit, types

Words = NDArray[np.uint64]

_ODD = tuple(
    np.uint64(k)
    for k in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
        0xD6E8FEB86659FD93,
        0xFF51AFD7ED558CCD,
        0xC4CEB9FE1A85EC53,
    )
)
_K0, _K1, _K2, _K3, _K4, _K5, _K6, _K7 = _ODD
_LEFT, _RIGHT, _FOLD = np.uint64(29), np.uint64(35), np.uint64(32)
_WORDS = types.Array(types.uint64, 1, "C", readonly=True)  # writable arrays are taken too


@njit(cache=True, nogil=True)
def _step(h: np.uint64, word: np.uint64, k: np.uint64) -> np.uint64:
    mixed = h ^ word
    return ((mixed << _LEFT) | (mixed >> _RIGHT)) * k


@njit((_WORDS,), cache=True, nogil=True)
def checksum(words: Words) -> np.uint64:
    """Of the words in order, and of how many they are."""
    n = len(words)
    a, b, c, d, e, f, g, h = _K0, _K1, _K2, _K3, _K4, _K5, _K6, _K7
    # Each step waits some five cycles for the one before it; eight independent lanes fill that time, so that memory is what
    # limits. The order of the folds below is part of what is kept on disk.
    whole = n - n % 8
    for i in range(0, whole, 8):
        a = _step(a, words[i], _K0)
        b = _step(b, words[i + 1], _K1)
        c = _step(c, words[i + 2], _K2)
        d = _step(d, words[i + 3], _K3)
        e = _step(e, words[i + 4], _K4)
        f = _step(f, words[i + 5], _K5)
        g = _step(g, words[i + 6], _K6)
        h = _step(h, words[i + 7], _K7)
    total = np.uint64(n)  # the length counts: zeros at the end are words too
    for lane in (a, b, c, d, e, f, g, h):
        total = _step(total, lane ^ (lane >> _FOLD), _K0)
    for i in range(whole, n):
        total = _step(total, words[i], _K1)
    return total ^ (total >> _FOLD)
