"""What the main container of a pod does: one staged run on the level ``landlock``, its events on standard output as they come.

``python -m nbcode.run._pod STAGED OUT --content sha256:... [--kernels FOLDER]``. OUT gets what a run leaves on any machine: ``events.jsonl``, whose bytes are
those of standard output; ``log.txt``, the executed notebook, ``raw`` with the result, and last ``run.json``. A weaker level than ``landlock`` is
never taken. The end of a run by its own fault is no failure of the pod: `run.json` says how it ended, and the exit code is 0.
"""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import threading
import time
from importlib import metadata
from pathlib import Path

from nbcode.primitives import Diagnostic, Digest
from nbcode.run._attempt import Attempt, unavailable
from nbcode.run._image_kernels import kernels_of_image
from nbcode.run.content import content_digest
from nbcode.run.record import EVENTS_NAME, LOG_NAME, write_record, write_submission
from nbcode.run.staged import StagedRunError, read_staged, with_kernels
from nbcode.run.values import RunPlan, RunRecord, RunStatus
from nbcode.sandbox import IsolationLevel, SandboxUnavailableError

NOT_STAGED = 64
"""The exit code where nothing could be run: what was staged is not what was asked for."""
FOR_PEOPLE = frozenset({"debugpy", "jedi", "parso"})
"""What only people ask a kernel for, debugging and completions: an image may be without it."""
_LOOK_S = 0.1
_SHOWN = 3


def main(arguments: list[str] | None = None) -> int:
    """Run what is staged; 0 when ``run.json`` was written."""
    asked = _asked(arguments)
    try:
        plan = with_kernels(read_staged(asked.staged, Digest(asked.content)), asked.kernels)
    except StagedRunError as error:
        sys.stderr.write(f"{error}\n")
        return NOT_STAGED
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    out: Path = asked.out
    out.mkdir(parents=True, exist_ok=True)
    nonce = secrets.token_hex(16)
    write_submission(content_digest(plan.content), nonce, out)
    (out / EVENTS_NAME).touch()
    told = _Telling(out / EVENTS_NAME)
    try:
        record = _record(plan, out, nonce, stopped)
    finally:
        told.end()
    write_record(record, plan.content, plan.run_id, out)
    return 0


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nbcode.run._pod", description=__doc__)
    parser.add_argument("staged", type=Path, help="folder of the staged run")
    parser.add_argument("out", type=Path, help="folder for what it leaves")
    parser.add_argument("--content", required=True, help="digest of the content that is to be run")
    parser.add_argument("--kernels", type=Path, help="folder of compiled kernels, other than the image's own")
    asked = parser.parse_args(arguments)
    if asked.kernels is None and kernels_of_image().is_dir():
        asked.kernels = kernels_of_image()
    return asked


def image_problems(distributions: tuple[tuple[str, str], ...]) -> tuple[Diagnostic, ...]:
    """NBC-H14 where this image has not the ``distributions`` (name, version) of the run's environment, each at its version.

    Of :data:`FOR_PEOPLE` it may be without any, and has none at another version.
    """
    differing = []
    for name, version in distributions:
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            found = version if name in FOR_PEOPLE else "nothing"
        if found != version:
            differing.append(f"{name} {version} is {found} there")
    if not differing:
        return ()
    more = f", and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    return (
        Diagnostic(
            code="NBC-H14",
            message="the image of the run has another environment than the lock: "
            + ", ".join(differing[:_SHOWN])
            + more,
            cause="the same spec on other versions may give another artifact, so nothing was run",
            fixes=(
                "ask who runs the cluster for an image of this project's lock",
                "`nbcode promote NOTEBOOK --on here` runs in the environment of the lock",
            ),
        ),
    )


def _record(plan: RunPlan, out: Path, nonce: str, stopped: threading.Event) -> RunRecord:
    problems = image_problems(plan.placement.distributions)
    if problems:
        (out / LOG_NAME).touch()
        return RunRecord(status=RunStatus.FAILED, diagnostics=problems)
    attempt = Attempt(plan, out, nonce, cancelled=stopped.is_set, monotonic_s=time.monotonic)
    try:
        return attempt.run(IsolationLevel.LANDLOCK)
    except SandboxUnavailableError as error:
        (out / LOG_NAME).touch()
        return unavailable(plan, [error])


class _Telling:
    """Copies the events to standard output as they are written, byte by byte: who follows the pod's log has the places of the file."""

    def __init__(self, events: Path) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, args=(events,), daemon=True)
        self._thread.start()

    def end(self) -> None:
        """All of them are written: tell the rest."""
        self._over.set()
        self._thread.join()

    def _follow(self, events: Path) -> None:
        with events.open("rb") as stream:
            while True:
                over = self._over.wait(_LOOK_S)
                while block := stream.read(1 << 16):
                    os.write(1, block)
                if over:
                    return


if __name__ == "__main__":
    sys.exit(main())
