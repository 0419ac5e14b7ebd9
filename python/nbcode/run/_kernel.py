"""Inside the sandbox: the kernel process. Binds its sockets first, then imports what the cells will need.

The order matters: the executor imports papermill at the same time on the other core, and its first messages wait in the
sockets until the imports here are done.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any


def main() -> None:
    """``python -m nbcode.run._kernel CONNECTION PLAN``: run until killed."""
    connection, plan = sys.argv[1:3]
    sys.argv = ["kernel"]
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
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
    from nbcode.run import _cells

    _cells.prepare(Path(plan))
    app.start()


if __name__ == "__main__":
    main()
