"""A runner that needs no kernel. A run goes one event further each time that somebody who can keeps asking: there is no clock,
no thread and no process, and everything it knows is in a directory, so that other processes can ask about it.

The source of the first cell says how a run goes: see :data:`KINDS`; any other is ``fine``.
Also a program that submits a run and is killed: ``python -m fakes.runners RUNNER DIRECTORY RUN_ID SOURCE``.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from fakes.plans import plan_of_cells, small_input
from nbcode.primitives import Diagnostic, NbcodeError
from nbcode.run import (
    START,
    Observation,
    ResultManifest,
    RunEvent,
    Runner,
    RunPlan,
    RunRecord,
    RunReference,
    RunStatus,
    content_digest,
    decode_content,
    encode_content,
)
from nbcode.run.manifest import collect_result, list_files, write_result

FILES = {"report.json": b"{}", "model/model.json": b"{}"}
_UP = (("step", "sandbox", None), ("step", "cells", None), ("cell", "start", 2))
_END = (("cell", "end", 2), ("step", "report", None))
KINDS = {
    "fine": (*_UP, *_END),
    "raise": _UP,
    "die": _UP,
    "exit": (*_UP, *_END),
    "fill": (*_UP, *_END),
    "endless": _UP,
}
_PROBLEMS = {"raise": "NBC-H01", "die": "NBC-H01", "exit": "NBC-H01", "fill": "NBC-H06"}


class FakeRunner(Runner):
    """``files`` (relative path to bytes) is what a fine run leaves, ``problem`` makes every run fail; ``started`` counts the
    runs that this instance began, and no others."""

    kind = "fake"
    place = ""

    def __init__(
        self,
        directory: Path,
        files: dict[str, bytes] | None = None,
        problem: Diagnostic | None = None,
        *,
        detached: bool = False,
    ) -> None:
        self.directory, self.detached = directory, detached
        self.files = FILES if files is None else files
        self.problem = problem
        self.started = 0

    def submit(self, plan: RunPlan) -> RunReference:
        reference = RunReference(runner=self.kind, run_id=plan.run_id)
        place = self.directory / plan.run_id
        new = self.directory / f".{os.getpid()}-{time.monotonic_ns()}"
        new.mkdir(parents=True)
        (new / "content.json").write_bytes(encode_content(plan.content))
        (new / "state.json").write_text(json.dumps({"seen": 0, "cancelled": False, "owner": os.getpid()}))
        try:
            new.rename(place)
        except OSError:
            shutil.rmtree(new)
            if (place / "content.json").read_bytes() != encode_content(plan.content):
                taken = Diagnostic(code="NBC-H23", message=f"the name `{plan.run_id}` is taken")
                raise NbcodeError([taken]) from None
        else:
            self.started += 1
        return reference

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        place, state = self.directory / reference.run_id, self._state(reference)
        if state is None:
            return Observation(events=(), cursor=since, record=RunRecord(status=RunStatus.KILLED, lost=True))
        kind, known = self._kind(place), self._record(place)
        if known is None and self._goes_on(state):
            state["seen"] = min(state["seen"] + 1, len(KINDS[kind]))
            self._write(place, state)
            if state["cancelled"] or (state["seen"] == len(KINDS[kind]) and kind != "endless"):
                known = self._end(place, kind, cancelled=state["cancelled"])
        lost = known is None and not self._goes_on(state)
        record = RunRecord(status=RunStatus.KILLED, lost=True) if lost else known
        events = tuple(
            RunEvent(
                kind=what, name=name, cell=cell, elapsed_s=float(number), text="features" if cell else ""
            )
            for number, (what, name, cell) in enumerate(KINDS[kind][: state["seen"]])
        )
        return Observation(events=events[int(since or 0) :], cursor=str(len(events)), record=record)

    def cancel(self, reference: RunReference) -> None:
        state = self._state(reference)
        if state is not None:
            self._write(self.directory / reference.run_id, state | {"cancelled": True})

    def fetch(self, reference: RunReference, into: Path) -> ResultManifest:
        record, result = (
            self._record(self.directory / reference.run_id),
            self.directory / reference.run_id / "result",
        )
        finished = record is not None and record.status is RunStatus.FINISHED
        if finished and not result.exists():
            raise NbcodeError([Diagnostic(code="NBC-H15", message="the result is no longer kept")])
        try:
            return collect_result(result, into)
        except ValueError as error:
            raise NbcodeError([Diagnostic(code="NBC-I06", message=str(error))]) from error

    def keep(self, reference: RunReference, place: Path) -> None:
        pass

    def discard(self, reference: RunReference) -> None:
        shutil.rmtree(self.directory / reference.run_id / "result", ignore_errors=True)

    def _end(self, place: Path, kind: str, *, cancelled: bool) -> RunRecord:
        problem = self.problem
        if kind in _PROBLEMS:
            problem = Diagnostic(code=_PROBLEMS[kind], message=f"the cell did {kind}")
        status = RunStatus.KILLED if cancelled else RunStatus.FAILED if problem else RunStatus.FINISHED
        if status is RunStatus.FINISHED:
            self._leave(place)
        told = () if problem is None or cancelled else (problem.to_json(),)
        (place / "record.json").write_text(json.dumps({"status": str(status), "diagnostics": told}))
        found = self._record(place)
        assert found is not None
        return found

    def _leave(self, place: Path) -> None:
        out, content = place / "result", decode_content((place / "content.json").read_bytes())
        for name, data in self.files.items():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (out / name).write_bytes(data)
        write_result(
            ResultManifest(
                nonce=content_digest(content).hex,
                spec_digest=content.spec_digest,
                definition_digest=content.definition_digest,
                pins=(("PYTHONHASHSEED", "0"),),
                files=list_files(out),
            ),
            out,
        )

    def _goes_on(self, state: dict[str, object]) -> bool:
        return self.detached or Path(f"/proc/{state['owner']}").exists()

    def _kind(self, place: Path) -> str:
        cells = decode_content((place / "content.json").read_bytes()).cells
        source = cells[0].source if cells else "fine"
        return source if source in KINDS else "fine"

    def _record(self, place: Path) -> RunRecord | None:

        try:
            found = json.loads((place / "record.json").read_bytes())
        except FileNotFoundError:
            return None
        return RunRecord(
            status=RunStatus(found["status"]),
            isolation="process",
            seconds=(("cells", 0.5),),
            diagnostics=tuple(Diagnostic.from_json(d) for d in found["diagnostics"]),
        )

    def _state(self, reference: RunReference) -> dict[str, object] | None:
        try:
            found: dict[str, object] = json.loads(
                (self.directory / reference.run_id / "state.json").read_text()
            )
        except FileNotFoundError:
            return None
        return found

    def _write(self, place: Path, state: dict[str, object]) -> None:
        beside = place / f"{os.getpid()}.part"
        beside.write_text(json.dumps(state))
        beside.replace(place / "state.json")


class InterruptedRunner(FakeRunner):
    """Somebody presses Ctrl-C when the first run is up."""

    pressed = False

    def observe(self, reference: RunReference, since: str = START) -> Observation:
        seen = super().observe(reference, since)
        if not self.pressed and seen.record is None:
            self.pressed = True
            raise KeyboardInterrupt("Ctrl-C")
        return seen


_KEPT = contextlib.ExitStack()
"""For as long as this process."""


def _of_the_cluster(_: Path) -> Runner:
    from cluster.cluster import running
    from e2e.cluster.installed import connection, runner

    found = running()
    if found is None:
        raise SystemExit("the cluster is not up")
    return runner(found, _KEPT.enter_context(connection(found)))


def main(name: str, directory: str, run_id: str, source: str) -> None:
    from nbcode.run._local import LocalRunner

    runner = {"local": LocalRunner, "fake": FakeRunner, "argo": _of_the_cluster}[name](Path(directory))
    reference = runner.submit(
        plan_of_cells([("features", source)], [small_input(Path(directory).parent)], run_id=run_id)
    )
    while not any(e.kind == "cell" for e in runner.observe(reference).events):
        time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
