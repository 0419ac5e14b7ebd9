"""A25: a promote from the kernel takes the saved file, and says so when something else ran last."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.project import SEED
from fakes.notebooks_as_ipynb import ipynb
from nbcode.kernel.history import History, saved_notebook
from nbcode.primitives import Diagnostic

FEATURES = "# %% [features]\nret_20 = features.ret(window=20)\nret_60 = features.ret(window=60)\nturn = features.turnover(20)"
MODEL = "# %% [model]\nm = Ridge().fit(X=[ret_20, ret_60, turn], y=fwd_ret_10d)"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "n.py"
    path.write_bytes(SEED.read_bytes())
    return path


def after(path: Path, *cells: str) -> tuple[Diagnostic, ...]:
    """What is told of the file after ``cells`` ran."""
    history = History()
    history.saved(saved_notebook(path))
    for number, cell in enumerate(cells, 1):
        history.ran(cell, number)
    return history.unsaved(path)


def test_a_cell_that_ran_and_is_not_in_the_file_is_told_with_its_tag(saved: Path) -> None:
    (found,) = after(saved, FEATURES, MODEL.replace("Ridge()", "Ridge(alpha=5)"))
    assert (found.code, str(found.severity)) == ("NBC-A25", "warning")
    assert found.place is not None
    assert (found.place.tag, found.place.path) == ("model", "n.py")


@pytest.mark.parametrize(
    "cells",
    [
        (),
        (FEATURES, MODEL),
        (MODEL.replace("Ridge()", "Ridge(alpha=5)"), MODEL),
        (FEATURES + "  # another comment",),
        ("look = 1", "def broken(:", "# %% [model]\ndef broken(:"),
        ("# %% [meta]\n# id: another",),
    ],
)
def test_what_is_saved_or_exploratory_or_no_python_is_not_told(saved: Path, cells: tuple[str, ...]) -> None:
    assert after(saved, *cells) == ()


def test_a_file_that_cannot_be_read_is_not_this_rules_matter(tmp_path: Path) -> None:
    assert after(tmp_path / "gone.ipynb", MODEL) == ()


LOAD, FILTER, EVAL = "rows = [1, 2, 3]", "rows = rows[1:]", "report = {'ic': sum(rows)}"


def worked(path: Path, tag: str | None, *more: int) -> tuple[Diagnostic, ...]:
    """What is told when cell 2 ran as [features] and is saved with ``tag``; ``more`` cells run again after that."""
    cells = ((LOAD, "features"), (FILTER, "features"), (EVAL, "eval"))
    path.write_text(ipynb(*cells))
    history = History()
    history.saved(saved_notebook(path))
    for number, (source, _) in enumerate(cells, 1):
        history.ran(source, number, f"cell-{number}")
    path.write_text(ipynb(cells[0], (FILTER, tag), cells[2]))
    history.saved(saved_notebook(path))
    for number, n in enumerate(more, len(cells) + 1):
        history.ran(cells[n - 1][0], number, f"cell-{n}")
    return history.unsaved(path)


def test_a_cell_that_lost_its_tag_is_told_as_that(tmp_path: Path) -> None:
    (found,) = worked(tmp_path / "n.ipynb", None)
    assert found.message == "cell 2 ran as [features], and has no tag in the saved file"
    assert found.place is not None
    assert found.place.cell == 2
    assert [f.title for f in found.fixes] == [
        "tag cell 2 [features] again",
        "run the tagged cells again from cell 1 [features]",
    ]


def test_each_fix_of_a_lost_tag_works(tmp_path: Path) -> None:
    assert worked(tmp_path / "n.ipynb", "features") == ()
    assert worked(tmp_path / "n.ipynb", None, 1, 3) == ()
