"""What a kernel shows against what a clean run gives: each of the mismatches is told with its first cell, no twin is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fakes.live_kernels import META, LiveKernel, Story, clean_run, stories
from nbcode.kernel.figures import differing

pytestmark = pytest.mark.long

PAIRS = list(stories())
MISMATCHES = [mismatch for mismatch, _ in PAIRS]
TWINS = [twin for _, twin in PAIRS]


def worked(story: Story, folder: Path) -> tuple[LiveKernel, dict[str, float]]:
    """The kernel after everything ran and the notebook was saved, and the clean run's figures."""
    path = folder / "n.py"
    path.write_text("\n".join(story.saved))
    kernel = LiveKernel(path)
    for source in story.ran:
        kernel.run(source)
    return kernel, clean_run(story.saved)


def test_there_are_more_than_fifty_of_each() -> None:
    assert len(MISMATCHES) == len(TWINS) == 90


def differs(kernel: LiveKernel, clean: dict[str, float]) -> bool:
    """Whether the kernel's figures are others than the clean run's: what is to be told, seen without what tells it."""
    assert kernel.watch.shown is not None
    return bool(differing(kernel.watch.shown.figures, clean))


@pytest.mark.parametrize("story", MISMATCHES, ids=[s.name for s in MISMATCHES])
def test_a_mismatch_is_told_with_both_figures_and_the_first_cell_and_its_fix_works(
    story: Story, tmp_path: Path
) -> None:
    kernel, clean = worked(story, tmp_path)
    assert differs(kernel, clean), story.name
    before = kernel.watch.before_promote()
    assert {d.code for d in before} & {"NBC-A25", "NBC-A31", "NBC-A32"}, story.name
    (found,) = kernel.watch.after_promote(kernel.watch.shown, clean, None)
    assert (found.code, found.place and found.place.cell) == ("NBC-A32", story.first), found
    assert "the clean run gives" in found.message
    assert f"the first cell that differs is {story.first}" in found.cause
    again = re.search(r"run the tagged cells again from cell ([0-9]+) ", found.fixes[0].title)
    assert again is not None, found.fixes
    for source in story.saved[int(again[1]) - 1 :]:
        if not source.startswith("# %%\n"):
            kernel.run(source)
    assert not differs(kernel, clean)
    assert kernel.watch.before_promote() == ()
    assert kernel.watch.after_promote(kernel.watch.shown, clean, None) == ()
    kernel.close()


@pytest.mark.parametrize("story", TWINS, ids=[s.name for s in TWINS])
def test_a_twin_is_not_told(story: Story, tmp_path: Path) -> None:
    kernel, clean = worked(story, tmp_path)
    assert not differs(kernel, clean), story.name
    assert kernel.watch.before_promote() == ()
    assert kernel.watch.after_promote(kernel.watch.shown, clean, None) == ()
    kernel.close()


def test_the_untagged_cells_are_the_suspects_of_what_no_cell_explains(tmp_path: Path) -> None:
    cells = [META, "# %% [model]\nm = 1\n", '# %% [eval]\nreport = {"ic": 0.5}\n']
    (tmp_path / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(tmp_path / "n.py")
    look = "# %%\nimport math"
    for source in ("# %%\nimport os", cells[1], look, cells[2], "# %%\nlate = (n for n in range(3))"):
        kernel.run(source)
    (found,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.25}, None)
    assert "In[3], In[5] are not tagged and ran since, else a clock" in found.cause
    assert [f.title for f in found.fixes] == [
        "what is registered is the clean run's; restart the kernel and run the tagged cells to see the same",
    ]
    kernel.close()


OPAQUE = "class Net:\n    __module__ = 'torch.nn'\n    __slots__ = ('w',)\n    def {}(self, w): self.w = w\n    def ask(self): return self.w"


@pytest.mark.parametrize(("method", "told_"), [("load_state_dict", True), ("freeze", False)])
def test_a_method_that_fits_what_cannot_be_looked_at_is_a_change(
    method: str, told_: bool, tmp_path: Path
) -> None:
    """``freeze`` is the control: nothing says that it changes anything."""
    model = f"# %% [model]\n{OPAQUE.format(method)}\nm = Net()\nm.{method}(1)"
    cells = [META, model, '# %% [eval]\nreport = {"ic": m.ask() / 7}\n']
    (tmp_path / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(tmp_path / "n.py")
    for source in (*cells[:2], f"# %%\nm.{method}(1)", cells[2]):
        kernel.run(source)
    assert bool(kernel.watch.before_promote()) is told_
    kernel.close()


def test_a_difference_that_no_cell_explains_is_told_all_the_same(tmp_path: Path) -> None:
    cells = [META, "# %% [model]\nm = 1\n", '# %% [eval]\nreport = {"ic": 0.5}\n']
    (tmp_path / "n.py").write_text("\n".join(cells))
    kernel = LiveKernel(tmp_path / "n.py")
    for source in cells:
        kernel.run(source)
    (found,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.25}, None)
    assert "ic 0.5, the clean run gives 0.25" in found.message
    assert "something that no cell names" in found.cause
    assert kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.5 * (1 + 1e-12)}, None) == ()
    kernel.close()


def test_what_is_shown_of_a_stale_cell_is_told_below_it(tmp_path: Path) -> None:
    mismatch, _ = PAIRS[0]
    kernel, _ = worked(mismatch, tmp_path)
    assert kernel.run("report") == ("NBC-A31",)
    assert kernel.run("scale") == ()
    assert kernel.run(mismatch.saved[3]) == ()  # [model] again
    assert kernel.run("report") == ("NBC-A31",)  # of before that
    kernel.run(mismatch.saved[4])
    assert kernel.run("report") == ()
    kernel.close()


def test_a_kernel_in_which_nothing_ran_differs_from_nothing(tmp_path: Path) -> None:
    (tmp_path / "n.py").write_text("\n".join(MISMATCHES[0].saved))
    kernel = LiveKernel(tmp_path / "n.py")
    assert kernel.watch.before_promote() == ()
    assert kernel.watch.after_promote(None, {"ic": 1.0}, None) == ()
    kernel.close()
