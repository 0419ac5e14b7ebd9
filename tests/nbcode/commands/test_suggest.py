"""`nbcode suggest`: what is proposed, written once and compared; a file that cannot be written stays as it was."""

from __future__ import annotations

import json
import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from nbcode.cells import LEFT_BEHIND, SEEDED_BY_THE_RUN
from nbcode.cells.suggestion import Choice, FigureCandidate
from nbcode.commands.check import check
from nbcode.commands.suggest import (
    Compared,
    SuggestResult,
    compare,
    differences,
    is_same,
    model_id,
    open_points,
    suggest,
)
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic, Json, NbcodeError, Place

NOTEBOOK = """# %% Load
import pandas as pd
df = pd.read_csv("../data/prices.csv")
# %%
df.head()
# %%
from sklearn.linear_model import Ridge
h = 3
df["y"] = df.close.shift(-h)
est = Ridge().fit(df[["close"]], df["y"])
# %%
print(f"R2 {est.score(df[['close']], df['y']):.4f}")
"""


def suggested(path: Path, choice: Choice | None = None, *, write: bool = False) -> SuggestResult:
    return suggest(path, choice or Choice(), owner=lambda: "a quant", write=write)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    path = tmp_path / "My Notebook 2.py"
    path.write_text(NOTEBOOK)
    return path


def test_nothing_is_written_unless_it_is_asked_for(notebook: Path) -> None:
    result = suggested(notebook)
    assert result.meta == (
        "# id: my_notebook_2",
        "# kind: model",
        "# horizon: 3d",
        "# owner: a quant",
        "# inputs:",
        "#   prices: ../data/prices.csv",
        "# model: est",
        "# report:",
        "#   r2: est.score(df[['close']], df['y'])",
    )
    assert (result.changed, result.written, notebook.read_text()) == (True, False, NOTEBOOK)


def test_written_twice_is_written_once(notebook: Path) -> None:
    notebook.chmod(0o640)
    assert suggested(notebook, write=True).written
    once = notebook.read_bytes()
    again = suggested(notebook, write=True)
    assert (again.written, again.changed, notebook.read_bytes()) == (False, False, once)
    assert notebook.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in notebook.parent.iterdir()] == [notebook.name]


def test_a_choice_that_was_written_stays_the_choice(notebook: Path) -> None:
    notebook.write_text(NOTEBOOK + "# %%\nother = Ridge().fit(df[['close']], df['y'])\n")
    suggested(notebook, Choice(model="est"), write=True)
    once = notebook.read_bytes()
    assert b"# model: est\n" in once
    assert not suggested(notebook, write=True).written
    assert notebook.read_bytes() == once


def test_what_is_written_has_no_finding_of_tags_or_meta(notebook: Path) -> None:
    suggested(notebook, write=True)
    assert [d.code for d in check(notebook).diagnostics if d.code[4] in "ABC"] == []


def test_tags_that_are_there_stay(notebook: Path) -> None:
    notebook.write_text(NOTEBOOK.replace("# %%\ndf.head()", "# %% [eval]\ndf.head()"))
    result = suggested(notebook)
    assert [(cell.tag, cell.had) for cell in result.suggestion.cells][1] == ("eval", "eval")


def test_a_link_and_a_folder_are_refused_as_everywhere(notebook: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to(notebook)
    for path, code in ((link, "NBC-A22"), (tmp_path, "NBC-A23"), (tmp_path / "none.py", "NBC-A29")):
        with pytest.raises(NbcodeError, match=code):
            suggested(path, write=True)


def test_where_nothing_is_fitted_the_answer_names_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text("# %%\nx = 1\n")
    with pytest.raises(NbcodeError, match="NBC-B18") as caught:
        suggested(path)
    assert "--model" in caught.value.diagnostics[0].fix_titles[0]
    with pytest.raises(NbcodeError, match="no cell gives nothing_of_the_kind"):
        suggested(path, Choice(model="nothing_of_the_kind"))


def test_a_model_that_is_no_notebook_has_nothing_to_tag(tmp_path: Path) -> None:
    path = tmp_path / "mom.yaml"
    path.write_text(
        "meta:\n  id: mom\n  kind: model\n  horizon: 5d\n  owner: a\n"
        "features: [ret(5)]\nlabel: fwd_ret_5d\nmodel: Ridge\nevaluation: {folds: 4}\n"
    )
    with pytest.raises(NbcodeError, match="no cells to tag") as caught:
        suggested(path)
    assert "`nbcode check mom.yaml`" in caught.value.diagnostics[0].fix_titles[0]


NET = "class Net:\n    def forward(self, x):\n        return x"


def test_what_comes_near_is_answered_with_what_to_do_and_to_type(tmp_path: Path) -> None:
    path = tmp_path / "my net.py"
    path.write_text(f"# %%\n{NET}\n# %%\nnet = Net()\nr2 = net.forward(1)\nprint('r2', r2)\n")
    with pytest.raises(NbcodeError, match="nearest is net of cell 2") as caught:
        suggested(path)
    (fix,) = caught.value.diagnostics[0].fix_titles
    line, command = re.findall("`([^`]+)`", fix)
    path.write_text(path.read_text().replace(NET, f"{NET}\n{line}"))
    program, verb, name, *options = shlex.split(command)
    assert (program, verb, name, options[0]) == ("nbcode", "suggest", path.name, "--model")
    result = suggested(path, Choice(model=options[1]))
    assert (result.suggestion.model, result.suggestion.unknown) == ("net", ())
    assert "# model: net" in result.meta


def test_a_table_that_comes_near_is_answered_with_the_command(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text("# %%\nimport pandas as pd\npx = pd.read_csv('p.csv')\ncurve = px.rolling(5).mean()\n")
    with pytest.raises(NbcodeError, match="NBC-B18") as caught:
        suggested(path)
    options = shlex.split(re.findall("`([^`]+)`", caught.value.diagnostics[0].fix_titles[0])[0])[3:]
    assert options == ["--signal", "curve"]
    assert "# signal: curve" in suggested(path, Choice(signal=options[1])).meta


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_leaves_the_file(notebook: Path) -> None:
    notebook.parent.chmod(0o500)
    try:
        with pytest.raises(NbcodeError, match="NBC-X04"):
            suggested(notebook, write=True)
    finally:
        notebook.parent.chmod(0o700)
    assert notebook.read_text() == NOTEBOOK


def test_a_file_that_another_program_wrote_meanwhile_is_left_alone(notebook: Path) -> None:
    def owner() -> str:  # asked for between reading and writing
        notebook.write_text(NOTEBOOK + "# saved by an editor\n")
        return "a quant"

    with pytest.raises(NbcodeError, match="NBC-A24"):
        suggest(notebook, Choice(), owner=owner, write=True)
    assert notebook.read_text() == NOTEBOOK + "# saved by an editor\n"


SAME = [
    ("0.0173", 0.01729755, True),
    ("0.0173", 0.01736, False),
    ("-0.0173", 0.0173, False),
    ("1.003", 0.010026336, False),
    ("1,234.5", 1234.54, True),
    ("1e-05", 1.04e-05, True),
    ("1e-05", 2e-05, False),
    ("0.04472037591677061", 0.04472037591677, True),
    ("0.04472037591677061", 0.044720375917, True),
    ("0.04472037591677061", 0.044720377, False),
    ("nan", float("nan"), True),
    ("nan", 0.1, False),
    ("5", 5.0, True),
]


@pytest.mark.parametrize(("stored", "clean", "same"), SAME)
def test_figures_are_compared_at_the_digits_that_are_stored(stored: str, clean: float, same: bool) -> None:
    assert is_same(stored, clean) is same


def test_a_percentage_is_compared_as_one() -> None:
    assert is_same("1.003", 0.010026336, percent=True)
    assert not is_same("1.003", 0.0110, percent=True)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [("My Model (final)", "my_model_final"), ("2024_ic", "ic"), ("Über", "uber"), ("v3", "model_v3"), ("x", "model_x"), ("日本", "model"), ("latest", "model_latest")],
)  # fmt: skip
def test_the_id_is_the_files_name_as_a_name(stem: str, expected: str) -> None:
    assert model_id(stem) == expected


def test_cells_are_numbered_as_in_the_file_that_is_written(notebook: Path) -> None:
    notebook.write_text("# %% [markdown]\n# a title\n" + NOTEBOOK)
    result = suggested(notebook)
    assert (result.meta_cell, [cell.index for cell in result.suggestion.cells]) == (2, [3, 4, 5, 6])
    written = suggested(notebook, write=True)
    cells = parse_notebook(notebook.read_bytes(), str(notebook)).notebook
    assert cells is not None
    assert {cell.index: cell.tag for cell in cells.cells if cell.tag} == {
        2: "meta",
        **written.suggestion.tags,
    }
    again = suggested(notebook)
    assert (again.meta_cell, [cell.index for cell in again.suggestion.cells]) == (None, [3, 4, 5, 6])


def test_a_draw_without_a_seed_is_the_cause_that_is_told() -> None:
    figure = FigureCandidate(name="ic", text="ic", names=("ic",), cell=6, rank=9, how="printed", stored="0.1")
    compared = Compared(name="ic", stored="0.1", clean=0.2, same=False)
    draw = Diagnostic(
        code="NBC-D11", message="draws", cause=SEEDED_BY_THE_RUN, place=Place(cell=5, tag="model", line=4)
    )
    clock = Diagnostic(code="NBC-D11", message="clock", cause="another", place=Place(cell=3, line=1))
    (told,) = differences("n.py", [compared], [figure], [clock, draw])
    assert told.cause.startswith("cell 5 line 4 draws without a seed")
    assert told.fix_titles[0].startswith("seed the draw")
    (other,) = differences("n.py", [compared], [figure], [clock])
    assert "seed" not in other.cause


def three(clean: dict[str, Json]) -> tuple[list[FigureCandidate], tuple[Compared, ...]]:
    figures = [
        FigureCandidate(name=n, text=n, names=(n,), cell=6, rank=9, how="printed", stored="0.440400123")
        for n in clean
    ]
    return figures, compare(figures, clean)


def test_one_cause_is_one_finding_with_each_figure() -> None:
    figures, compared = three({"a": 0.5, "b": 0.6, "c": 0.440400123})
    (told,) = differences("n.py", compared, figures)
    assert (
        told.message
        == "a is 0.440400123 in the notebook, 0.5 clean; b is 0.440400123 in the notebook, 0.6 clean"
    )


def test_a_difference_of_last_bits_is_one_of_threads_and_has_a_finding_of_its_own() -> None:
    figures, compared = three({"a": 0.440400123 * (1 + 9e-7), "b": 0.6, "c": 0.440400123 * (1 - 9e-7)})
    assert [(one.same, one.small) for one in compared] == [(False, True), (False, False), (False, True)]
    small, large = differences("n.py", compared, figures)
    assert small.cause.startswith("the figures agree to 1e-6: a clean run computes on one thread")
    assert "OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 jupyter lab" in small.fix_titles[0]
    assert "b is 0.440400123" not in small.message
    assert "b is 0.440400123" in large.message
    assert "thread" not in large.cause


def test_a_draw_of_a_cell_that_stays_behind_is_the_cause_that_is_told() -> None:
    figures, compared = three({"a": 0.5, "b": 0.440400123 * (1 + 9e-7)})
    moved = Diagnostic(
        code="NBC-D26",
        message="`numpy.random` is drawn from outside the tagged cells",
        cause=f"cell 5 [model] draws from it, {LEFT_BEHIND}",
        fixes=("write np.random.seed(0) at the top of cell 5",),
        place=Place(cell=3, line=2),
    )
    (told,) = differences("n.py", compared, figures, [moved])
    assert told.cause.startswith("cell 3 line 2, which stays behind, draws from the generator")
    assert told.fix_titles == (
        "write np.random.seed(0) at the top of cell 5, run the notebook from top to bottom, compare again",
    )


def test_json_says_everything(notebook: Path) -> None:
    told = json.loads(json.dumps(suggested(notebook).to_json()))
    assert [(cell["cell"], cell["tag"]) for cell in told["cells"]] == [
        (2, "features"),
        (3, None),
        (4, "model"),
        (5, "eval"),
    ]
    assert all(cell["why"] for cell in told["cells"])
    assert told["model"] == "est"
    assert told["figures"][0]["name"] == "r2"
    assert isinstance(suggested(notebook).suggestion.figures[0], FigureCandidate)


def test_a_percentage_is_told_with_its_sign(tmp_path: Path) -> None:
    figure = FigureCandidate(
        name="hit", text="hit", names=("hit",), cell=2, rank=9, how="printed", stored="46.4", percent=True
    )
    assert compare([figure], {"hit": 0.4639}) == (
        Compared(name="hit", stored="46.4%", clean=0.4639, same=True),
    )


def test_a_report_as_a_whole_is_written_and_each_of_its_numbers_compared(tmp_path: Path) -> None:
    path = tmp_path / "n.py"
    path.write_text(
        "# %%\nfrom sklearn.linear_model import Ridge\nm = Ridge().fit([[1]], [2])\n# %%\nreport = {'ic': m.score(1, 2)}\nprint(report)\n"
    )
    result = suggested(path, write=True)
    assert (result.meta[-1], result.to_json()["report"]) == ("# report: report", "report")
    assert suggested(path).suggestion.report == "report"
    whole = FigureCandidate(
        name="report", text="report", names=("report",), cell=3, rank=10, how="printed", whole=True,
        parts=((("ic",), "0.0200"), (("by", "x"), "0.5"), (("gone",), "1")),
    )  # fmt: skip
    clean: dict[str, Json] = {"ic": 0.02001, "by": {"x": 0.6}}
    assert [(one.name, one.clean, one.same) for one in compare((whole,), clean)] == [
        ("ic", 0.02001, True), ("by.x", 0.6, False), ("gone", None, None),
    ]  # fmt: skip
    assert [
        one.place.cell for one in differences("n.py", compare((whole,), clean), (whole,)) if one.place
    ] == [3]
    named = replace(whole, name="all", whole=False)
    assert [(one.name, one.same) for one in compare((named,), {"all": clean})][:2] == [
        ("all.ic", True),
        ("all.by.x", False),
    ]


def test_positions_are_written_as_a_signal_and_stay_one(notebook: Path) -> None:
    notebook.write_text(
        NOTEBOOK + "# %%\npositions = df.close.rank()\nprint(f'Sharpe {positions.mean():.2f}')\n"
    )
    result = suggested(notebook)
    assert "figures are made from positions: --signal NAME promotes it" in open_points(result)
    result = suggested(notebook, Choice(signal="positions"), write=True)
    assert [line for line in result.meta if line.startswith(("# kind", "# signal", "# model"))] == [
        "# kind: signal",
        "# signal: positions",
    ]
    assert "signal: positions; also fitted: est (--model NAME)" in open_points(result)
    assert (suggested(notebook).suggestion.signal, suggested(notebook).changed) == ("positions", False)


def test_a_report_that_no_output_stores_shows_what_the_clean_run_gives() -> None:
    whole = FigureCandidate(
        name="report", text="report", names=("report",), cell=3, rank=8, how="printed", whole=True
    )
    clean: dict[str, Json] = {"ic": 0.5, "by": {"x": 0.25}}
    shown = [(one.name, one.stored, one.clean, one.same) for one in compare((whole,), clean)]
    assert shown == [("ic", None, 0.5, None), ("by.x", None, 0.25, None)]
    part = replace(whole, name="by", whole=False)
    assert [(one.name, one.clean) for one in compare((part,), clean)] == [("by.x", 0.25)]
    assert [(one.name, one.clean) for one in compare((part,), {})] == [("by", None)]
