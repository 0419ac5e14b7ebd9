"""``%nbcode VERB``: the command line's own verbs on this notebook, with problems shown in place."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from nbcode.kernel.display import Findings
from nbcode.primitives import Diagnostic, errors_of

ON_A_NOTEBOOK = ("check", "build", "run", "promote")


def run_magic(line: str, notebook: Path | None, show: Callable[[object], None]) -> None:
    """Run ``nbcode <line>`` with this notebook as its notebook where the line names none.

    ``check`` happens in this process and shows its findings; every other verb is the program itself, line by line.
    """
    words = shlex.split(line) or ["--help"]
    verb, rest = words[0], words[1:]
    named = [word for word in rest if word.endswith((".ipynb", ".py"))]
    if verb in ON_A_NOTEBOOK and not named:
        if notebook is None:
            show(_unknown_notebook(verb))
            return
        rest = [str(notebook), *rest]
    if verb == "check" and len(rest) == 1:
        show(check(Path(rest[0])))
        return
    _run_program([verb, *rest])


def check(path: Path) -> Findings:
    """The findings on the notebook as it is saved."""
    from nbcode.commands.check import check as checked
    from nbcode.environment import importable_modules

    found = checked(path, locked=importable_modules()).diagnostics
    wrong = len(errors_of(found))
    counted = "1 error" if wrong == 1 else f"{wrong} errors"
    headline = f"{path.name}: {counted}" if wrong else f"{path.name}: ready to promote"
    return Findings(headline=headline, diagnostics=found)


def _run_program(words: list[str]) -> None:
    # A session of its own: an interrupt of the kernel reaches the program once, from here, and the program ends cleanly.
    with subprocess.Popen(
        [sys.executable, "-m", "nbcode", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    ) as program:
        assert program.stdout is not None
        try:
            for text in program.stdout:
                sys.stdout.write(text)
        except KeyboardInterrupt:
            program.send_signal(signal.SIGINT)
            sys.stdout.write(program.stdout.read())
            program.wait()
            raise


def _unknown_notebook(verb: str) -> Findings:
    return Findings(
        headline="which notebook?",
        diagnostics=(
            Diagnostic(
                code="NBC-A30",
                message="this kernel does not know its notebook's file",
                cause="the front end that started it did not say",
                fixes=(f"%nbcode {verb} NOTEBOOK.ipynb",),
            ),
        ),
    )
