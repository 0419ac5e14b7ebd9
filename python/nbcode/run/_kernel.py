"""Inside the sandbox: the kernel process. Binds its sockets first, then imports what the cells will need.

The order matters: the executor imports papermill at the same time on the other core, and its first messages wait in the
sockets until the imports here are done.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

from nbcode.run._confine import confine, die_with_executor


def main() -> None:
    """``python -m nbcode.run._kernel CONNECTION PLAN``: run until killed."""
    connection, plan = sys.argv[1:3]
    die_with_executor()
    confine(Path(plan))
    gc.disable()  # imports leave no garbage, and looking for it takes a tenth of their time
    sys.argv = ["kernel"]
    from ipykernel.kernelapp import IPKernelApp

    class Kernel(IPKernelApp):
        def _bind_socket(self, s: Any, port: int) -> Any:
            # A full queue of outputs would drop the message that the cell is over. What goes in is bounded by `_output.py`.
            s.set_hwm(0)
            return super()._bind_socket(s, port)  # type: ignore[no-untyped-call]

    app: Any = Kernel.instance()
    app.capture_fd_output = False
    app.initialize(
        [
            "-f",
            connection,
            "--HistoryManager.enabled=False",
            "--HistoryManager.hist_file=:memory:",
            "--InteractiveShell.colors=nocolor",
            "--IPKernelApp.ignore_cwd=True",
            "--IPCompleter.use_jedi=False",
        ]
    )
    from nbcode.run import _cells, _output

    outputs = _output.Outputs(app.shell, app.session, (sys.stdout, sys.stderr))
    _cells.prepare(Path(plan), outputs)
    gc.freeze()
    gc.enable()
    app.start()


if __name__ == "__main__":
    main()
