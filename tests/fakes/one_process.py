"""The control of forgeries: cells, figures and files in one process without a wall, as ``python -m fakes.one_process NOTEBOOK OUT SEEN``.

Prints whether the expression SEEN over the cells' names is true."""

from __future__ import annotations

import linecache
import os
import re
import sys
import tempfile
import threading
from pathlib import Path


def main(notebook: Path, out: Path, seen: str) -> None:
    """Run it."""
    from alpha_bench.describe import write_sample
    from nbcode.namespace import DataSource, PanelFiles, open_session
    from nbcode.results import finish

    namespace: dict[str, object] = {"__name__": "__main__", "_pipe": os.pipe()}
    with tempfile.TemporaryDirectory() as data:
        prices = write_sample(Path(data))
        active = open_session(namespace, DataSource(panel_files=PanelFiles(prices=prices)), ["fwd_ret_10d"])
        cells = re.split(r"^# %% \[(\w+)\]\n", notebook.read_text(), flags=re.MULTILINE)[1:]
        for tag, source in zip(cells[::2], cells[1::2], strict=True):
            linecache.cache[f"<{tag}>"] = (len(source), None, source.splitlines(keepends=True), f"<{tag}>")
            exec(compile(source, f"<{tag}>", "exec"), namespace)  # type: ignore[arg-type]
        finish(active, out)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and type(thread) is threading.Thread:
            thread.join(5.0)
    print(bool(eval(seen, namespace)) if seen else False)  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
