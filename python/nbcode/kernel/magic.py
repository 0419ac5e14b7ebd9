"""``%nbcode VERB``: the command line's own verbs on this notebook, with problems shown in place."""

from __future__ import annotations

import json
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from nbcode.kernel.display import Findings
from nbcode.kernel.watch import Watch
from nbcode.primitives import Diagnostic, dataclass, errors_of

_COMPARED = ("check", "promote")
ON_A_NOTEBOOK = ("check", "suggest", "build", "run", "promote")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """The kernel that a magic is called in: its notebook's file, where that is known, and what it has to say of itself."""

    notebook: Path | None
    watch: Watch


def run_magic(line: str, kernel: Kernel, show: Callable[[object], None]) -> None:
    """Run ``nbcode <line>`` with this notebook as its notebook where the line names none, or names it.

    ``check`` and a plain ``suggest`` happen in this process and show themselves; every other verb is the program itself, line by line. What of this
    kernel is not what a clean run gives is shown with ``check`` and before the others; a ``promote`` compares the figures too.
    """
    words = shlex.split(line) or ["--help"]
    verb, rest = words[0], words[1:]
    named = [Path(word) for word in rest if word.endswith((".ipynb", ".py"))]
    own = verb in ON_A_NOTEBOOK and not named
    apart: tuple[Diagnostic, ...] = ()
    if own:
        if kernel.notebook is None:
            show(_unknown_notebook(verb))
            return
        rest = [str(kernel.notebook), *rest]
        kernel.watch.compare_with(kernel.notebook)
    elif verb in _COMPARED and len(named) == 1:
        own = kernel.watch.compare_with(named[0])
        apart = () if own else kernel.watch.not_compared(named[0])
    of_kernel = kernel.watch.before_promote() if own else ()
    if verb == "check" and len(rest) == 1:
        show(check(Path(rest[0]), of_kernel, apart))
        return
    if of_kernel:
        show(Findings(headline="what ran here is not what a clean run gives", diagnostics=of_kernel))
    if apart:
        show(Findings(headline="the notebook alone is looked at", diagnostics=apart))
    if verb == "suggest":
        from nbcode.kernel.proposal import proposal

        proposed = proposal(rest)
        if proposed is not None:
            show(proposed)
            return
    if own and verb == "promote" and "--json" not in rest:
        _promote([verb, *rest], kernel.watch, show)
        return
    _run_program([verb, *rest])


def _promote(words: list[str], watch: Watch, show: Callable[[object], None]) -> None:
    """Promote, and say where the clean run's figures are not those that the kernel showed."""
    shown = watch.shown
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "result.json"
        _run_program([*words, "--result", str(file)])
        if not file.is_file():
            return
        result = json.loads(file.read_bytes())
    if result["definition_digest"] is None:  # it did not begin
        return
    found = watch.after_promote(shown, result["metrics"], result["definition_digest"])
    if found:
        show(Findings(headline="the clean run is not what was shown here", diagnostics=found))


def check(path: Path, of_kernel: tuple[Diagnostic, ...] = (), apart: tuple[Diagnostic, ...] = ()) -> Findings:
    """The findings on the notebook as it is saved, ``of_kernel`` what differs there, and ``apart`` what is no difference."""
    from nbcode.commands.check import check as checked
    from nbcode.environment import importable_modules

    found = checked(path, locked=importable_modules()).diagnostics
    wrong = len(errors_of(found))
    counted = "1 error" if wrong == 1 else f"{wrong} errors"
    headline = f"{path.name}: {counted}" if wrong else f"{path.name}: ready to promote"
    if of_kernel:
        headline += "; this kernel shows something else"
    return Findings(headline=headline, diagnostics=(*found, *of_kernel, *apart))


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
