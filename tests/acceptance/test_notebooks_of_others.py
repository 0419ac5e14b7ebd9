"""Notebooks that know nothing of nbcode: tags and `[meta]` are added, no line changes, the figure is the plain kernel's to 10 digits, and
the model predicts the same where the notebook never was. NBCODE_NOTEBOOKS=all (``make notebooks``) runs every one of tests/notebooks
and writes what it has seen to the page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from notebooks.page import PAGE, row, write_page
from notebooks.promoting import lines_changed, predicted_elsewhere, promote, run_plain, write_project
from notebooks.table import OWN, SHARED, Notebook

pytestmark = pytest.mark.long

ALL = {notebook.name: notebook for notebook in SHARED + OWN}
SOME = (
    "boosted_native", "two_pass_premia", "grid_search", "sqlite_stacking", "pairs_zscore", "own_estimator", "outputs_kept",
)  # fmt: skip
EVERY_ONE = bool(os.environ.get("NBCODE_NOTEBOOKS"))
TRIED = [notebook for notebook in ALL.values() if notebook.name in SOME or EVERY_ONE]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_project(tmp_path_factory.mktemp("of_others") / "project")


@pytest.fixture(scope="module")
def rows() -> Iterator[dict[str, str]]:
    """The lines of the page by notebook; all of them are a new page."""
    seen: dict[str, str] = {}
    yield seen
    if seen.keys() == ALL.keys():
        write_page(seen[name] for name in ALL)


@pytest.mark.parametrize("notebook", TRIED, ids=lambda notebook: notebook.name)
def test_a_notebook_is_promoted_as_it_is(root: Path, notebook: Notebook, rows: dict[str, str]) -> None:
    plain = run_plain(root, notebook)
    told = promote(root, notebook)
    clean = told["metrics"][notebook.figure]
    tagged = root / "nb" / f"{notebook.name}.{notebook.form}"
    changed = lines_changed(notebook.source, tagged)
    assert (told["status"], changed) == ("done", 0)
    predicted = predicted_elsewhere(root, notebook, plain)
    assert predicted.shape == plain.predicted.shape
    if notebook.seeded:
        assert clean == pytest.approx(plain.figure, rel=1e-10)
        np.testing.assert_allclose(predicted.astype(float), plain.predicted.astype(float), rtol=1e-9)
    else:
        assert np.isfinite(predicted.astype(float)).all()
        again = promote(root, notebook, "run")
        assert again["metrics"][notebook.figure] == clean
    rows[notebook.name] = row(notebook, changed=changed, plain=plain.figure, clean=clean)
    if not EVERY_ONE:
        (line,) = [
            line for line in PAGE.read_text().splitlines() if line.startswith(f"| `{notebook.name}` |")
        ]
        assert float(line.split("|")[6]) == pytest.approx(clean, rel=1e-6)


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
