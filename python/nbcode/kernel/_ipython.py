"""The window to IPython: the extension's hooks, its error display and the ``%nbcode`` magic, put on and taken off."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

from nbcode.kernel.display import Findings, error_lines
from nbcode.kernel.live import LiveSession
from nbcode.kernel.location import notebook_path
from nbcode.kernel.magic import ON_A_NOTEBOOK, run_magic
from nbcode.kernel.unsaved import RanCells
from nbcode.primitives import Diagnostic, NbcodeError, Place, errors_of

_ATTRIBUTE = "_nbcode_extension"


class Extension:
    """What ``%load_ext nbcode`` puts on a shell. ``shell`` is an ``InteractiveShell``."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        folder = Path.cwd()
        notebook = notebook_path(shell.user_ns, os.environ, folder)
        self.live = LiveSession(namespace=shell.user_ns, folder=folder, notebook=notebook)
        self.ran = RanCells()
        self._custom: tuple[Any, Any] = (shell.custom_exceptions, shell.CustomTB)

    def attach(self) -> None:
        """Register the hooks. :meth:`detach` takes every one of them off."""
        from alpha_bench.describe import AlphaBenchError

        self.shell.events.register("pre_run_cell", self.before_cell)
        self.shell.set_custom_exc((AlphaBenchError, NbcodeError), show_error)
        self.shell.register_magic_function(self.magic, "line", "nbcode")

    def detach(self) -> None:
        """Leave the shell as it was before."""
        self.shell.events.unregister("pre_run_cell", self.before_cell)
        self.shell.custom_exceptions, self.shell.CustomTB = self._custom
        self.shell.magics_manager.magics["line"].pop("nbcode", None)
        self.live.close()

    def before_cell(self, info: Any) -> None:
        """IPython's ``pre_run_cell``: raising here would be shown as a failure of the hook, so findings are displayed."""
        self.ran.note(info.raw_cell or "")
        found = self.live.before_cell(info.raw_cell or "")
        if found:
            wrong = bool(errors_of(found))
            headline = "[meta] is not right" if wrong else "the data are not what they were"
            self.show(Findings(headline=headline, diagnostics=found))

    def magic(self, line: str) -> None:
        """``%nbcode check``, ``%nbcode promote``, ... on this notebook, as saved."""
        if self.live.notebook is not None and line.partition(" ")[0] in ON_A_NOTEBOOK:
            unsaved = self.ran.not_in(self.live.notebook)
            if unsaved:
                self.show(Findings(headline="what ran here is not what is saved", diagnostics=unsaved))
        run_magic(line, self.live.notebook, self.show)

    def show(self, value: object) -> None:
        """Display ``value`` in the cell's output."""
        from IPython.display import display

        display(value)  # type: ignore[no-untyped-call]


def show_error(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,  # noqa: ARG001  (IPython passes it)
) -> list[str]:
    """Show an error of the platform as what, where, why and the ways out: its traceback is our code, not the user's."""
    lines = error_lines(findings_of(shell, error.with_traceback(trace)))
    shell._showtraceback(kind, error, lines)  # noqa: SLF001  (the hook of shells that show tracebacks their own way)
    return lines


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
