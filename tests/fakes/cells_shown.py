"""What a cell shows in an IPython shell, as text."""

from __future__ import annotations

import re

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

_ANSI = re.compile(r"\x1b\[[0-9;]*[mK]")


def said(shell: InteractiveShell, code: str, cell_id: str | None = None) -> str:
    """Run ``code`` and return what is printed, displayed and raised; ``cell_id`` is what a front end sends."""
    with capture_output() as captured:
        shell.run_cell(code, store_history=True, cell_id=cell_id)
    shown = [str(o) for o in captured.outputs]
    return _ANSI.sub("", "\n".join([captured.stdout, captured.stderr, *shown]))
