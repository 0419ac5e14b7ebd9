"""An exception that nobody expected: the full report goes to a file, the user gets one line that names it."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import traceback
from pathlib import Path

from nbcode import __version__
from nbcode.primitives import Diagnostic, Runtime, masked


def record(error: BaseException, arguments: list[str], runtime: Runtime) -> Diagnostic:
    """Write the report and return NBC-X00, which says where it is."""
    now = runtime.now()
    name = f"error-{now:%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    text = "\n".join(
        [
            f"nbcode {__version__}, Python {sys.version.split()[0]}, {platform.platform()}",
            f"at {now.isoformat()}",
            f"arguments: {arguments!r}",
            "",
            "".join(traceback.format_exception(error)),
        ]
    )
    text = masked(text)
    where = next((path for folder in _folders(runtime.cwd) if (path := _written(folder / name, text))), None)
    kind = type(error).__name__
    said = str(error).strip().splitlines()
    return Diagnostic(
        code="NBC-X00",
        message="internal error",
        cause=f"{kind}: {said[0][:300]}" if said else kind,
        fixes=(f"report it, with {where}" if where else "report it with what you did",),
    )


def _folders(here: Path) -> list[Path]:
    folders = [Path(tempfile.gettempdir())]
    try:
        from nbcode.configuration import TrustKind, open_workspace

        workspace = open_workspace(here)
        store = workspace.store
    except Exception:
        return folders
    # Only into a store that is there: an error is no reason to make one.
    ours = not workspace.refusals(TrustKind.STORE, TrustKind.FOREIGN_STORE)
    return [store / "logs", *folders] if ours and store.is_dir() else folders


def _written(path: Path, text: str) -> Path | None:
    try:
        path.parent.mkdir(exist_ok=True)
        # "x": in a shared temporary folder a link laid out under this name is not followed.
        with path.open("x", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
    except OSError:
        return None
    return path
