"""Cells run first, and those that worked are tagged after that: what is said is of the tags as they are saved at the check and the promote."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.live_kernels import META, LiveKernel, Story, clean_run, stories
from fakes.notebooks_as_ipynb import ipynb
from nbcode.primitives import Diagnostic

PAIRS = list(stories())[:36]
MISMATCHES = [mismatch for mismatch, _ in PAIRS]
TWINS = [twin for _, twin in PAIRS]


def untagged(source: str) -> str:
    return "# %%\n" + source.partition("\n")[2]


def told(story: Story, folder: Path) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """What is said before and after a promote where no cell has a tag, nor the file [meta], until all of them ran."""
    path = folder / "n.py"
    path.write_text("\n".join(map(untagged, story.saved[1:])))
    kernel = LiveKernel(path)
    for source in story.ran:
        if source != META:
            assert kernel.run(untagged(source)) == ()
    path.write_text("\n".join(story.saved))
    before = kernel.watch.before_promote()
    after = kernel.watch.after_promote(kernel.watch.shown, clean_run(story.saved), None)
    kernel.close()
    return before, after


@pytest.mark.parametrize("story", MISMATCHES, ids=[s.name for s in MISMATCHES])
def test_a_mismatch_of_cells_that_were_tagged_later_is_told_with_its_first_cell(
    story: Story, tmp_path: Path
) -> None:
    before, after = told(story, tmp_path)
    assert {d.code for d in before} & {"NBC-A25", "NBC-A31", "NBC-A32"}, story.name
    (found,) = after
    assert (found.code, found.place and found.place.cell) == ("NBC-A32", story.first), found


@pytest.mark.parametrize("story", TWINS, ids=[s.name for s in TWINS])
def test_a_twin_that_was_tagged_later_is_not_told(story: Story, tmp_path: Path) -> None:
    assert told(story, tmp_path) == ((), ())


LOAD, LOOK, FIT, EVAL = "rows = [1, 2, 3]", "rows_ = rows[1:]", "m = sum(rows)", "report = {'ic': m / 10}"
CELLS = {"a": LOAD, "b": LOOK, "c": FIT, "d": EVAL}
TAGS = {"cell-1": "features", "cell-3": "model", "cell-4": "eval"}


def by_id(folder: Path, steps: list[tuple[str, str]], *more: tuple[str, str]) -> tuple[Diagnostic, ...]:
    """What `check` says where ``steps`` (id, source) ran without a tag, the last source of each cell is saved with its tag, and
    ``more`` ran after that."""
    path = folder / "n.ipynb"
    path.write_text(ipynb(*((source, None) for source in CELLS.values())))
    kernel = LiveKernel(path)
    for cell_id, source in steps:
        kernel.run(source, cell_id)
    last = dict(steps)
    path.write_text(ipynb(*((last[f"cell-{n}"], TAGS.get(f"cell-{n}")) for n in range(1, 5))))
    kernel.watch.before_promote()
    for cell_id, source in more:
        kernel.run(source, cell_id)
    found = kernel.watch.before_promote()
    kernel.close()
    return found


ALL = [(f"cell-{n}", source) for n, source in enumerate(CELLS.values(), 1)]


def test_a_cell_that_was_edited_and_tagged_later_is_one_cell_by_its_id(tmp_path: Path) -> None:
    edited = ("cell-1", "rows = [4, 5, 6]")
    (stale, after) = by_id(tmp_path, [*ALL, edited])
    assert stale.message == "[model] ran before `rows`, which it reads, changed"
    assert (stale.place and stale.place.cell, after.place and after.place.cell) == (3, 4)
    assert by_id(tmp_path, [*ALL, edited], *ALL[2:]) == ()  # as the fix says
    assert by_id(tmp_path, [edited, *ALL]) == ()


def test_what_an_untagged_cell_does_in_passing_to_what_was_tagged_later_is_told(tmp_path: Path) -> None:
    """No text of the cell says that it changes ``rows``, and nothing had a tag when it did."""
    quietly = ("cell-2", "other = rows\nother.append(9)")
    (found,) = by_id(tmp_path, [ALL[0], quietly, *ALL[2:]])
    assert (found.code, found.place and found.place.cell) == ("NBC-A32", 3)
    assert found.cause.endswith("`rows` was changed by In[2], which is not tagged")
    assert by_id(tmp_path, [ALL[0], ("cell-2", "other = [*rows]\nother.append(9)"), *ALL[2:]]) == ()


def test_cells_that_are_all_edited_after_they_ran_did_not_run_as_they_are_saved(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text("# %%\n" + LOAD)
    kernel = LiveKernel(path)
    kernel.run("report = {'ic': 0.5}")
    path.write_text(f"{META}# %% [model]\nm = 1\n# %% [eval]\nreport = {{'ic': m / 4}}\n")
    assert kernel.watch.before_promote() == ()  # nothing of it ran here
    (found,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.25}, None)
    assert found.cause == "the first cell that differs is 2 [model]: it did not run here as it is saved"
    kernel.close()
