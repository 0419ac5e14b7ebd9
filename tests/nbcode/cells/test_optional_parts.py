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
        ("df.style.background_gradient(cmap='viridis')", "matplotlib"),
    ],
)
def test_a_part_of_pandas_brings_its_library(code: str, module: str) -> None:
    assert module in graph(f"import pandas as pd\n{code}").imports
    assert module in graph(f"df = inputs['prices']\n{code}").imports


def test_without_frames_nothing_is_brought() -> None:
    assert graph("import numpy as np\nx.plot()\ny.corr(z, 'spearman')").imports == {"numpy"}


@pytest.mark.parametrize(
    "code",
    [
        "import xgboost as xgb\nxgb.plot_importance(booster)",
        "from lightgbm import plot_importance\nplot_importance(booster)",
        "from sklearn.metrics import RocCurveDisplay\nRocCurveDisplay.from_estimator(m, x, y)",
        "import statsmodels.tsa.api as smt\nsmt.graphics.plot_acf(x)",
    ],
)
def test_a_plot_of_a_library_brings_matplotlib(code: str) -> None:
    assert "matplotlib" in graph(code).imports
    assert "matplotlib" not in graph(code.replace("plot_", "show_").replace("from_estimator", "of")).imports
