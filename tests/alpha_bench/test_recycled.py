"""Memory is used again only when nobody can see it any more."""

from __future__ import annotations

import gc

import numpy as np

from alpha_bench.engine.buffer_pool import Recycler

SHAPE = (1024, 600)
ONE = 8 * 1024 * 600


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_an_array_that_nobody_holds_gives_its_memory_to_the_next_one() -> None:
    recycler = Recycler(10 * ONE)
    first = recycler.empty(SHAPE)
    where = address(first)
    first[:] = 1.0
    del first
    gc.collect()
    assert recycler.waiting_bytes == ONE
    assert address(recycler.empty(SHAPE)) == where
    assert recycler.empty(SHAPE).flags.writeable


def test_memory_that_is_seen_through_any_view_is_not_used_again() -> None:
    recycler = Recycler(10 * ONE)
    first = recycler.empty(SHAPE)
    first[:] = 1.0
    view = first[3:, ::2].T
    held = memoryview(first)
    del first
    gc.collect()
    others = [recycler.empty(SHAPE) for _ in range(3)]
    for other in others:
        other[:] = 2.0
    assert (view == 1.0).all()
    del view
    gc.collect()
    assert recycler.waiting_bytes == 0
    assert held[0, 0] == 1.0
    held.release()
    gc.collect()
    assert recycler.waiting_bytes == ONE


def test_what_waits_is_bounded_and_goes_when_another_size_is_asked_for() -> None:
    recycler = Recycler(2 * ONE)
    arrays = [recycler.empty(SHAPE) for _ in range(4)]
    arrays.clear()
    gc.collect()
    assert recycler.waiting_bytes == 2 * ONE
    other = recycler.empty((1024, 700))
    assert recycler.waiting_bytes == 0
    del other
    gc.collect()
    assert recycler.waiting_bytes == 8 * 1024 * 700
    recycler.release()
    assert recycler.waiting_bytes == 0


def test_small_arrays_are_numpys_own() -> None:
    assert Recycler(10 * ONE).empty((10, 10)).base is None
