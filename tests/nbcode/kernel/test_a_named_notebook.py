"""``%nbcode check FILE`` and ``promote FILE``: the kernel is compared where the file is its own notebook, and else that is said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fakes.cells_shown import said
from fakes.notebooks_as_ipynb import ipynb
from fakes.shells import live_shell, with_market

META = "# id: live\n# kind: model\n# horizon: 3d\n# owner: me\n# model: m\n# report: report"
LOAD, FIT, EVAL = (
    "rows = [1, 2, 3]",
    "from sklearn.linear_model import Ridge\nm = Ridge().fit([[1], [2], [3]], rows)",
    "report = {'ic': float(m.coef_[0])}",
)
CELLS = ((META, "meta"), (LOAD, "features"), (FIT, "model"), (EVAL, "eval"))
STALE = "NBC-A31 [model] ran before `rows`, which it reads, changed"
APART = "NBC-A30 what ran in this kernel is not compared with"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with_market(tmp_path)
    (tmp_path / "live.ipynb").write_text(ipynb(*CELLS))
    return tmp_path


@pytest.fixture(params=["known", "unknown", "moved"])
def shell(folder: Path, request: pytest.FixtureRequest) -> Iterator[InteractiveShell]:
    """A kernel that knows its notebook's file, that does not, or whose file is under another name since."""
    with live_shell(folder, None if request.param == "unknown" else folder / "live.ipynb") as shell:
        if request.param == "moved":
            (folder / "live.ipynb").rename(folder / "renamed.ipynb")
        yield shell


@pytest.fixture
def names(shell: InteractiveShell, folder: Path) -> tuple[str, str]:
    """How the notebook may be named: from here, and from the root."""
    (path,) = folder.glob("*.ipynb")
    return path.name, str(path)


def work(shell: InteractiveShell, *numbers: int) -> None:
    for number in numbers:
        said(shell, CELLS[number - 1][0], f"cell-{number}")


def test_a_stale_kernel_is_told_with_its_notebook_named(
    shell: InteractiveShell, names: tuple[str, str], folder: Path
) -> None:
    work(shell, 1, 2, 3, 4)
    for name in names:
        text = said(shell, f"%nbcode check {name}")
        assert "ready to promote" in text
        assert "NBC-A" not in text  # the twin
    other = "rows = [1, 2, 9]"
    (folder / names[0]).write_text(ipynb(CELLS[0], (other, "features"), *CELLS[2:]))
    said(shell, other, "cell-2")
    for name in names:
        text = said(shell, f"%nbcode check {name}")
        assert STALE in text
        assert "this kernel shows something else" in text
    work(shell, 3, 4)
    assert "NBC-A" not in said(shell, f"%nbcode check {names[0]}")


def test_a_front_end_that_sends_no_ids_is_known_by_the_code(
    shell: InteractiveShell, names: tuple[str, str]
) -> None:
    for source in (LOAD, LOAD.replace("3]", "9]"), FIT, EVAL):
        said(shell, source)
    text = said(shell, f"%nbcode check {names[0]}")
    assert (
        "the first cell that differs is 3 [model]: `rows` was changed by In[2], which is not tagged" in text
    )
    for source in (LOAD, FIT, EVAL):
        said(shell, source)
    assert "NBC-A" not in said(shell, f"%nbcode check {names[0]}")


def test_another_notebook_is_not_compared_and_that_is_said(shell: InteractiveShell, folder: Path) -> None:
    other = folder / "other.py"
    other.write_text("# %% [meta]\n" + META + "\n# %% [model]\nm = 1\n")
    assert "NBC-A30" not in said(shell, "%nbcode check other.py")  # nothing ran
    work(shell, 1, 2, 3, 4)
    text = said(shell, "%nbcode check other.py")
    assert f"{APART} other.py" in text
    assert "NBC-C22 `report` in [meta] names `report`" in text
    assert "this kernel shows something else" not in text
    assert f"{APART} other.py" in said(shell, "%nbcode promote other.py")


def test_the_same_cells_under_another_name_are_compared(shell: InteractiveShell, folder: Path) -> None:
    work(shell, 1, 2, 3, 4)
    (folder / "twin.py").write_text("".join(f"# %% [{tag}]\n{source}\n" for source, tag in CELLS))
    assert "NBC-A" not in said(shell, "%nbcode check twin.py")
    said(shell, "m.coef_ = m.coef_ * 2")
    text = said(shell, "%nbcode check twin.py")
    assert "the first cell that differs is 3 [model]: `m` was changed by In[" in text
