"""Where values come from when no panel is given: one place a context, so that sessions of one process do not meet."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from alpha_bench.expressions import bind
from alpha_bench.expressions.binding import bound_values_or_none, is_bound, values_at_once


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    bind(None)
    yield
    bind(None)


def values(name: str) -> object:
    return lambda: name


def test_sessions_in_threads_see_their_own_data() -> None:
    both_bound, seen = threading.Barrier(2), {}

    def session(name: str) -> None:
        bind(values(name))  # type: ignore[arg-type]
        both_bound.wait(600)
        seen[name] = bound_values_or_none()
        both_bound.wait(600)
        bind(None)

    threads = [threading.Thread(target=session, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"a": "a", "b": "b"}
    assert bound_values_or_none() is None


def test_a_context_that_bound_nothing_sees_what_was_bound_last() -> None:
    """The next cell of a kernel that runs each in a context of its own, and a thread that the user begins."""
    context = copy_context()
    context.run(bind, values("panel"))
    assert bound_values_or_none() == "panel"
    seen = []
    thread = threading.Thread(target=lambda: seen.append(bound_values_or_none()))
    thread.start()
    thread.join()
    assert seen == ["panel"]
    context.run(bind, None)
    assert bound_values_or_none() is None


def test_a_session_that_ends_leaves_the_data_of_another_alone() -> None:
    bind(values("mine"))  # type: ignore[arg-type]
    context = copy_context()
    context.run(bind, values("another's"))
    bind(None)
    assert context.run(bound_values_or_none) == "another's"
    context.run(bind, None)
    assert bound_values_or_none() is None


@pytest.mark.parametrize("at_once", [False, True])
def test_a_panel_that_is_used_in_a_session_computes_when_the_session_does(at_once: bool) -> None:
    """What a notebook's definition is read by has no data and computes nothing, also where a cell brings a panel of its own."""
    bind(None, at_once=at_once)
    assert (is_bound(), values_at_once()) == (False, None)
    bind(values("a cell's own"))  # type: ignore[arg-type]
    assert bound_values_or_none() == "a cell's own"
    assert values_at_once() == ("a cell's own" if at_once else None)


def test_what_ends_unbound_leaves_nothing_of_its_session() -> None:
    bind(values("first"), at_once=False)  # type: ignore[arg-type]
    bind(None)
    bind(values("second"))  # type: ignore[arg-type]
    assert values_at_once() == "second"
