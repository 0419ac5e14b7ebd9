"""Whether a pod has left all of a run that finished. Its Workflow is then over some seconds later, for which nobody need wait."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Protocol

from nbcode.run.manifest import RESULT_NAME, read_result
from nbcode.run.record import EVENTS_NAME, LOG_NAME, RAW_NAME, RECORD_NAME, read_record
from nbcode.run.values import RunStatus


class Left(Protocol):
    """What is asked of an object store."""

    def get(self, key: str) -> bytes | None:
        """An object's bytes, None where there is none."""
        ...

    def keys(self, folder: str) -> tuple[str, ...]:
        """Every object below ``folder``, relative to it."""
        ...


def left_whole(store: Left, out: str) -> bool:
    """Whether below ``out`` are the record of a run that finished, its events and its log, and every file of its result manifest. An object is there whole or
    not at all; its digest is checked where it is fetched. Of a run that did not finish the Workflow tells more."""
    record = store.get(f"{out}/{RECORD_NAME}")
    if record is None:
        return False
    with tempfile.TemporaryDirectory(prefix="nbcode-run-") as folder:
        place = Path(folder)
        (place / RECORD_NAME).write_bytes(record)
        read = read_record(place)
        if read is None or read.status is not RunStatus.FINISHED:
            return False
        (place / RESULT_NAME).write_bytes(store.get(f"{out}/{RAW_NAME}/{RESULT_NAME}") or b"")
        try:
            listed = {f"{RAW_NAME}/{file.path}" for file in read_result(place).files}
        except ValueError:
            return False
    return listed | {EVENTS_NAME, LOG_NAME} <= set(store.keys(out))
