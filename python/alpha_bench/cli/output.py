"""What a command says: results on standard output, everything else on standard error; colours only on a terminal."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO

from alpha_bench.cli.interrupts import Interrupts
from alpha_bench.errors import AlphaBenchError

_COLOURS = {"red": "31", "green": "32", "yellow": "33", "blue": "34", "bold": "1", "dim": "2"}


class Output:
    """Where a command writes. ``as_json``: one JSON document on standard output, whatever happens."""

    def __init__(
        self, out: TextIO, err: TextIO, *, as_json: bool, quiet: bool, interrupts: Interrupts
    ) -> None:
        self._out, self._err = out, err
        self.as_json, self._quiet = as_json, quiet
        self.interrupts = interrupts

    def result(self, text: str, plain: object) -> None:
        """The command's answer: ``text`` for people, ``plain`` for programs."""
        shown = json.dumps(plain, indent=1, ensure_ascii=False, default=str) if self.as_json else text
        self._out.write(shown.rstrip("\n") + "\n")
        self._out.flush()

    def write(self, text: str) -> None:
        """A line for people beside the answer."""
        self._err.write(text + "\n")
        self._err.flush()

    def problems(self, name: str, problems: Sequence[AlphaBenchError], source: str = "") -> None:
        """What is wrong: each with its place, its line of the source where that is given, and the way out."""
        if self.as_json:
            self.result("", {"ok": False, "problems": [_as_plain(p) for p in problems]})
            return
        lines = source.splitlines()
        for problem in problems:
            self.write(self._problem(name, problem, lines))
        if len(problems) > 1:
            self.write(f"{len(problems)} problems")

    def _problem(self, name: str, problem: AlphaBenchError, lines: Sequence[str]) -> str:
        line, column = problem.context.get("line"), problem.context.get("column")
        where, what = name, problem.message
        shown = ""
        if isinstance(line, int) and isinstance(column, int):
            where = f"{name}:{line}:{column}" if name else f"line {line}, column {column}"
            what = what.removeprefix(f"line {line}, column {column}: ")
            if 0 < line <= len(lines):
                margin = f"{line:5d} | "
                pointer = " " * (len(margin) - 2) + "| " + " " * (column - 1) + self.paint("^", "red")
                shown = f"\n{margin}{lines[line - 1]}\n{pointer}"
        head = f"{where}: " if where else ""
        code = self.paint(problem.code, "red", "bold")
        return f"{head}{code} {what}{shown}\n  {self.paint('Fix:', 'bold')} {problem.fix}"

    def paint(self, text: str, *styles: str) -> str:
        """``text`` in colour where standard error is a terminal that wants it."""
        if not self._err.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
            return text
        return f"\x1b[{';'.join(_COLOURS[s] for s in styles)}m{text}\x1b[0m"

    @contextmanager
    def progress(self) -> Iterator[Steps]:
        """Show steps as they begin, with the seconds since the first; in place on a terminal, a line each elsewhere."""
        steps = Steps(self._err, self.interrupts, quiet=self._quiet or self.as_json)
        try:
            yield steps
        finally:
            steps.end()


class Steps:
    """Called with the name of each step as it begins."""

    def __init__(self, err: TextIO, interrupts: Interrupts, *, quiet: bool) -> None:
        self._err, self._quiet = err, quiet
        self._interrupts = interrupts
        self._live = err.isatty()
        self._began = time.monotonic()

    def __call__(self, step: str) -> None:
        """``step`` begins now, unless an interrupt came that the one before has survived."""
        self._interrupts.check()
        if self._quiet:
            return
        line = f"[{time.monotonic() - self._began:6.1f} s] {step}"
        self._err.write(f"\r\x1b[2K{line}" if self._live else line + "\n")
        self._err.flush()

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self._live and not self._quiet:
            self._err.write("\r\x1b[2K")
            self._err.flush()


def _as_plain(problem: AlphaBenchError) -> dict[str, object]:
    place: dict[str, object] = {k: problem.context[k] for k in ("line", "column") if k in problem.context}
    return {"code": problem.code, "message": problem.message, "fix": problem.fix, **place}
