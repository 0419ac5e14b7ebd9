"""Asking a command to end early, from another thread or from a signal handler."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_POLL_S = 0.05


class CancelledError(BaseException):
    """The end of a command that was asked to end early: everything begun is resumable, no process of it is left.

    A ``BaseException``, as ``KeyboardInterrupt`` and ``asyncio.CancelledError`` are: code that survives the errors of a
    third party with ``except Exception`` must not survive this.
    """


class Cancellation:
    """A request that can be made once, seen by everyone who holds the token, and never taken back.

    Uses no lock: `request` may run in a signal handler that interrupts any other method of the same token.
    """

    __slots__ = ("_callbacks", "_requested")

    def __init__(self) -> None:
        """A token that nobody has used yet."""
        self._requested = False
        self._callbacks: dict[object, Callable[[], None]] = {}

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._requested

    def request(self) -> None:
        """Ask for the end. The first call runs the callbacks, in this thread; further calls change nothing."""
        self._requested = True
        for registered in list(self._callbacks):
            self._call(registered)

    def raise_if_requested(self) -> None:
        """Raises ``CancelledError`` when the end was asked for. Called where stopping leaves nothing half done."""
        if self._requested:
            raise CancelledError("ended early, as was asked for")

    def wait(self, timeout_s: float) -> bool:
        """Sleep for ``timeout_s`` or until the end is asked for; returns `requested`."""
        until_s = time.monotonic() + timeout_s
        while not self._requested and (left_s := until_s - time.monotonic()) > 0:
            time.sleep(min(_POLL_S, left_s))
        return self._requested

    @contextmanager
    def on_request(self, callback: Callable[[], None]) -> Iterator[None]:
        """While inside, `request` calls ``callback``, once; at once when it was called already. It must be short, may run
        in any thread, and must not raise."""
        registered = object()
        # Registered before looking: a request between the two is seen by one of them, and taken by only one.
        self._callbacks[registered] = callback
        try:
            if self._requested:
                self._call(registered)
            yield
        finally:
            self._callbacks.pop(registered, None)

    def _call(self, registered: object) -> None:
        callback = self._callbacks.pop(registered, None)
        if callback is not None:
            callback()
