"""What a kernel says of itself below a cell: stale values, data and names of one's own, and where they are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fakes.cells_shown import said
from fakes.notebooks_as_ipynb import ipynb
from fakes.shells import live_shell, with_market

META = "# id: live\n# kind: model\n# horizon: 3d\n# owner: me"
FEATURES = "mom = features.ret(20)"
MODEL = "m = Ridge().fit(X=[mom], y=fwd_ret_3d)"
EVAL = "report = walk_forward(m, folds=2, embargo=1)"


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "live.ipynb"
    path.write_text(ipynb((META, "meta"), (FEATURES, "features"), (MODEL, "model"), (EVAL, "eval")))
    return path


@pytest.fixture
def shell(tmp_path: Path, notebook: Path) -> Iterator[InteractiveShell]:
    with_market(tmp_path)
    with live_shell(tmp_path, notebook) as shell:
        yield shell


def work(shell: InteractiveShell) -> None:
    for number, source in enumerate((META, FEATURES, MODEL, EVAL), 1):
        assert "NBC-" not in said(shell, source, f"cell-{number}")


def test_a_stale_report_says_so_where_it_is_shown(shell: InteractiveShell, notebook: Path) -> None:
    work(shell)
    assert "NBC-A31" not in said(shell, "report")
    other = FEATURES.replace("20", "30")
    said(shell, other, "cell-2")
    text = said(shell, EVAL, "cell-4")
    assert "NBC-A31 [model] ran before `mom`, which it reads, changed" in text
    assert "Fix: run cell 3 [model] again" in text
    assert "NBC-A31" in said(shell, "report")
    notebook.write_text(ipynb((META, "meta"), (other, "features"), (MODEL, "model"), (EVAL, "eval")))
    check = said(shell, "%nbcode check")
    assert "NBC-A31" in check
    assert "this kernel shows something else" in check
    said(shell, MODEL, "cell-3")
    said(shell, EVAL, "cell-4")
    assert "NBC-A31" not in said(shell, "report")
    assert "live.ipynb: ready to promote\n" in said(shell, "%nbcode check") + "\n"


def test_cells_without_anything_stale_say_nothing(shell: InteractiveShell) -> None:
    """The control: running everything again, in order and with another comment, is no change."""
    work(shell)
    for number, source in enumerate((META, FEATURES + "  # a comment", MODEL, EVAL), 1):
        assert "NBC-A" not in said(shell, source, f"cell-{number}")
    assert "NBC-A" not in said(shell, "report")


def test_other_data_are_told_once_and_stand_in_the_check(shell: InteractiveShell) -> None:
    work(shell)
    bind = (
        "import alpha_bench as ab\nframe = data.close.to_frame()\n"
        "panel = ab.use(ab.Panel.of(frame.iloc[:100], field='close'))"
    )
    assert "NBC-A33" in said(shell, bind)
    assert "NBC-A33" not in said(shell, "data.close")
    assert "NBC-A33" in said(shell, "%nbcode check")
    said(shell, "%reload_ext nbcode")
    work(shell)
    assert "NBC-A33" not in said(shell, "%nbcode check")


def test_figures_on_other_data_are_stale(shell: InteractiveShell) -> None:
    work(shell)
    said(shell, "import alpha_bench as ab\nab.use(ab.Panel.of(data.close.to_frame(), field='close'))")
    assert "NBC-A31 [eval] ran before the data changed" in said(shell, "report")


def test_a_platform_name_that_an_untagged_cell_rebinds_under_a_tagged_one_is_told_once(
    shell: InteractiveShell,
) -> None:
    text = said(shell, "features = 3")
    assert "NBC-A34 `features` is the platform's in a clean run, and your own here" in text
    assert "In[1], which is not tagged, gave it another meaning, and cell 2 [features] reads it" in text
    assert "NBC-A34" not in said(shell, "features = 4")
    assert "%reload_ext nbcode gives it back" in said(shell, "del features\nfeatures.ret(2)")
    said(shell, "%reload_ext nbcode")
    assert "NBC-" not in said(shell, "features.ret(2)")


OWN_RIDGE = "from sklearn.linear_model import Ridge"


@pytest.mark.parametrize(
    ("tag", "reads", "told"),
    [
        ("setup", "m = Ridge()", False),  # the cell's own in a clean run too
        (None, "m = 1", False),  # no tagged cell reads it
        (None, "m = Ridge()", True),  # in a clean run that reads the platform's
        (None, "Ridge = dict\nm = Ridge()", False),
    ],
)
def test_a_name_that_a_cell_imports_itself_is_no_difference(
    tag: str | None, reads: str, told: bool, shell: InteractiveShell, notebook: Path
) -> None:
    notebook.write_text(ipynb((META, "meta"), (OWN_RIDGE, tag), (reads, "model")))
    assert ("NBC-A34 `Ridge`" in said(shell, OWN_RIDGE, "cell-2")) is told
    said(shell, reads, "cell-3")
    text = said(shell, "%nbcode check")
    assert ("`Ridge` was changed by In[1], which is not tagged" in text) is told
    assert ("Fix: restart the kernel and run the tagged cells" in text) is told


def test_a_name_that_a_cell_makes_is_told_with_that_cell(shell: InteractiveShell) -> None:
    assert "cell 2 [features] makes it" in said(shell, MODEL, "cell-3")
    said(shell, FEATURES, "cell-2")
    assert "NBC-" not in said(shell, MODEL, "cell-3")


def test_an_interrupt_is_one_line(shell: InteractiveShell) -> None:
    work(shell)
    text = said(
        shell,
        "from alpha_bench.runtime import report_progress\ndef long():\n    report_progress('fold', 3, 8)\n    raise KeyboardInterrupt\nlong()",
    )
    assert text.strip() == "NBC-X02 interrupted in fold 3 of 8 · In[5] · line 4"
    assert said(shell, "raise KeyboardInterrupt").strip() == "NBC-X02 interrupted · In[6] · line 1"
