"""``check`` on a notebook of 200 cells: all rules in this process, beside ruff's undefined-name rule as a process."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from benchmarks.timing import BIN, heading, row, time_call, time_process

META = "# %% [meta]\n# id: two_hundred\n# kind: model\n# horizon: 10d\n# owner: bench"


def notebook(cells: int) -> str:
    """A notebook of ``cells`` cells, half of them tagged, with names that cross cells."""
    sources = [META]
    for n in range((cells - 3) // 2):
        sources.append(f"look_{n} = features.ret(window={n + 2})\nlook_{n}")
        sources.append(
            f"# %% [features]\n"
            f"f_{n} = features.ret(window={n + 2}) / (1 + ts.std(data.close, {n + 3}))\n"
            f"def scale_{n}(x, by=f_{n}):\n    parts = [x * k for k in range(3)]\n    return sum(parts) / by\n"
            f"g_{n} = scale_{n}(cs.rank(f_{n}))"
        )
    sources.append("# %% [model]\nm = Ridge().fit(X=[f_0, g_1, f_2], y=fwd_ret_10d)")
    sources.append('# %% [eval]\nreport = walk_forward(m, embargo="5d", folds="12")')
    code = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": s,
        }
        for n, s in enumerate(sources)
    ]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def run(*, runs: int) -> None:
    from nbcode.cells import analyse
    from nbcode.notebook import parse_notebook

    heading("check, 200 cells")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "two_hundred.ipynb"
        path.write_text(notebook(200))
        data = path.read_bytes()

        def once() -> object:
            reading = parse_notebook(data, str(path))
            assert reading.notebook is not None, reading.diagnostics
            return analyse(reading.notebook)

        row("read and every rule, in process", time_call(once, runs=runs))
        ours = time_process([str(BIN / "nbcode"), "check", str(path)], runs=runs)
        peer = time_process(
            [str(BIN / "ruff"), "check", "--no-cache", "--select", "F821", "--exit-zero", str(path)],
            runs=runs,
        )
        row("nbcode check, whole process", ours)
        row("ruff --select F821 (Rust; one of our rules), whole process", peer)
