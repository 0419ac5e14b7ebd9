"""The extension in a real IPython shell, in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from fakes.shells import live_shell, with_market

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 3d\n# owner: me\n"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[InteractiveShell]:
    with_market(tmp_path)
    with live_shell(tmp_path) as shell:
        yield shell


def said(shell: InteractiveShell, code: str) -> str:
    """What a cell shows, text only."""
    with capture_output() as captured:
        shell.run_cell(code, store_history=True)
    shown = [str(o) for o in captured.outputs]
    return ANSI.sub("", "\n".join([captured.stdout, captured.stderr, *shown]))


def completions(shell: InteractiveShell, text: str) -> list[str]:
    with provisionalcompleter():
        return [c.text for c in shell.Completer.completions(text, len(text))]


def test_loading_reads_no_data(shell: InteractiveShell) -> None:
    session = shell._nbcode_extension.live  # type: ignore[attr-defined]
    said(shell, "m = Ridge().fit(X=[features.ret(5)], y=fwd_ret_3d)")
    assert session._active._panel is None
    said(shell, "features.ret(5).to_frame()")
    assert session._active._panel is not None  # the control


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("Ridge().fit(X=[fwd_ret_3d], y=fwd_ret_3d)", "NBC-R31"),
        ("x = 1\ndata.clos", "NBC-R11"),
        ("inputs['x']", "NBC-R11"),
        ("features.rett(5)", "NBC-R"),
        ("walk_forward(3)", "NBC-R33"),
    ],
)
def test_an_error_of_the_platform_is_short_and_has_a_way_out(
    shell: InteractiveShell, code: str, expected: str
) -> None:
    text = said(shell, code)
    assert text.strip().startswith(expected), text
    assert "Fix:" in text
    assert f"In[1] · line {len(code.splitlines())}" in text
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) <= 4


def test_an_error_of_ones_own_keeps_its_traceback(shell: InteractiveShell) -> None:
    assert "ZeroDivisionError" in said(shell, "1 / 0")
    assert "Traceback" in said(shell, "1 / 0")


def test_a_file_that_is_missing_is_told_without_a_traceback(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "prices.parquet").unlink()
    text = said(shell, "features.ret(5).to_frame()")
    assert "NBC-E01" in text
    assert "Traceback" not in text


def test_a_wrong_meta_cell_shows_its_findings(shell: InteractiveShell) -> None:
    text = said(shell, "# %% [meta]\n# id: a_model\n# hrizon: 10d\n")
    assert "did you mean `horizon`?" in text


def test_completion_offers_the_vocabulary(shell: InteractiveShell) -> None:
    said(shell, META + '# inputs: {macro: "macro.csv", mood: "mood.csv"}\n')
    assert {"ret", "turnover"} <= set(completions(shell, "features."))
    assert {"rank", "zscore"} <= set(completions(shell, "cs."))
    assert completions(shell, 'inputs["ma') == ["macro"]
    assert completions(shell, "fwd_ret") == ["fwd_ret_3d"]
    said(shell, META)
    assert {"close", "volume", "shares_outstanding"} <= set(completions(shell, "data."))


def test_check_shows_the_problems_in_place(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "n.py").write_text(META + "# %%\nvol = 1\n# %% [model]\nm = vol\n")
    text = said(shell, "%nbcode check n.py")
    assert "NBC-D04" in text
    assert "which notebook?" in said(shell, "%nbcode check")


def test_any_other_verb_is_the_program_itself(shell: InteractiveShell) -> None:
    assert "NBC-D04" in said(shell, "%nbcode explain D04")


def test_unloading_leaves_the_shell_as_it_was(tmp_path: Path) -> None:
    with live_shell(tmp_path, load=False) as shell:
        names = set(shell.user_ns)
        hooks = list(shell.events.callbacks["pre_run_cell"])
        before = (shell.custom_exceptions, set(shell.magics_manager.magics["line"]))
        shell.run_line_magic("load_ext", "nbcode")
        assert "features" in shell.user_ns
        shell.run_line_magic("unload_ext", "nbcode")
        assert set(shell.user_ns) == names
        assert list(shell.events.callbacks["pre_run_cell"]) == hooks
        assert (shell.custom_exceptions, set(shell.magics_manager.magics["line"])) == before


PREVIEWED = META + '# model: models["a"]\n# report:\n#   ic: ics[0]\n#   best: max(ics)\n'


def test_a_preview_is_what_meta_says_in_the_names_that_are_here(shell: InteractiveShell) -> None:
    said(shell, PREVIEWED)
    said(shell, "models, ics = {'a': Ridge()}, [0.25, 0.5]")
    assert said(shell, "%nbcode preview").split("\n")[1:3] == ["  ic  0.25", "  best  0.5"]
    said(shell, "ics[0] = 0.125")
    assert "ic  0.125" in said(shell, "%nbcode preview")


def test_a_preview_of_what_is_not_there_names_the_line_of_meta(shell: InteractiveShell) -> None:
    said(shell, PREVIEWED)
    said(shell, "models = {}")
    shown = said(shell, "%nbcode preview")
    assert "NBC-D15" in shown
    assert "line 6" in shown
    assert "KeyError" in shown


def test_a_preview_without_meta_says_what_is_missing(shell: InteractiveShell) -> None:
    assert "this kernel knows no [meta]" in said(shell, "%nbcode preview")


def test_the_path_of_an_input_is_that_of_its_file(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a;b\n1;2\n")
    said(shell, META + "# inputs:\n#   x: x.csv\n")
    assert "Index(['a', 'b']" in said(
        shell, "import pandas as pd\nprint(pd.read_csv(inputs.path('x'), sep=';').columns)"
    )
    assert "there is no input 'y'" in said(shell, "inputs.path('y')")
