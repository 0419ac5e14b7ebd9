"""A dict, a Series or a frame of figures that is shown as a whole: what stands in ``report:``, with the numbers that are stored."""

from __future__ import annotations

import pytest

from nbcode.cells.suggestion import Choice, Suggestion, suggest
from nbcode.notebook import StoredOutput, parse_notebook

MADE = "import pandas as pd, numpy as np, json\nfrom pprint import pprint\nm1 = Ridge().fit(1, 2)\nic = m1.score(1, 2)"


def proposed(*cells: str, stored: StoredOutput | None = None, choice: Choice | None = None) -> Suggestion:
    text = "".join(f"# %%\n{cell}\n" for cell in (MADE, *cells))
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    return suggest(notebook, {} if stored is None else {len(cells) + 1: stored}, choice)


def printed(text: str) -> StoredOutput:
    return StoredOutput(printed=text, execution_count=2)


SERIES = "sharpe      0.61\nmax_dd     -0.20\ndtype: float64\n"
FRAME = "       mean    std\nic   0.0200  0.110\nhit  0.5100  0.020\n"
WHOLE = {
    "a dict": ("report = {'ic': ic, 'icir': ic / 2}\nprint(report)", "{'ic': 0.02, 'icir': np.float64(0.25)}\n", "report", {"ic": "0.02", "icir": "0.25"}),
    "below other output": ("r = {'ic': ic}\nprint('fitted', {1: 2})\nprint('report:', r)", "fitted {1: 2}\nreport: {'ic': 0.02}\n", "r", {"ic": "0.02"}),
    "a dict as json": ("r = dict(ic=ic)\nprint(json.dumps(r, indent=2))", '{\n  "ic": 0.02\n}\n', "r", {"ic": "0.02"}),
    "pprint": ("r = dict(ic=ic, n_ic=3)\npprint(r)", "{'ic': 0.02,\n 'n_ic': 3}\n", "r", {"ic": "0.02", "n_ic": "3"}),
    "a dict of dicts": ("r = by_model(ic)\nprint(r)", "{'ridge': {'ic': 0.02}, 'lasso': {'ic': 0.01}}\n", "r", {"ridge.ic": "0.02", "lasso.ic": "0.01"}),
    "a Series": ("stats = pd.Series({'sharpe': ic, 'max_dd': ic})\nprint(stats)", SERIES, "stats", {"sharpe": "0.61", "max_dd": "-0.20"}),
    "a Series, rounded": ("from lib import performance\nperf = performance(ic)\nprint(pd.Series(perf).round(6))", SERIES, "perf", {"sharpe": "0.61", "max_dd": "-0.20"}),
    "a frame": ("stats = ic.agg()\nprint(stats)", FRAME, "stats", {"mean.ic": "0.0200", "std.ic": "0.110", "mean.hit": "0.5100", "std.hit": "0.020"}),
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_what_is_printed_as_a_whole_is_the_report(case: str) -> None:
    source, output, report, parts = WHOLE[case]
    made = proposed(source, stored=printed(output))
    assert made.report == report
    assert {".".join(keys): number for keys, number in made.figures[0].parts} == parts
    assert [cell.tag for cell in made.cells] == ["model", "eval"]


def test_what_a_cell_ends_with_is_the_report_too() -> None:
    stored = StoredOutput(result="{'ic': 0.02, 'icir': 0.25}", execution_count=2)
    assert proposed("report = {'ic': ic, 'icir': ic}\nreport", stored=stored).report == "report"


UNTOLD = {
    "a dict": ("report = {'ic': ic}\nprint(report)", "report"),
    "a Series of a dict": ("t = pd.Series({'ic': ic})\nprint(t)", "t"),
    "what a function gives": ("from lib import performance\nperf = performance(ic)\nprint(pd.Series(perf).round(6))", "perf"),
    "a dict that is filled": ("results = {}\nfor k in 1, 2:\n    results[k] = ic\nprint(results)", "results"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNTOLD)
def test_without_outputs_the_code_says_what_is_a_report(case: str) -> None:
    source, report = UNTOLD[case]
    assert proposed(source).report == report


NONE = {
    "settings": ("params = {'alpha': ic, 'n': 3}\nprint(params)", "{'alpha': 0.5, 'n': 3}\n"),
    "settings, untold": ("model_params = {'alpha': ic}\nprint(model_params)", None),
    "constants": ("report = {'alpha': 0.5}\nprint(report)", None),
    "a list": ("results = []\nprint(results)", None),
    "counts": ("k = dict(rows=ic)\nprint(k)", "{'rows': 5}\n"),
    "a Series by date": ("stats = f(ic)\nprint(stats)", "2017-01-02    0.5\n2017-01-03    0.1\ndtype: float64\n"),
    "rows of data": ("stats = f(ic)\nprint(stats)", "   ret  close\n0  0.1   10.0\n1  0.2   11.0\n"),
    "a text": ("report = f(ic)\nprint(report)", "precision recall\n"),
}  # fmt: skip


@pytest.mark.parametrize("case", NONE)
def test_what_holds_no_figures_is_no_report(case: str) -> None:
    source, output = NONE[case]
    assert proposed(source, stored=None if output is None else printed(output)).figures == ()


def test_where_not_all_are_numbers_each_figure_stands_by_itself() -> None:
    source = "report = {'ic': ic, 'name': 'ridge', 'icir': ic / 2}\nprint(report)"
    stored = printed("{'ic': 0.02, 'name': 'ridge', 'icir': 0.25}\n")
    for made, numbers in ((proposed(source, stored=stored), {"0.02", "0.25"}), (proposed(source), {None})):
        assert made.report is None
        assert {(one.name, one.text) for one in made.figures} == {
            ("ic", "report['ic']"),
            ("icir", "report['icir']"),
        }
        assert {one.stored for one in made.figures} == numbers


def test_a_dict_that_is_printed_where_it_is_made_gives_its_expressions() -> None:
    made = proposed("print({'ic': ic.mean(), 'n': 3})")
    assert [(one.name, one.text) for one in made.figures] == [("ic", "ic.mean()")]


def test_a_report_that_is_chosen_by_its_expression_is_the_report() -> None:
    cell = "report = {'ic': ic}\nprint(report)"
    assert proposed(cell, choice=Choice(figures=(("", "report"),))).report == "report"
    named = proposed(cell, choice=Choice(figures=(("all", "report"),)))
    assert (named.report, named.figures[0].name) == (None, "all")


def test_an_output_that_nests_without_end_is_no_report() -> None:
    assert proposed("report = f(ic)\nprint(report)", stored=printed("{'ic': " * 5_000)).figures == ()
