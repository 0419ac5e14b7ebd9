"""The default dataset is an input of a notebook exactly where something in it may lead there."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n# inputs:\n#   d: d.csv\n"
PLAIN = (
    "# %% [setup]\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\n"
    '# %% [features]\nfeatures = inputs["d"][["x"]]\n'
    '# %% [model]\nm = Ridge().fit(features, inputs["d"]["y"])\n'
    '# %% [eval]\nreport = {"n": 1.0}\n'
)


def reads_panel(text: str) -> bool:
    notebook = parse_notebook((META + text).encode(), "t.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return graph.reads_panel


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
    assert reads_panel(PLAIN.replace("# %% [features]\n", f"# %% [features]\n{code}\n"))


def test_a_name_that_is_defined_only_later_is_the_platforms() -> None:
    assert reads_panel("# %% [model]\nm = Ridge()\n# %% [setup]\nfrom sklearn.linear_model import Ridge\n")
