"""Kept environments that prove themselves while their caller waits for something else: a walk over their files takes 0.1 s."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from nbcode.environment.fresh import home_of
from nbcode.environment.lock import EnvironmentLock

_GOOD_S = 2.0
"""How long a proof is good for: a run begins within that time of its build, unless it waits for another promote."""


class EarlyProofs:
    """The proofs of environments under ``store`` that were begun before they are needed. For one promote or run."""

    def __init__(self, store: Path) -> None:
        """``store`` is the user's cache, as of :func:`nbcode.environment.create_environment`."""
        self._store = store
        self._begun: dict[Path, _Proof] = {}

    def begin(self, lock: EnvironmentLock) -> None:
        """Have the environment of ``lock`` prove itself, in a thread of its own, if it is kept here."""
        home = home_of(lock, self._store)
        if home.is_dir():
            self._begun[home] = _Proof(home)
            self._begun[home].start()

    def difference(self, home: Path) -> str | None:
        """As :func:`nbcode.environment.folder_difference`: what was found at most two seconds ago, else found now."""
        from nbcode.environment._fingerprint import difference

        proof = self._begun.pop(home, None)
        if proof is not None:
            proof.join()
            if proof.ended_s is not None and time.monotonic() - proof.ended_s <= _GOOD_S:
                return proof.found
        return difference(home)


class _Proof(threading.Thread):
    """``ended_s`` is None where it did not come to an end, for whatever reason: whoever asks meets the reason himself."""

    def __init__(self, home: Path) -> None:
        super().__init__(name="nbcode-proof", daemon=True)
        self._home = home
        self.ended_s: float | None = None
        self.found: str | None = None

    def run(self) -> None:
        from nbcode.environment._fingerprint import difference

        try:
            self.found = difference(self._home)
        except OSError:
            return
        self.ended_s = time.monotonic()
