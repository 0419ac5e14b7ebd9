"""Window: runs plans on this machine, in the sandbox, in a thread of the process that submits them.

A run is a directory ``runs/<run_id>``, made whole under its name, so that one submitter alone runs it. Its thread holds the
directory's ``lock`` (``flock``) until ``run.json`` is written: whoever finds neither knows that the run's process has died, and
its processes with it. What the sandbox wrote (``raw``) is believed, and given away, only when its manifest agrees.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path

from alpha_bench.describe import left_beside, place_directory
from nbcode.primitives import NbcodeError, is_locked, locked_directory
from nbcode.run._attempt import Attempt, unavailable
from nbcode.run.content import content_digest
from nbcode.run.failures import name_taken, no_result, result_discarded
from nbcode.run.manifest import collect_result
from nbcode.run.port import START, Observation, RunReference
from nbcode.run.record import (
    LOG_NAME,
    RAW_NAME,
    RECORD_NAME,
    read_events,
    read_record,
    read_submission,
    write_record,
    write_submission,
)
from nbcode.run.values import ResultManifest, RunPlan, RunRecord, RunStatus
from nbcode.sandbox import SandboxUnavailableError

_LOCK_NAME, _CANCEL_NAME, _NEW = "lock", "cancel", ".new-"


class LocalRunner:
    """Executes plans on this machine, on the isolation level the plan asks for. A run ends with the process that
    submitted it."""

    kind = "local"
    detached = False
    place = ""

    def __init__(self, directory: Path, *, monotonic_s: Callable[[], float] = time.monotonic) -> None:
        """``directory`` holds the runs; it is made when the first is submitted."""
        self._directory = directory
        self._monotonic_s = monotonic_s
        self._cancelled: dict[str, threading.Event] = {}
        self._errors: dict[str, Exception] = {}
        self._threads: dict[str, threading.Thread] = {}
        self._compiling = threading.Lock()

    def submit(self, plan: RunPlan) -> RunReference:
        reference = RunReference(runner=self.kind, run_id=plan.run_id)
        place = self._place(plan.run_id)
        digest, nonce = content_digest(plan.content), secrets.token_hex(16)
        self._directory.mkdir(parents=True, exist_ok=True)
        self._sweep()
        with locked_directory(self._directory, _NEW) as new:
            lock = _locked(new / _LOCK_NAME)
            placed = False
            try:
                write_submission(digest, nonce, new)
                placed = place_directory(new, place, durable=False)
            finally:
                if not placed:
                    os.close(lock)
        if not placed:
            found = read_submission(place)
            if found is None or found[0] != digest:
                raise NbcodeError([name_taken(plan.run_id)])
            return reference
        self._cancelled[plan.run_id] = threading.Event()
        self._threads[plan.run_id] = threading.Thread(
            target=self._run, args=(plan, place, nonce, lock), name=f"run {plan.run_id}", daemon=True
        )
        self._threads[plan.run_id].start()
        return reference

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        place = self._place(reference.run_id)
        record = read_record(place)  # before the events: they are complete before it is there
        if record is None and not _held(place / _LOCK_NAME):
            if (error := self._errors.get(reference.run_id)) is not None:
                raise error
            record = read_record(place) or RunRecord(status=RunStatus.KILLED, lost=True)
        events, until = read_events(place, int(since or 0))
        return Observation(events=events, cursor=str(until), record=record)

    def cancel(self, reference: RunReference) -> None:
        if (mine := self._cancelled.get(reference.run_id)) is not None:
            mine.set()
        place = self._place(reference.run_id)
        with contextlib.suppress(OSError):
            if read_record(place) is None:
                (place / _CANCEL_NAME).touch()

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        place = self._place(reference.run_id)
        record = read_record(place)
        if record is None or record.status is not RunStatus.FINISHED:
            raise NbcodeError([no_result(f"the run {reference.run_id} is not finished")])
        if not (place / RAW_NAME).exists():
            raise NbcodeError([result_discarded(reference.run_id)])
        try:
            return collect_result(place / RAW_NAME, into)
        except ValueError as error:
            raise NbcodeError([no_result(str(error))]) from error

    def keep(self, reference: RunReference, place: Path) -> None:
        """Its runs are where they are kept."""

    def discard(self, reference: RunReference) -> None:
        place = self._place(reference.run_id)
        own = self._threads.get(reference.run_id)
        if own is not None and read_record(place) is not None:
            own.join()  # the record is written, and the lock is let go of next
        if not _held(place / _LOCK_NAME):
            for left in (
                *left_beside(place / RECORD_NAME),
                place / "canary",
                place / _CANCEL_NAME,
                place / _LOCK_NAME,
            ):
                left.unlink(missing_ok=True)
            for name in (RAW_NAME, "control"):
                shutil.rmtree(place / name, ignore_errors=True)

    def _place(self, run_id: str) -> Path:
        if run_id in ("", ".", "..") or run_id.startswith(_NEW) or "/" in run_id:
            raise ValueError(f"{run_id!r} is no name of a run")
        return self._directory / run_id

    def _run(self, plan: RunPlan, place: Path, nonce: str, lock: int) -> None:
        try:
            record = self._record(plan, place, nonce)
            write_record(record, plan.content, plan.run_id, place)
        except (
            Exception
        ) as error:  # the disk, mostly: nothing could be written down, so whoever observes the run gets it
            self._errors[plan.run_id] = error
        finally:
            (place / _CANCEL_NAME).unlink(missing_ok=True)
            (place / _LOCK_NAME).unlink(missing_ok=True)
            os.close(lock)

    def _record(self, plan: RunPlan, place: Path, nonce: str) -> RunRecord:
        mine, asked = self._cancelled[plan.run_id], place / _CANCEL_NAME

        def cancelled() -> bool:
            return mine.is_set() or asked.exists()

        tried: list[SandboxUnavailableError] = []
        attempt = Attempt(
            plan,
            place,
            nonce,
            cancelled=cancelled,
            monotonic_s=self._monotonic_s,
            compiling=self._compiling,
        )
        for level in attempt.levels():
            try:
                return attempt.run(level)
            except SandboxUnavailableError as error:
                tried.append(error)
        (place / LOG_NAME).touch()
        return unavailable(plan, tried)

    def _sweep(self) -> None:
        """Remove what the sandbox of a run wrote whose process has died: what was seen of it stays."""
        for lock in self._directory.glob(f"*/{_LOCK_NAME}"):
            if lock.parent.name.startswith(_NEW):  # somebody is making it just now
                continue
            if not _held(lock) and read_record(lock.parent) is None:
                self.discard(RunReference(runner=self.kind, run_id=lock.parent.name))


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _held(path: Path) -> bool:
    """Whether the process that runs what lies beside ``path`` lives; what cannot be opened is no lock of ours."""
    try:
        return is_locked(path)
    except OSError:
        return False
