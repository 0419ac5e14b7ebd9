"""What the first container of a pod does: the run's files come from the object store, each by its digest, before the cells' container begins.

``python -m nbcode.run._stage INTO --run RUN --content sha256:...``. It alone has the credentials of the store (``NBCODE_STORE`` and ``AWS_*``).
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
from pathlib import Path

from nbcode.inputs import StagingError
from nbcode.primitives import Digest, NbcodeError
from nbcode.run._object_store import ObjectStore, open_store
from nbcode.run.carried import get_input
from nbcode.run.content import decode_content
from nbcode.run.left_folds import FOLDS
from nbcode.run.record import RECORD_NAME, write_record
from nbcode.run.staged import (
    CONTENT_NAME,
    STAGED_NAME,
    StagedRunError,
    input_name,
    read_staged,
    stage_referenced,
    staged_folds,
)
from nbcode.run.values import RunRecord, RunStatus

STORE_VARIABLE = "NBCODE_STORE"
NOT_STAGED, NO_STORE = 64, 75
"""Exit codes: what is there is not what was asked for; and the store did not answer, so that another try may do better."""


def main(arguments: list[str] | None = None) -> int:
    """Stage one run; 0 when every file is there."""
    parser = argparse.ArgumentParser(prog="nbcode.run._stage", description=__doc__)
    parser.add_argument("into", type=Path, help="folder for the run's files")
    parser.add_argument("--run", required=True, help="name of the run")
    parser.add_argument("--content", required=True, help="digest of the content that is to be run")
    asked = parser.parse_args(arguments)
    try:
        store = open_store(os.environ.get(STORE_VARIABLE, ""), patient=True)
        try:
            stage(store, asked.run, Digest(asked.content), asked.into)
        except StagingError as error:
            leave_word(store, asked.run, asked.into, error)
            raise
    except NbcodeError as error:
        sys.stderr.write(f"{error}\n")
        return NO_STORE
    except (StagedRunError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return NOT_STAGED
    return 0


def stage(store: ObjectStore, run_id: str, content: Digest, into: Path) -> None:
    """Write the files of ``run_id`` to the folder ``into``, readable by whoever runs them.

    Raises ``NbcodeError`` where the store does not answer or has other bytes, ``StagedRunError`` where no such run was staged.
    """
    written = store.get(f"runs/{run_id}/{STAGED_NAME}")
    if written is None:
        raise StagedRunError(f"the store {store.uri} has no run {run_id}")
    into.mkdir(parents=True, exist_ok=True)
    (into / STAGED_NAME).write_bytes(written)
    store.get_blob(content, into / CONTENT_NAME)
    planned = decode_content((into / CONTENT_NAME).read_bytes())
    brought = stage_referenced(into, planned)
    for number, one in enumerate(planned.inputs):
        if number in brought:
            continue
        get_input(store, one.digest, into / input_name(number, planned))
    for fold in staged_folds(written):
        store.get_blob(fold.digest, into / FOLDS / fold.name)
    read_staged(into, content)


def leave_word(store: ObjectStore, run_id: str, into: Path, error: StagingError) -> None:
    """Have why the data are not taken stand where the run's end is looked for, since of a pod that never begins Argo tells an exit code. A pod that is tried again
    writes its own over it. What the disk of this pod refused says nothing of the run."""
    if any(one.code == "NBC-F07" for one in error.diagnostics):
        return
    record = RunRecord(status=RunStatus.FAILED, diagnostics=error.diagnostics)
    content = decode_content((into / CONTENT_NAME).read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        write_record(record, content, run_id, Path(folder))
        with contextlib.suppress(NbcodeError):  # the store is away as well: the exit code stays
            store.put(f"runs/{run_id}/out/{RECORD_NAME}", Path(folder) / RECORD_NAME)


if __name__ == "__main__":
    sys.exit(main())
