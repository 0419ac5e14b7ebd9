"""What the judge's process says, and the executor's side of it: begin it, hear it, end it."""

from __future__ import annotations

import ast
import contextlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from nbcode.primitives import Diagnostic, Digest, Json, Judgement, dataclass, from_plain, to_plain
from nbcode.run.inside import InsideCell

FOLDER = ".judge"
"""In the output directory: the judge's own files, gone before the result is listed."""
GIVEN_FOLDER = "given"
"""Below :data:`FOLDER`: what the cells handed over for it."""
STEPS = ("figures", "report", "model")
_EVALUATIONS = frozenset({"walk_forward", "purged_kfold", "combinatorial_purged_kfold"})
_OWN = ("HOME", "TMPDIR", "NUMBA_CACHE_DIR", "MPLCONFIGDIR")


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What it came to: the ``definition_digest`` of what it computed and its ``figures``, or of stated figures its ``judgement``. ``columns`` as
    :attr:`nbcode.namespace.ActiveSession.columns`, ``libraries`` for the manifest."""

    definition_digest: Digest | None = None
    figures: Mapping[str, Json] = field(default_factory=dict)
    judgement: Judgement | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    columns: Mapping[str, int] | None = None
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What it is to compute: a ``definition`` as JSON; ``given`` is the folder of what the cells handed over, where it needs that. Or a signal
    in the folder ``signal``. Without either it finds figures again that the cells ``stated``, and asks the ``model`` in that folder again."""

    definition: str = ""
    given: str | None = None
    signal: str | None = None
    stated: Mapping[str, object] = field(default_factory=dict)
    model: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    step: str
    at_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    definition_digest: Digest | None
    figures: Mapping[str, Json]
    judgement: Judgement | None
    diagnostics: tuple[object, ...]
    columns: Mapping[str, int] | None
    libraries: tuple[str, ...]


def step_line(name: str, at_s: float) -> str:
    """One of :data:`STEPS` began at ``at_s`` of the machine's monotonic clock."""
    return json.dumps({"step": name, "at_s": at_s})


def judged_line(word: Word) -> str:
    """The judge's last word."""
    said: dict[str, Json] = {
        "definition_digest": word.definition_digest,
        "figures": dict(word.figures),
        "judgement": to_plain(word.judgement),
        "diagnostics": [d.to_json() for d in word.diagnostics],
        "columns": None if word.columns is None else dict(word.columns),
        "libraries": list(word.libraries),
    }
    return json.dumps(said)


def judged_in(cells: Sequence[InsideCell], found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """``found``, where what belongs to the evaluation gets the cell and the line in which it is written."""
    from nbcode.namespace import CellName, located

    places = {c.index: _line_of_the_evaluation(c.source) for c in cells if c.tag == "eval"}
    return tuple(
        replace(one, place=replace(one.place, line=places.get(one.place.cell or 0)))
        if one.place is not None and one.place.line is None
        else one
        for one in located(found, [CellName(index=c.index, tag=c.tag) for c in cells])
    )


def _line_of_the_evaluation(source: str) -> int | None:
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _EVALUATIONS:
                return node.lineno
    return None


class JudgeProcess:
    """The judge at work. What it writes counts only when :meth:`word` gave its last word."""

    def __init__(self, plan: Path, out: Path) -> None:
        """Begin it."""
        self._own = out / FOLDER
        self._own.mkdir(mode=0o700)
        (self._own / "numba").mkdir()
        self.process = subprocess.Popen(
            [sys.executable, "-s", "-P", "-B", "-m", "nbcode.run._judge", str(plan)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ
            | dict.fromkeys(_OWN, str(self._own))
            | {"NUMBA_CACHE_DIR": str(self._own / "numba"), "JPY_PARENT_PID": str(os.getpid())},
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def order(self, order: Order) -> None:
        """Say what it is to compute: once, now or when the cells are gone."""
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError), self.process.stdin as stream:
            stream.write(json.dumps(to_plain(order)).encode())

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.append(line.decode("utf-8", "replace"))

    def wait(self, timeout_s: float) -> bool:
        """Whether it has ended, within ``timeout_s``."""
        self._reader.join(timeout_s)
        if self._reader.is_alive():
            return False
        self.process.wait()
        return True

    def steps(self) -> list[tuple[str, float]]:
        """(step, when it began) as far as told."""
        found = []
        for line in list(self._lines):
            if '"at_s"' in line:
                said = from_plain(_Step, json.loads(line), "the judge's step")
                found.append((said.step, said.at_s))
        return found

    def word(self) -> Word | None:
        """Its last word; None where it ended without one. After :meth:`wait`."""
        if self.process.poll() != 0 or not self._lines:
            return None
        said = from_plain(_Said, json.loads(self._lines[-1]), "the judge's word")
        return Word(
            definition_digest=said.definition_digest,
            figures=said.figures,
            judgement=said.judgement,
            diagnostics=tuple(Diagnostic.from_json(one) for one in said.diagnostics),
            columns=said.columns,
            libraries=said.libraries,
        )

    def end(self) -> None:
        """End it if it lives, and take away its own files."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        if self.process.stdin is not None and not self.process.stdin.closed:
            self.process.stdin.close()
        shutil.rmtree(self._own, ignore_errors=True)
