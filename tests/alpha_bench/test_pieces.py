"""Work is shared out over threads: each part once, never more threads than asked for, the first failure ends it."""

from __future__ import annotations

import functools
import threading
import time

import pytest

from alpha_bench.runtime.threads import add_part_hook, cores, in_pieces, parallel_for, remove_part_hook


@pytest.mark.parametrize("threads", [1, 2, 3, 50])
def test_each_part_is_done_once_by_no_more_threads_than_asked_for(threads: int) -> None:
    done: list[tuple[int, int]] = []

    def work(part: int) -> None:
        time.sleep(0.001)
        done.append((part, threading.get_ident()))

    parallel_for(work, range(0, 60, 3), threads)
    assert sorted(part for part, _ in done) == list(range(0, 60, 3))
    assert 1 <= len({who for _, who in done}) <= threads
    assert threads == 1 or len({who for _, who in done}) > 1  # the control: they do share


def test_work_that_is_cut_again_inside_a_part_starts_no_thread() -> None:
    inside: list[tuple[int, set[int], int]] = []

    def outer(part: int) -> None:
        seen: set[int] = set()
        in_pieces(lambda _first, _last: seen.add(threading.get_ident()), 40, 1, 1 << 30)
        inside.append((threading.get_ident(), seen, cores()))

    parallel_for(outer, range(6), 3)
    assert len(inside) == 6
    assert all(seen == {me} and here == 1 for me, seen, here in inside)


@pytest.mark.parametrize("threads", [1, 3])
def test_the_first_failure_ends_it_and_is_raised(threads: int) -> None:
    begun: list[int] = []

    def work(part: int) -> None:
        begun.append(part)
        time.sleep(0.002)
        if part == 4:
            raise ValueError("part 4")

    with pytest.raises(ValueError, match="part 4"):
        parallel_for(work, range(1000), threads)
    assert len(begun) < 100
    parallel_for(begun.append, range(3), threads)  # and the next work is not hindered
    assert sorted(begun[-3:]) == [0, 1, 2]


def test_the_environment_says_how_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALPHA_BENCH_THREADS", "7")
    assert cores() == 7
    for nonsense in ("", "0", "many", "-3"):
        monkeypatch.setenv("ALPHA_BENCH_THREADS", nonsense)
        assert cores() >= 1
        assert cores() != 7


def test_pieces_cover_the_whole_and_do_not_overlap() -> None:
    seen: list[tuple[int, int]] = []
    in_pieces(lambda first, last: seen.append((first, last)), 103, 10, 1 << 30, threads=2)
    assert sorted(seen) == [(n, min(n + 10, 103)) for n in range(0, 103, 10)]


@pytest.mark.parametrize("threads", [1, 3])
def test_what_is_to_be_called_between_parts_is_called_after_each(threads: int) -> None:
    calls: list[int] = []
    function = functools.partial(calls.append, 1)
    add_part_hook(function)
    try:
        parallel_for(lambda _: None, range(12), threads)
    finally:
        remove_part_hook(function)
    assert len(calls) == 12
    parallel_for(lambda _: None, range(12), threads)
    assert len(calls) == 12  # the control
