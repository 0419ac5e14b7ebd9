"""Notebooks that know nothing of nbcode: tags and `[meta]` are added, no line changes, the figure is the plain kernel's to 10 digits, and
the model predicts the same where the notebook never was. NBCODE_NOTEBOOKS=all (``make notebooks``) runs every one of tests/notebooks."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from notebooks.page import PAGE
from notebooks.promoting import lines_changed, predicted_elsewhere, promote, run_plain, write_project
from notebooks.table import OWN, SHARED, Notebook

ALL = {notebook.name: notebook for notebook in SHARED + OWN}
SOME = (
    "boosted_native", "two_pass_premia", "grid_search", "sqlite_stacking", "pairs_zscore", "own_estimator", "outputs_kept",
)  # fmt: skip
TRIED = [notebook for notebook in ALL.values() if notebook.name in SOME or os.environ.get("NBCODE_NOTEBOOKS")]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("of_others") / "project")


@pytest.mark.parametrize("notebook", TRIED, ids=lambda notebook: notebook.name)
def test_a_notebook_is_promoted_as_it_is(root: Path, notebook: Notebook) -> None:
    plain = run_plain(root, notebook)
    told = promote(root, notebook)
    clean = told["metrics"][notebook.figure]
    tagged = root / "nb" / f"{notebook.name}.{notebook.form}"
    assert told["status"] == "done"
    assert lines_changed(notebook.source, tagged) == 0
    predicted = predicted_elsewhere(root, notebook, plain)
    assert predicted.shape == plain.predicted.shape
    if notebook.seeded:
        assert clean == pytest.approx(plain.figure, rel=1e-10)
        np.testing.assert_allclose(predicted.astype(float), plain.predicted.astype(float), rtol=1e-9)
    else:
        assert np.isfinite(predicted.astype(float)).all()
        again = promote(root, notebook, "run")
        assert again["metrics"][notebook.figure] == clean
    (row,) = [line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{notebook.name}` |")]
    assert float(row.split("|")[6]) == pytest.approx(clean, rel=1e-6)


def test_what_outputs_declares_is_kept_with_the_artifact(root: Path) -> None:
    promote(root, ALL["outputs_kept"])
    (kept,) = (root / ".nbcode" / "artifacts").glob("*/outputs/nb/results")
    assert sorted(path.name for path in kept.iterdir()) == ["importance.csv", "scores.json"]


def test_a_line_that_changes_is_counted_and_gives_another_figure(root: Path) -> None:
    notebook = ALL["two_pass_premia"]
    text = notebook.source.read_text().replace('"maxlags": 4', '"maxlags": 9')
    other = run_plain(root, notebook, text)
    clean = promote(root, notebook)["metrics"][notebook.figure]
    assert clean != pytest.approx(other.figure, rel=1e-10)
    changed = root / "changed.py"
    changed.write_text(f"# %% [meta]\n# id: x\n{text}")
    assert lines_changed(notebook.source, changed) > 0
