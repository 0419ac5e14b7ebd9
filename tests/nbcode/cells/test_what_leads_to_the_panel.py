"""The default dataset is an input of a notebook exactly where something in it may lead there; kernels are compiled for one that
names the framework."""

from __future__ import annotations

import pytest

from nbcode.cells import CellGraph, analyse
from nbcode.notebook import parse_notebook

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs:\n#   d: d.csv\n"
PLAIN = (
    "# %% [setup]\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n"
    '# %% [features]\nfeatures = inputs["d"][["x"]]\n'
    '# %% [model]\nm = Ridge().fit(features, inputs["d"]["y"])\n'
    '# %% [eval]\nreport = {"n": 1.0}\n'
)


def graph_of(text: str) -> CellGraph:
    notebook = parse_notebook((META + text).encode(), "t.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return graph


def reads_panel(text: str) -> bool:
    return graph_of(text).reads_panel


def with_features(code: str) -> str:
    return PLAIN.replace("# %% [features]\n", f"# %% [features]\n{code}\n")


def test_a_notebook_that_defines_what_it_reads_does_not_read_the_panel() -> None:
    assert not reads_panel(PLAIN)


@pytest.mark.parametrize(
    "code",
    [
        "close = data.close",
        "x = features.ret(20)\nfeatures = 1",
        "y = fwd_ret_10d",
        "x = globals()['da' + 'ta']",
        "def f():\n    return ts",
        "import alpha_bench",
        "from importlib import import_module",
        "x = eval('data')",
        "x = get_ipython().user_ns",
    ],
)
def test_whatever_may_lead_to_the_panel_reads_it(code: str) -> None:
    assert reads_panel(with_features(code))


def test_a_name_that_is_defined_only_later_is_the_platforms() -> None:
    assert reads_panel("# %% [model]\nm = Ridge()\n# %% [setup]\nfrom sklearn.linear_model import Ridge\n")


@pytest.mark.parametrize(
    "code",
    [
        "close = data.close",
        "x = features.ret(20)\nfeatures = 1",
        "y = fwd_ret_10d",
        "import alpha_bench as ab",
        "from alpha_bench.vocabulary import ts",
        "import nbcode",
    ],
)
def test_cells_that_name_the_framework_compute_features(code: str) -> None:
    assert graph_of(with_features(code)).computes_features()


@pytest.mark.parametrize(
    "code", ["import sys", "import importlib", "x = globals()", "data = inputs['d']", "rank = 3\ny = rank"]
)
def test_plain_python_cells_do_not(code: str) -> None:
    assert not graph_of(with_features(code)).computes_features()


def test_a_module_of_the_project_that_imports_the_framework_computes_features() -> None:
    graph = graph_of(PLAIN)
    assert not graph.computes_features(frozenset({"numpy"}))
    assert graph.computes_features(frozenset({"alpha_bench"}))
