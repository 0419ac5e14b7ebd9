"""Cells that want other figures than the definition's: what is registered is what the honest notebook gives, or nothing is.

In each notebook the cells define the same model, and do something beside it to the process, the libraries or the output directory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode

NOTEBOOK = """# %% [meta]
# id: forged
# kind: model
# horizon: 10d
# owner: team
# %% [setup]
{setup}
# %% [features]
ret_20 = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
{after}
"""
LATE = """
import threading, time, os, json
def late():
    while not os.path.exists("/out/report.json"):
        time.sleep(0.001)
    told = json.load(open("/out/report.json"))
    told["figures"]["ic_mean"] = 0.5
    open("/out/report.json", "w").write(json.dumps(told))
threading.Thread(target=late, daemon=True).start()
"""
BY_C = """
import ctypes
libc = ctypes.CDLL(None)
for name in (b"/out/report.json", b"/out/result.json", b"/out/.judge/x"):
    fd = libc.open(name, 0o101, 0o644)
    libc.write(fd, b'{"figures": {"ic_mean": 0.5}}', 30)
"""
LOOP_THREAD = """
from ipykernel.kernelapp import IPKernelApp
def write():
    import ctypes
    libc = ctypes.CDLL(None)
    fd = libc.open(b"/out/report.json", 0o101, 0o644)
    libc.write(fd, b"{}", 2)
IPKernelApp.instance().iopub_thread.io_loop.add_callback(write)
"""
WAYS = {
    "scores wrapped": (
        (
            "import alpha_bench.evaluation as ev\nold = ev.score_dates\n"
            "def new(prediction, label, *a, **k):\n    prediction[:] = label + prediction\n    return old(prediction, label, *a, **k)\n"
            "ev.score_dates = new"
        ),
        "",
    ),
    "numpy patched": (
        "import numpy as np\nnp.nanmean = lambda *a, **k: 0.5\nnp.mean = lambda *a, **k: 0.5",
        "",
    ),
    "the walk's fit patched": (
        (
            "import alpha_bench.session.evaluation_report as er\nimport alpha_bench.describe as d\n"
            "d.evaluate = er.evaluate = lambda *a, **k: None"
        ),
        "",
    ),
    "the report object": ("", "type(report).figures = property(lambda self: {'ic_mean': 0.5})"),
    "a thread that outlives": (LATE, ""),
    "written by C": (BY_C, ""),
    "written by another thread of the kernel": (LOOP_THREAD, ""),
    "at exit": ("import atexit\natexit.register(lambda: open('/out/report.json', 'w').write('{}'))", ""),
    "a subclass": (
        "",
        "class R(type(report)):\n    figures = {'ic_mean': 0.5}\nreport = R(report.definition)",
    ),
    "an import hook": (
        (
            "import sys\nclass H:\n    def find_spec(self, name, path=None, target=None):\n"
            "        if name.startswith('alpha_bench'):\n            sys.modules[name] = None\nsys.meta_path.insert(0, H())"
        ),
        "",
    ),
    "the draft": (
        (
            "import json, os\nopen(os.path.join(os.environ['TMPDIR'], 'draft.json'), 'w').write(json.dumps({'draft': {'kind': 'declarative',"
            " 'definition_digest': 'sha256:' + '0' * 64, 'figures': {'ic_mean': 0.5}, 'files': [], 'diagnostics': []}, 'columns': None, 'libraries': []}))"
        ),
        "",
    ),
    "the compiled kernels": (
        (
            "import os\nplace = os.environ['TMPDIR'] + '/numba'\n"
            "for folder, _, files in os.walk(place):\n    for name in files:\n        open(os.path.join(folder, name), 'wb').write(b'x')"
        ),
        "",
    ),
}


def promoted(directory: Path, setup: str, after: str) -> tuple[int, dict[str, Any] | None]:
    (directory / "forged.py").write_text(NOTEBOOK.format(setup=setup or "import math", after=after))
    ended = nbcode(directory, "promote", "forged.py", "--json")
    artifacts = directory / ".nbcode" / "artifacts"
    reports = [json.loads(p.read_bytes()) for p in artifacts.glob("*/report.json")]
    assert len(reports) <= 1
    return ended.code, reports[0] if reports else None


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    code, report = promoted(tmp_path_factory.mktemp("honest"), "", "")
    assert code == 0
    assert report is not None
    return report


@pytest.mark.parametrize("way", WAYS)
def test_no_forged_figure_is_registered(way: str, tmp_path: Path, honest: dict[str, Any]) -> None:
    code, report = promoted(tmp_path, *WAYS[way])
    assert (code == 0) == (report is not None)
    assert report is None or report == honest
