"""A25: a promote from the kernel takes the saved file, and says so when something else ran last."""

from __future__ import annotations

from pathlib import Path

import pytest

from acceptance.project import SEED
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
