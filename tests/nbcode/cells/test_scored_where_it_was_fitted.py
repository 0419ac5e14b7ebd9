"""E18: figures made on the training rows alone are told; anything that also looks elsewhere is left alone."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

META = "# %% [meta]\n# id: plain\n# kind: model\n# horizon: 5d\n# owner: team\n# inputs:\n#   t: t.csv\n"
FEATURES = '# %% [features]\nt = inputs["t"]\nX, y = t[["a"]], t["y"]\ncut = 70\n'


def codes(model: str, evaluation: str) -> list[tuple[str, str, int | None, int | None]]:
    text = f"{META}{FEATURES}# %% [model]\nfrom sklearn.linear_model import LinearRegression\n{model}\n# %% [eval]\n{evaluation}\n"
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    found = [d for d in analyse(notebook).diagnostics if d.code == "NBC-E18"]
    return [(d.code, str(d.severity), d.place and d.place.cell, d.place and d.place.line) for d in found]


@pytest.mark.parametrize(
    ("model", "evaluation"),
    [
        ("m = LinearRegression().fit(X, y)", 'report = {"r2": m.score(X, y)}'),
        ("m = LinearRegression()\nm.fit(X=X, y=y)", 'report = {"mean": float(m.predict(X).mean())}'),
        ("m = LinearRegression().fit(X[:cut], y[:cut])", 'report = {"r2": m.score(X[:cut], y[:cut])}'),
    ],
)
def test_figures_on_training_rows_alone_are_told(model: str, evaluation: str) -> None:
    assert codes(model, evaluation) == [("NBC-E18", "warning", 4, 2)]


@pytest.mark.parametrize(
    ("model", "evaluation"),
    [
        ("m = LinearRegression().fit(X[:cut], y[:cut])", 'report = {"r2": m.score(X[cut:], y[cut:])}'),
        (
            "m = LinearRegression().fit(X[:cut], y[:cut])",
            'report = {"in": m.score(X[:cut], y[:cut]), "out": m.score(X[cut:], y[cut:])}',
        ),
        ("m = LinearRegression().fit(X, y)", "X = X[cut:]\ny = y[cut:]\nreport = {'r2': m.score(X, y)}"),
        (
            "m = LinearRegression().fit(X, y)",
            "from sklearn.model_selection import cross_val_score\nreport = {'r2': cross_val_score(m, X, y).mean(), 'in': m.score(X, y)}",
        ),
        ("m = LinearRegression().fit(X, y)", "report = {'n': len(X)}"),
    ],
)
def test_whatever_looks_elsewhere_too_is_left_alone(model: str, evaluation: str) -> None:
    assert codes(model, evaluation) == []


def test_a_clustering_labels_the_rows_that_it_was_fitted_on():
    assert (
        codes("m = KMeans(2, random_state=0).fit(X)\nstate = m.predict(X)", "report = {'n': state.sum()}")
        == []
    )
    assert (
        codes("m = KMeans(2, random_state=0).fit(X, y)\nstate = m.predict(X)", "report = {'n': state.sum()}")
        != []
    )
