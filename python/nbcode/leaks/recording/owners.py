"""The numbers by which calls name what learns."""

from __future__ import annotations

import itertools
import threading
import weakref
from typing import Any


class Owners:
    """Numbers of the models of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[int, tuple[Any, int]] = {}
        self._serial = 0

    def number_of(self, model: Any) -> int:
        """The number of ``model``: that which it had, or the next one."""
        with self._lock:
            known = self._known.get(id(model))
            if known is not None and known[0]() is model:
                return known[1]
            self._serial += 1
            try:
                held: Any = weakref.ref(model)
            except TypeError:
                held = itertools.repeat(model).__next__
            self._known[id(model)] = (held, self._serial)
            return self._serial

    def stands_for(self, model: Any, number: int) -> None:
        """``model`` goes by the number of another from now on, and is kept for it."""
        with self._lock:
            self._known[id(model)] = (itertools.repeat(model).__next__, number)
