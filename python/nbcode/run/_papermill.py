"""Inside the sandbox: window to papermill, nbformat and the Jupyter client. papermill executes and keeps the evidence.

It is not the judge: it takes ``SystemExit(0)`` for success and an error that is shown for failure. The kernel's reply decides.
"""

from __future__ import annotations

import gc
import logging
import math
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbcode.primitives import dataclass, encodable
from nbcode.run.outputs import size_of

_OUTPUTS = frozenset(
    {"stream", "display_data", "update_display_data", "execute_result", "error", "comm_open", "comm_msg"}
)
_MOST_OUTPUTS = 10_000
_MOST_OUTPUT_BYTES = 64 << 20
_LONGEST_ERROR = 2_000
# A reply is on its way before the kernel says that it is idle.
_REPLY_S = 60.0

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
    def unforced_exit_code(self) -> int | None:
        """How it ended by itself; None while it lives, and when it was ended from here."""
        return None if self._killed else self.process.poll()


class CellWatcher:
    """What the engine tells about cells: ``position`` counts from 0 in the assembled notebook."""

    def __init__(self, on_start: Callable[[int], None], on_end: Callable[[int], bool]) -> None:
        """``on_end`` returns whether to go on."""
        self.on_start = on_start
        self.on_end = on_end


@dataclass(frozen=True, kw_only=True, slots=True)
class Executed:
    """``failed`` is the position of the cell that failed, or None; ``notebook`` what is there of it, as plain data; ``error_text``
    what was raised while the kernel was listened to, empty where the kernel itself said how the cell ended."""

    failed: int | None
    notebook: dict[str, Any]
    error_text: str = ""


def load() -> None:
    """Import what runs notebooks, without what nothing here uses: a step of its own, beside the kernel's own imports."""
    for name in _UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]
    gc.disable()  # imports leave no garbage, and looking for it takes a tenth of their time
    import nbformat  # noqa: F401
    import papermill.clientwrap
    import papermill.engines  # noqa: F401

    gc.freeze()
    gc.enable()


def _manager_class(watcher: CellWatcher, reached: list[int], failed: list[int]) -> Any:
    """What papermill tells how far it is; ``reached`` has the one position of the cell that began last, ``failed`` gets those that failed."""
    from papermill.engines import NotebookExecutionManager

    class Manager(NotebookExecutionManager):  # type: ignore[misc]
        def save(self, **_: Any) -> None:
            """Nothing is written before the end: the events tell what happens meanwhile."""

        def cell_start(self, cell: Any, cell_index: int = 0, **kwargs: Any) -> None:
            reached[0] = cell_index
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

    return Manager


def execute(sources: list[tuple[str, str]], kernel: Kernel, time_s: float, watcher: CellWatcher) -> Executed:
    """Run ``sources`` (tag, source) in ``kernel``, which is dead afterwards; returns also when it died before.

    The kernel's reply to each cell decides; outputs decide nothing. What it shows may come ``time_s`` late. After :func:`load`.
    """
    import nbformat

    client_class = _client_class()
    reached, failed = [0], list[int]()
    manager_class = _manager_class(watcher, reached, failed)
    manager = manager_class(_assembled(nbformat, sources), progress_bar=False)
    manager.nb.metadata["papermill"] = {}
    manager.notebook_start()
    error_text = ""
    try:
        client_class(
            manager,
            km=_adopted(kernel),
            kernel_name="python3",
            startup_timeout=math.ceil(time_s),
            iopub_timeout=math.ceil(time_s),
            log=logging.getLogger("papermill"),
        ).execute()
    except _StopError:
        pass
    except Exception as error:
        error_text = f"{type(error).__name__}: {error}"
        sys.stderr.write(encodable(error_text)[:_LONGEST_ERROR] + "\n")
        failed.append(reached[0])
    finally:
        kernel.stop()
        manager.notebook_complete()
    return Executed(
        failed=failed[0] if failed else None,
        notebook=_encodable(manager.nb),
        error_text=encodable(error_text)[:_LONGEST_ERROR],
    )


def _client_class() -> Any:
    """The client of papermill that believes the kernel's replies, and keeps a bounded part of what it shows."""
    import asyncio

    from papermill.clientwrap import PapermillNotebookClient

    class Client(PapermillNotebookClient):  # type: ignore[misc]
        kept: tuple[int, _OutputLimit] | None = None

        def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
            if self.kept is None or self.kept[0] != cell_index:
                self.kept = (cell_index, _OutputLimit())
            if not self.kept[1].accepts(msg):
                return None
            if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
                cell.outputs += self.kept[1].note()
                self.awaits = asyncio.ensure_future(self._expect_reply(self.task_poll_for_reply))
            return super().process_message(msg, cell, cell_index)

        async def _expect_reply(self, reply: Any) -> None:
            """A kernel that is idle has replied already, or never will."""
            await asyncio.sleep(_REPLY_S)
            if not reply.done():
                reply.cancel()

    return Client


class _OutputLimit:
    """What was taken of the messages of a cell: the kernel bounds itself, unless a cell went past its bounds."""

    def __init__(self) -> None:
        self.count = self.size = self.left_out = 0

    def accepts(self, message: Any) -> bool:
        if message["msg_type"] not in _OUTPUTS:
            return True
        size = size_of(message["content"]) + sum(len(b) for b in message.get("buffers") or ())
        if self.count >= _MOST_OUTPUTS or self.size + size > _MOST_OUTPUT_BYTES:
            self.left_out += 1
            return False
        self.count += 1
        self.size += size
        return True

    def note(self) -> list[Any]:
        from nbformat.v4 import new_output

        if not self.left_out:
            return []
        text = f"[{self.left_out:,} outputs left out: a cell keeps {_MOST_OUTPUTS:,}, and {_MOST_OUTPUT_BYTES >> 20} MiB]\n"
        return [new_output("stream", name="stderr", text=text)]  # type: ignore[no-untyped-call]


def _encodable(value: Any) -> Any:
    """Plain data, in which every text fits into a file."""
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, dict):
        return {encodable(str(key)): _encodable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_encodable(one) for one in value]
    return value


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
