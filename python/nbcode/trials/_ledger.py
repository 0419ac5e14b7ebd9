"""The window to the ledger of trials: a file of the store with a line a trial, which only grows.

Kernels of one project write at once: each under the file's lock, after it has read what the others wrote. A line is durable before its
evaluation is told to be counted. A line that a dying machine left half written is not counted, and ends where the next begins.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nbcode.primitives import from_plain, to_plain
from nbcode.trials.trial import Trial

LEDGER_NAME = "trials.jsonl"


class TrialLedger:
    """The ledger of the store ``store``, a folder that exists when the first trial is added."""

    def __init__(self, store: Path) -> None:
        """Nothing is opened or made yet."""
        self._path = store / LEDGER_NAME

    def add(self, trial: Trial) -> bool:
        """Count ``trial``, unless it is there; whether it was new. Raises ``OSError`` where it cannot be written."""
        with self._locked() as descriptor:
            held = _read(descriptor)
            if any(one.key == trial.key for one in trials_in(held)):
                return False
            line = json.dumps(to_plain(trial), separators=(",", ":")).encode() + b"\n"
            _write(descriptor, line if not held or held.endswith(b"\n") else b"\n" + line)
            os.fsync(descriptor)
        return True

    def read(self) -> tuple[Trial, ...]:
        """All trials, in the order in which they were first looked at; none where there is no ledger, or none that can be read."""
        try:
            return tuple(trials_in(self._path.read_bytes()))
        except OSError:
            return ()

    @contextmanager
    def _locked(self) -> Iterator[int]:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)  # which lets the lock go


def merged_ledgers(ledgers: Iterable[bytes]) -> bytes:
    """One ledger of all trials in ``ledgers``, each as it was first looked at by anybody. One alone stays as it is."""
    given = [one for one in dict.fromkeys(ledgers) if one]
    if len(given) < 2:
        return given[0] if given else b""
    first: dict[tuple[str, str, str], Trial] = {}
    for trial in (one for held in given for one in trials_in(held)):
        known = first.setdefault(trial.key, trial)
        if trial.first_at < known.first_at:
            first[trial.key] = trial
    lines = sorted(first.values(), key=lambda one: (one.first_at, one.key))
    return b"".join(json.dumps(to_plain(one), separators=(",", ":")).encode() + b"\n" for one in lines)


def _read(descriptor: int) -> bytes:
    parts, at = [], 0
    while part := os.pread(descriptor, 1 << 20, at):
        parts.append(part)
        at += len(part)
    return b"".join(parts)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def trials_in(data: bytes) -> Iterator[Trial]:
    """The trials in the bytes of a ledger, each once, by its first line."""
    seen: set[tuple[str, str, str]] = set()
    for line in data.splitlines():
        try:
            trial = from_plain(Trial, json.loads(line), "a trial")
        except (ValueError, RecursionError):
            continue
        if trial.key not in seen:
            seen.add(trial.key)
            yield trial
