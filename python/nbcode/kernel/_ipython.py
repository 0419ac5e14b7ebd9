"""The window to IPython: the extension's hooks, its error display and the ``%nbcode`` magic, put on and taken off."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from nbcode.kernel.counting import Counting
from nbcode.kernel.display import Findings, error_lines
from nbcode.kernel.history import saved_notebook
from nbcode.kernel.live import LiveSession
from nbcode.kernel.location import notebook_path
from nbcode.kernel.magic import Kernel, run_magic
from nbcode.kernel.preview import preview
from nbcode.kernel.progress import Progress
from nbcode.kernel.undefined import undefined_name
from nbcode.kernel.watch import Watch
from nbcode.primitives import Diagnostic, NbcodeError, Place, errors_of, this_process
from nbcode.sandbox import unlike_a_run

_ATTRIBUTE = "_nbcode_extension"


class Extension:
    """What ``%load_ext nbcode`` puts on a shell. ``shell`` is an ``InteractiveShell``."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        folder = Path.cwd()
        notebook = notebook_path(shell.user_ns, os.environ, folder)
        self.live = LiveSession(namespace=shell.user_ns, folder=folder, notebook=notebook)
        self.counting = Counting(self.live, this_process().now_text)
        self.watch = Watch(self.live, shell.user_ns, unlike_a_run(os.environ))
        self.progress: Progress | None = None
        self._compiled: set[str] = set()
        self._ran = 0
        self._custom: tuple[Any, Any] = (shell.custom_exceptions, shell.CustomTB)

    def attach(self) -> None:
        """Register the hooks. :meth:`detach` takes every one of them off."""
        from alpha_bench.describe import AlphaBenchError, hear_looks, listen

        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.events.register("post_run_cell", self.after_cell)
        told = (AlphaBenchError, NbcodeError, NameError, KeyboardInterrupt)
        self.shell.set_custom_exc(told, self.show_error)
        listen(self._step)
        hear_looks(self.counting.looked)
        self.shell.register_magic_function(self.magic, "line", "nbcode")

    def detach(self) -> None:
        """Leave the shell as it was before."""
        from alpha_bench.describe import hear_looks, listen

        listen(None)
        hear_looks(None)
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.events.unregister("post_run_cell", self.after_cell)
        self.shell.custom_exceptions, self.shell.CustomTB = self._custom
        self.shell.magics_manager.magics["line"].pop("nbcode", None)
        self.live.close()

    def before_cell(self, info: Any) -> None:
        """IPython's ``pre_run_cell``: raising here would be shown as a failure of the hook, so findings are displayed."""
        self.progress = Progress(Line, time.monotonic, self._compiled)
        found = self.live.before_cell(info.raw_cell or "")
        if any(d.code == "NBC-E12" for d in found):
            self.watch.data_changed()
        stale = self.watch.before_cell(info.raw_cell or "")
        if stale:
            self.show(Findings(headline="what is shown here is stale", diagnostics=stale))
        if found:
            wrong = bool(errors_of(found))
            headline = "[meta] is not right" if wrong else "the data are not what they were"
            self.show(Findings(headline=headline, diagnostics=found))

    def after_cell(self, result: Any) -> None:
        """IPython's ``post_run_cell``: what a clean run would do otherwise is said below what the cell showed."""
        if self.progress is not None:
            self.progress.end()
            self.progress = None
        info, self._ran = result.info, self._ran + 1
        number = result.execution_count or self._ran
        cell_id = getattr(info, "cell_id", None)
        found = self.watch.after_cell(info.raw_cell or "", number, cell_id, failed=not result.success)
        if found:
            self.show(Findings(headline="not what a clean run gives", diagnostics=found))
        self.counting.reported(self.watch.reported)
        tried = self.counting.after_cell()
        if tried:
            self.show(Findings(headline="how much was tried", diagnostics=tried))

    def _step(self, what: str, number: int, of: int) -> None:
        if self.progress is not None:
            self.progress(what, number, of)

    def magic(self, line: str) -> None:
        """``%nbcode check``, ``%nbcode promote``, ... on this notebook, as saved; ``%nbcode preview`` on what is here."""
        if line.split() == ["preview"]:
            self.show(preview(self.shell.user_ns, self.live.meta))
            return
        run_magic(line, Kernel(notebook=self.live.notebook, watch=self.watch), self.show)

    def show(self, value: object) -> None:
        """Display ``value`` in the cell's output."""
        from IPython.display import display

        display(value)  # type: ignore[no-untyped-call]

    def show_error(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> list[str]:
        """Show an error of the platform as what, where, why and the ways out: its traceback is our code, not the user's."""
        found = self._told(shell, error.with_traceback(trace))
        if found is None:
            shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
            return []
        lines = error_lines(found)
        shell._showtraceback(kind, error, lines)  # noqa: SLF001  (the hook of shells that show tracebacks their own way)
        return lines

    def _told(self, shell: Any, error: BaseException) -> tuple[Diagnostic, ...] | None:
        """``error`` as findings; None for one of the user's own, whose traceback is theirs."""
        if isinstance(error, KeyboardInterrupt):
            at = self.progress.at if self.progress is not None else ""
            (place,) = findings_of(shell, error)
            return (
                Diagnostic(
                    code="NBC-X02", message=f"interrupted{f' in {at}' if at else ''}", place=place.place
                ),
            )
        if isinstance(error, NameError):
            running = shell.user_ns.get("In", [""])
            notebook = saved_notebook(self.live.notebook)
            found = undefined_name(error.name or "", notebook, running[-1] if running else "")
            if found is None or not _raised_in_a_cell(shell, error):
                return None
            (placed,) = findings_of(shell, error)
            return (replace(found, place=placed.place),)
        return findings_of(shell, error)


class Line:
    """A line of the cell's output that is written over: one display of a notebook; of a terminal, its last line."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._handle: Any = None
        self._plain = not hasattr(_shell(), "kernel")

    def write(self, text: str) -> None:
        """Show ``text`` in place of what stood there."""
        if self._plain:
            sys.stdout.write(f"\r\x1b[K{text}")
            sys.stdout.flush()
            return
        from IPython.display import display

        shown = {"text/plain": text}
        if self._handle is None:
            self._handle = display(shown, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._handle.update(shown, raw=True)


def _shell() -> Any:
    from IPython.core.getipython import get_ipython

    return get_ipython()


def _raised_in_a_cell(shell: Any, error: BaseException) -> bool:
    """Whether a name was missing in the user's own code, not in a library's."""
    numbers: dict[str, int] = getattr(shell.compile, "_filename_map", {})
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    return last is not None and last.tb_frame.f_code.co_filename in numbers


def findings_of(shell: Any, error: BaseException) -> tuple[Diagnostic, ...]:
    """``error`` as diagnostics whose places are the shell's own cells, as it numbers them: ``In[3] · line 2``."""
    from nbcode.namespace import CellName, diagnostic_of

    if isinstance(error, NbcodeError):
        return error.diagnostics
    numbers: dict[str, int] = getattr(shell.compile, "_filename_map", {})
    found = diagnostic_of(error, {file: CellName(index=n, tag=None) for file, n in numbers.items()})
    place = found.place
    return (replace(found, place=place and Place(path=f"In[{place.cell}]", line=place.line)),)


def attach(shell: Any) -> None:
    """Load the extension, once."""
    if getattr(shell, _ATTRIBUTE, None) is None:
        extension = Extension(shell)
        extension.attach()
        setattr(shell, _ATTRIBUTE, extension)


def detach(shell: Any) -> None:
    """Unload it, where it is loaded."""
    extension = getattr(shell, _ATTRIBUTE, None)
    if extension is not None:
        extension.detach()
        setattr(shell, _ATTRIBUTE, None)
