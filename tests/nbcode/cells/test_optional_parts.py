"""What frames load by themselves counts as imported: the run's environment would not hold it otherwise."""

from __future__ import annotations

import pytest

from nbcode.cells import CellGraph, analyse
from nbcode.notebook import parse_notebook


def graph(code: str) -> CellGraph:
    text = f"# %% [meta]\n# id: a\n# kind: model\n# horizon: 5d\n# owner: b\n# %% [features]\n{code}\n"
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    found = analyse(notebook).graph
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("code", "module"),
    [
        ("df['close'].plot()", "matplotlib"),
        ("df.plot.barh()", "matplotlib"),
        ("df.hist()", "matplotlib"),
        ("x = pd.HDFStore('a.h5')", "tables"),
        ("df.to_excel('a.xlsx')", "openpyxl"),
        ("x = a.corr(b, method='spearman')", "scipy"),
        ("x = a.corr(b, 'kendall')", "scipy"),
        ("df.to_markdown()", "tabulate"),
        ("df.style", "jinja2"),
    ],
)
def test_a_part_of_pandas_brings_its_library(code: str, module: str) -> None:
    assert module in graph(f"import pandas as pd\n{code}").imports
    assert module in graph(f"df = inputs['prices']\n{code}").imports


def test_without_frames_nothing_is_brought() -> None:
    assert graph("import numpy as np\nx.plot()\ny.corr(z, 'spearman')").imports == {"numpy"}
