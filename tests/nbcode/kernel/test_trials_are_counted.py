"""A session of trials in a real shell: what is new counts, what is run again or written otherwise does not, and a restart forgets nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from fakes.shells import live_shell, with_market
from nbcode.trials import TrialLedger

K = 50
RESTARTS = (1, 7, 23, K)


def run(shell: InteractiveShell, *cells: str) -> str:
    """What the cells show."""
    with capture_output() as captured:
        for cell in cells:
            assert shell.run_cell(cell, store_history=True).success, cell
    return "\n".join([captured.stdout, *map(str, captured.outputs)])


def variants() -> Iterator[str]:
    """Definitions, each another: by window, feature, penalty, label, splitter, universe."""
    for number in range(2, 22):
        yield f"walk_forward(Ridge().fit(X=[features.ret({number})], y=labels.fwd_ret(3)), folds=2)"
    for penalty in range(2, 12):
        yield f"walk_forward(Ridge(alpha={penalty}.0).fit(X=[features.ret(2)], y=labels.fwd_ret(3)), folds=2)"
    for horizon in (1, 2, 4, 5, 6):
        yield f"walk_forward(Ridge().fit(X=[features.ret(2)], y=labels.fwd_ret({horizon})), folds=2)"
    for folds in (3, 4, 5):
        yield f"walk_forward(Ridge().fit(X=[features.ret(2)], y=labels.fwd_ret(3)), folds={folds})"
    for names in range(4, 8):
        yield f"walk_forward(Ridge().fit(X=[features.ret(2)], y=labels.fwd_ret(3), universe=cs.top(data.close, {names})), folds=2)"
    for number in range(3, 11):
        yield f"walk_forward(Ridge().fit(X=[features.ret(2), features.ret({number})], y=labels.fwd_ret(3)), folds=2)"


def cosmetic(code: str) -> Iterator[str]:
    """The same variant, written otherwise."""
    yield f"# what if?\n\nresult = ({code})   # a remark\nresult"
    yield code.replace("folds=2", "folds='2', trials=9")
    model, _, evaluation = code.removeprefix("walk_forward(").rpartition(", folds")
    yield f"some_model = {model}\nother = some_model\nwalk_forward(other, folds{evaluation}"
    if "features.ret(2), " in code:
        first, second = "features.ret(2)", code.partition("features.ret(2), ")[2].partition("]")[0]
        yield code.replace(f"[{first}, {second}]", f"{{'b': {second}, 'a': {first}}}")


def count(folder: Path) -> int:
    return len(TrialLedger(folder / ".nbcode").read())


def test_exactly_what_was_looked_at_is_counted_whatever_is_run_again_or_rewritten(tmp_path: Path) -> None:
    with_market(tmp_path)
    tried = list(variants())
    assert len(tried) == len(set(tried)) == K
    evaluations, texts, at = 0, set[str](), 0
    for until in RESTARTS:
        with live_shell(tmp_path) as shell:
            for code in tried[at:until]:
                cells = [code, code, *cosmetic(code)]
                run(shell, *cells)
                evaluations, texts, at = evaluations + len(cells), texts | set(cells), at + 1
                assert count(tmp_path) == at
        with live_shell(tmp_path) as again:
            run(again, *tried[max(0, until - 3) : until])
            assert count(tmp_path) == until
    assert len({*texts}) > K, "a count of cells would be another"
    assert evaluations > 4 * K, "a count of runs would be another"


def test_the_kernel_says_how_many_were_looked_at_and_what_becomes_of_the_deflated_ratio(
    tmp_path: Path,
) -> None:
    with_market(tmp_path)
    first, second, third = list(variants())[:3]
    with live_shell(tmp_path) as shell:
        assert "looked at" not in run(shell, first), "one is tried, one is declared"
        assert "2 variants were looked at since" in run(shell, second)
    with live_shell(tmp_path) as shell:
        shown = run(shell, f"report = {third}")
        assert "3 variants were looked at since" in shown
        assert "1 is declared" in shown, "nothing is computed for the note alone"
        shown = run(shell, f"report = {third}\nreport.deflated_sharpe")
        assert re.search(r"deflated Sharpe ratio is \d+% with 3 trials, and \d+% with the 1 declared", shown)
        shown = run(shell, "report = " + third.replace("folds=2", "folds=2, trials=3"))
        assert "looked at" not in shown, "as many are declared"


def test_an_evaluation_that_fails_is_no_look(tmp_path: Path) -> None:
    with_market(tmp_path)
    with live_shell(tmp_path) as shell:
        with capture_output():
            shell.run_cell("walk_forward(Ridge().fit(X=[features.ret(2)], y=labels.fwd_ret(3)), folds=5000)")
        assert count(tmp_path) == 0


def test_figures_of_plain_cells_are_counted_by_what_they_show(tmp_path: Path) -> None:
    with_market(tmp_path)
    with live_shell(tmp_path) as shell:
        run(
            shell,
            'report = {"ic": 0.1, "n": 3}',
            'report  =  {"ic": 0.1, "n": 3}  # again',
            "other = {'ic': 0.3}",
        )
        assert count(tmp_path) == 1
        run(shell, 'report = {"ic": 0.2, "n": 3}')
        assert count(tmp_path) == 2
        run(shell, f"report = {{'ic': {next(variants())}.ic_mean}}")
        assert count(tmp_path) == 3, "figures of an evaluation are that evaluation"


def test_another_panel_has_trials_of_its_own(tmp_path: Path) -> None:
    with_market(tmp_path)
    code = next(variants())
    with live_shell(tmp_path) as shell:
        run(shell, code, "import alpha_bench\nalpha_bench.use(alpha_bench.Panel.of('prices.parquet'))", code)
    panels = [t.panel for t in TrialLedger(tmp_path / ".nbcode").read()]
    assert len(panels) == 2
    assert panels[0].startswith("data ")
    assert panels[1].startswith("sha256:")


def test_what_cannot_be_counted_is_said_once_and_stops_nothing(tmp_path: Path) -> None:
    with_market(tmp_path)
    first, second = list(variants())[:2]
    with live_shell(tmp_path) as shell:
        run(shell, first)
        (tmp_path / ".nbcode" / "trials.jsonl").unlink()
        (tmp_path / ".nbcode" / "trials.jsonl").mkdir()
        assert "not counted among the trials" in run(shell, first)
        assert "not counted" not in run(shell, second)


@pytest.mark.parametrize("reload", [True, False])
def test_taking_the_extension_off_ends_the_counting(tmp_path: Path, *, reload: bool) -> None:
    with_market(tmp_path)
    with live_shell(tmp_path) as shell:
        if not reload:
            shell.run_line_magic("unload_ext", "nbcode")
            run(
                shell,
                "import alpha_bench as ab\nfrom alpha_bench import *\nab.use(ab.Panel.of('prices.parquet'))",
            )
        else:
            shell.run_line_magic("reload_ext", "nbcode")
        run(shell, "from alpha_bench import *" if not reload else "pass", next(variants()))
        assert count(tmp_path) == reload


def test_a_factor_that_is_studied_is_counted_too(tmp_path: Path) -> None:
    with_market(tmp_path)
    look = "import alpha_bench\nalpha_bench.study(features.ret({}), y=labels.fwd_ret(3), trials={})"
    with live_shell(tmp_path) as shell:
        run(shell, look.format(5, 1), look.format(5, 4), f"# again\n{look.format(5, 1)}")
        assert count(tmp_path) == 1
        shown = run(shell, look.format(6, 1))
        assert count(tmp_path) == 2
        assert "study(factor, trials=2)" in shown
