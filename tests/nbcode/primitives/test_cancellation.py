"""The token by which a command is asked to end early."""

from __future__ import annotations

import contextlib
import signal
import threading
from types import FrameType

import pytest

from nbcode.primitives import Cancellation, CancelledError


def test_nothing_is_raised_before_the_request_and_every_holder_raises_after_it() -> None:
    token = Cancellation()
    token.raise_if_requested()
    assert not token.requested
    token.request()
    assert token.requested
    with pytest.raises(CancelledError, match="as was asked for"):
        token.raise_if_requested()


def test_code_that_survives_every_error_does_not_survive_a_cancellation() -> None:
    token = Cancellation()
    token.request()

    def stubborn() -> None:
        with contextlib.suppress(Exception):
            token.raise_if_requested()

    with pytest.raises(CancelledError, match="as was asked for"):
        stubborn()


def test_a_callback_runs_once_however_often_it_is_requested() -> None:
    token, called = Cancellation(), []
    with token.on_request(lambda: called.append("a")):
        token.request()
        token.request()
        assert called == ["a"]


def test_a_callback_registered_after_the_request_runs_at_once() -> None:
    token, called = Cancellation(), []
    token.request()
    with token.on_request(lambda: called.append("late")):
        assert called == ["late"]


def test_a_callback_is_forgotten_when_its_block_is_left() -> None:
    token, called = Cancellation(), []
    with token.on_request(lambda: called.append("gone")):
        pass
    token.request()
    assert called == []


def test_a_request_ends_a_wait_in_another_thread() -> None:
    token, answers = Cancellation(), []
    waiting = threading.Thread(target=lambda: answers.append(token.wait(3600)))
    waiting.start()
    token.request()
    waiting.join(600)
    assert answers == [True]


def test_a_wait_that_nobody_ends_ends_by_itself() -> None:
    assert Cancellation().wait(0.0) is False


def test_a_signal_handler_may_request_whatever_it_interrupts() -> None:
    token, called = Cancellation(), []

    def handler(_number: int, _frame: FrameType | None) -> None:
        token.request()

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with token.on_request(lambda: called.append("x")):
            signal.raise_signal(signal.SIGUSR1)
            assert token.wait(3600)
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert called == ["x"]
