"""Inside the sandbox: window to papermill, nbformat and the Jupyter client. papermill executes and keeps the evidence.

It is not the judge: it takes `SystemExit(0)` for success, so failure is read from the engine's own record.
"""

from __future__ import annotations

import gc
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# Optional parts that papermill and jsonschema would import at their start, and that nothing here uses: half of the time.
_UNUSED = (
    "rfc3987_syntax",
    "rfc3987",
    "rfc3986_validator",
    "isoduration",
    "fqdn",
    "webcolors",
    "uri_template",
    "jsonpointer",
    "pyarrow",
    "boto3",
    "gcsfs",
    "azure",
    "github",
    "numpy",
    "pandas",
)


class _StopError(Exception):
    """A cell was refused something, and the run ends after it."""


class Kernel:
    """The kernel process, which ``_start.py`` began before anything was imported here."""

    def __init__(self, process: subprocess.Popen[bytes], connection: Path, info: dict[str, Any]) -> None:
        """``info`` is what the connection file says."""
        self.process, self.connection, self.info = process, connection, info

        self._killed = False

    def stop(self) -> None:
        """End it now, unless it has ended by itself."""
        if self.process.poll() is None:
            self._killed = True
            self.process.kill()
            self.process.wait()

    @property
    def own_exit_code(self) -> int | None:
        """How it ended by itself; None while it lives, and when it was ended from here."""
        return None if self._killed else self.process.poll()


class CellWatcher:
    """What the engine tells about cells: ``position`` counts from 0 in the assembled notebook."""

    def __init__(self, on_start: Callable[[int], None], on_end: Callable[[int], bool]) -> None:
        """``on_end`` returns whether to go on."""
        self.on_start = on_start
        self.on_end = on_end


def execute(
    sources: list[tuple[str, str]], kernel: Kernel, scratch: Path, watcher: CellWatcher
) -> tuple[int | None, dict[str, Any]]:
    """Run ``sources`` (tag, source) in ``kernel``. Returns the position of the cell that failed, or None, and the notebook
    as executed, as plain data; both also when the kernel died."""
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    gc.disable()  # imports leave no garbage, and looking for it takes a tenth of their time
    import nbformat
    from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
    from papermill.execute import execute_notebook

    gc.freeze()
    gc.enable()

    failed: list[int] = []

    class Manager(NotebookExecutionManager):  # type: ignore[misc]
        def save(self, **_: Any) -> None:
            """Nothing is written before the end: the events tell what happens meanwhile."""

        def cell_start(self, cell: Any, cell_index: int = 0, **kwargs: Any) -> None:
            watcher.on_start(cell_index)
            super().cell_start(cell, cell_index, **kwargs)

        def cell_exception(self, cell: Any, cell_index: int = 0, **kwargs: Any) -> None:
            failed.append(cell_index)
            super().cell_exception(cell, cell_index, **kwargs)

        def cell_complete(self, cell: Any, cell_index: int = 0, **kwargs: Any) -> None:
            super().cell_complete(cell, cell_index, **kwargs)
            if not watcher.on_end(cell_index) and not failed:
                failed.append(cell_index)
                raise _StopError

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_notebook(cls, nb: Any, kernel_name: str, **kwargs: Any) -> Any:
            manager = Manager(nb, progress_bar=False)
            manager.notebook_start()
            for key in ("output_path", "progress_bar", "log_output", "autosave_cell_every"):
                kwargs.pop(key, None)
            try:
                cls.execute_managed_notebook(manager, kernel_name, km=_adopted(kernel), **kwargs)
            finally:
                manager.notebook_complete()
                notebooks.append(manager.nb)
            return manager.nb

    notebooks: list[Any] = []
    papermill_engines.register("nbcode", Engine)
    notebook = _assembled(nbformat, sources)
    source = scratch / "assembled.ipynb"
    source.write_text(json.dumps(notebook), encoding="utf-8")
    try:
        execute_notebook(
            source,
            None,
            engine_name="nbcode",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            start_timeout=60,
        )
    except BaseException as error:
        if not failed:
            failed.append(_running(notebooks[0]) if notebooks else 0)
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    return (failed[0] if failed else None), notebooks[0] if notebooks else {}


def _running(notebook: Any) -> int:
    for position, cell in enumerate(notebook.cells):
        if cell.metadata.get("papermill", {}).get("status") in ("running", "failed", "pending"):
            return position
    return len(notebook.cells) - 1


def _assembled(nbformat: Any, sources: list[tuple[str, str]]) -> Any:
    notebook = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    for number, (tag, source) in enumerate(sources, 1):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": [tag]})
        cell["id"] = f"{tag}-{number}"
        notebook.cells.append(cell)
    return notebook


def _adopted(kernel: Kernel) -> Any:
    """A kernel manager around a kernel that is running already."""
    from jupyter_client.manager import AsyncKernelManager

    class Adopted(AsyncKernelManager):
        @property
        def has_kernel(self) -> bool:
            return True

        async def _async_is_alive(self) -> bool:
            return kernel.process.poll() is None

        async def shutdown_kernel(self, **_: Any) -> None:  # type: ignore[override]
            kernel.stop()

        async def interrupt_kernel(self) -> None:  # type: ignore[override]
            kernel.process.send_signal(signal.SIGINT)

    manager = Adopted(connection_file=str(kernel.connection))
    info: Any = kernel.info
    manager.load_connection_info(info)
    return manager
