"""The page of a plain notebook says its verdict first; figures beyond belief are told by their names, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbcode.primitives import Diagnostic, Judged, Judgement, LookAhead, Place, Severity, Verdict, from_plain
from nbcode.results import add_look, fields_that_know, too_good, write_judgement, write_verdict
from nbcode.results.plain_page import plain_page

LEAK = Diagnostic(
    code="NBC-E23",
    severity=Severity.WARNING,
    message="`z` knew the <future>",
    cause="on 3 of 4 rows",
    fixes=("lag it",),
    place=Place(cell=7, tag="features", line=2),
)
FOUND = LookAhead(verdict=Verdict.FOUND, because=LEAK.message)
CLEAN = LookAhead(verdict=Verdict.NONE_FOUND)
BLIND = LookAhead(verdict=Verdict.NOT_LOOKED_AT, because="prices has no dates")
HEADS = {
    FOUND: "The future was known.",
    CLEAN: "No look-ahead was found.",
    BLIND: "Nobody has looked whether the future was known.",
}


def written(
    out: Path, look: LookAhead, *found: Diagnostic, ic: float = 0.03, horizon: int = 10
) -> tuple[str, dict]:
    """The page and report.json of a plain notebook."""
    document = {"kind": "python", "figures": {"ic": ic}, "folds": [], "rows": [], "model": "Ridge()"}
    (out / "report.json").write_text(json.dumps(document))
    (out / "report.html").write_text(plain_page(document))
    write_verdict(out, look, found, horizon)
    return (out / "report.html").read_text(), json.loads((out / "report.json").read_bytes())


@pytest.mark.parametrize("look", HEADS)
def test_the_verdict_stands_before_every_figure(tmp_path: Path, look: LookAhead) -> None:
    page, plain = written(tmp_path, look)
    assert page.index(HEADS[look]) < page.index("<h2>Figures</h2>") < page.index("<h2>Limits</h2>")
    assert plain["verdict"]["headline"] == HEADS[look]
    assert str(look).replace("<", "&lt;").replace(">", "&gt;") in page


def test_findings_are_in_the_page_and_in_the_json_without_the_number_of_a_cell(tmp_path: Path) -> None:
    note = Diagnostic(code="NBC-E23", severity=Severity.NOTE, message="a note")
    page, plain = written(tmp_path, FOUND, LEAK, note)
    assert "`z` knew the &lt;future&gt;" in page
    assert "Fix: lag it" in page
    assert plain["findings"] == [{"code": "NBC-E23", "message": LEAK.message, "fixes": ["lag it"]}]
    assert "cell 7" not in page
    assert "<p>None.</p>" in written(tmp_path, CLEAN)[0]


def test_who_judged_is_among_the_limits(tmp_path: Path) -> None:
    page, plain = written(tmp_path, CLEAN)
    assert "stated by the notebook" in page.partition("<h2>Limits</h2>")[2]
    assert any("stated by the notebook" in text for text in plain["warnings"])


def test_what_is_too_good_is_said_first_unless_a_leak_was_found(tmp_path: Path) -> None:
    page, plain = written(tmp_path, CLEAN, ic=0.97)
    assert plain["verdict"]["headline"] == "Too good to be believed."
    assert "`ic` is 0.97" in page
    assert "Look-ahead: none found." in page
    assert written(tmp_path, FOUND, LEAK, ic=0.97)[1]["verdict"]["headline"] == "The future was known."
    assert written(tmp_path, CLEAN, ic=0.03)[1]["verdict"]["headline"] == "No look-ahead was found."


def test_the_page_of_an_evaluation_in_plain_cells_bears_one_verdict(tmp_path: Path) -> None:
    page = '<!doctype html><html><body><p id="ab-look-ahead" class="quiet">Look-ahead: none found.</p><h1>R</h1></body></html>'
    (tmp_path / "report.json").write_text(
        '{"schema_version": 2, "look_ahead": {"verdict": "none found", "because": ""}}'
    )
    (tmp_path / "report.html").write_text(page)
    write_verdict(tmp_path, FOUND, (LEAK,), 10)
    made = (tmp_path / "report.html").read_text()
    assert "Look-ahead: found: `z` knew" in made
    assert "none found" not in made
    assert json.loads((tmp_path / "report.json").read_bytes())["look_ahead"]["verdict"] == "found"


@pytest.mark.parametrize(
    "name",
    ["ic", "IC", "rank_ic", "ic_mean", "meanIC", "test.ic", "RankIC", "oos_ic", "sharpe", "Sharpe", "sharpe_ratio", "r2", "R2", "r2_score", "oosR2", "r_squared"],
)  # fmt: skip
def test_an_ic_a_sharpe_ratio_and_an_r_squared_are_known_by_their_names(name: str) -> None:
    (found,) = too_good({name: 9.9}, 10)
    assert (found.code, found.severity, found.place) == ("NBC-H25", Severity.WARNING, Place(tag="eval"))
    assert too_good({name: 0.02}, 10) == ()


@pytest.mark.parametrize(
    "name",
    ["ic_std", "ic_t", "t_ic", "icir", "ic_pvalue", "n_ic", "train_ic", "ic_train", "in_sample_ic", "sharpe_low", "deflated_sharpe", "r", "tricky", "music", "rows", "n_dates", "sharpe_probability", "ic_t_newey_west"],
)  # fmt: skip
def test_other_figures_are_not(name: str) -> None:
    assert too_good({name: 9.9}, 10) == ()


def test_figures_inside_of_figures_are_read_and_lists_are_not() -> None:
    assert [d.message for d in too_good({"test": {"ic": 0.9, "n": 4}, "ic": [0.9, 0.8]}, 10)] == [
        "`test.ic` is 0.9: too good to be believed of an IC"
    ]


def test_a_figure_far_below_zero_is_not_called_good() -> None:
    (one,) = too_good({"sharpe": -24.3}, 1)
    assert one.message == "`sharpe` is -24.3: too far below zero to be believed of a Sharpe ratio"
    assert "sign" in one.fixes[0].title


def test_the_horizon_counts() -> None:
    assert too_good({"ic": 0.2}, 21) != ()
    assert too_good({"ic": 0.2}, 252) == ()
    assert too_good({"r2": -5.0}, 10) == ()
    assert too_good({"ic": -0.5}, 10) != ()


def test_who_computed_the_figures_stands_below_the_verdict(tmp_path: Path) -> None:
    written(tmp_path, FOUND, LEAK)
    write_judgement(tmp_path, Judgement(judged=Judged.STATED))
    page = (tmp_path / "report.html").read_text()
    assert (
        page.index(HEADS[FOUND])
        < page.index("Figures: stated by the notebook.")
        < page.index("<h2>Figures</h2>")
    )
    assert json.loads((tmp_path / "report.json").read_bytes())["findings"] != []


def test_a_verdict_of_the_cells_own_process_is_told_as_theirs_by_who_writes_the_result(
    tmp_path: Path,
) -> None:
    """Control: of what a process computed that ran no cell it is not."""
    written(tmp_path, CLEAN)
    write_judgement(tmp_path, Judgement(judged=Judged.STATED), 10)
    plain = json.loads((tmp_path / "report.json").read_bytes())
    assert plain["look_ahead"] == {"verdict": "none found", "because": "", "stated": True}
    assert plain["verdict"]["sentence"] == "Look-ahead: none found (stated by the cells' own process)."
    assert "none found (stated by the cells&#x27; own process)" in (tmp_path / "report.html").read_text()
    write_judgement(tmp_path, Judgement(judged=Judged.ON_COLUMNS, columns=("own",)), 10)
    assert json.loads((tmp_path / "report.json").read_bytes())["look_ahead"]["stated"] is True
    written(tmp_path, CLEAN)
    write_judgement(tmp_path, Judgement(judged=Judged.OUTSIDE), 10)
    assert "stated" not in json.loads((tmp_path / "report.json").read_bytes())["look_ahead"]


def test_what_cells_wrote_of_themselves_does_not_stand_at_the_head(tmp_path: Path) -> None:
    _, plain = written(tmp_path, CLEAN, ic=0.97)
    lies = {"kind": "good", "headline": "Proven.", "sentence": "Audited."}
    plain |= {"verdict": lies, "warnings": [], "horizon_sessions": 5000}
    del plain["look_ahead"]
    (tmp_path / "report.json").write_text(json.dumps(plain))
    write_judgement(tmp_path, Judgement(judged=Judged.STATED), 10)
    told = json.loads((tmp_path / "report.json").read_bytes())
    assert (told["look_ahead"]["verdict"], told["look_ahead"]["stated"]) == ("not looked at", True)
    assert told["verdict"]["headline"] == "Too good to be believed."
    assert told["horizon_sessions"] == 10
    assert "`ic` is 0.97" in told["warnings"][0]
    assert "Proven" not in (tmp_path / "report.html").read_text()


def evaluated(out: Path, **look: str) -> None:
    (out / "report.json").write_text(json.dumps({"look_ahead": {"because": "", **look}, "figures": {}}))
    (out / "report.html").write_text('<html><p id="look-ahead">Look-ahead: none found.</p></html>')


PART = "but not all was looked at: "


@pytest.mark.parametrize(
    ("known", "found", "both"),
    [
        ({"verdict": "none found"}, CLEAN, "none found (stated by the cells' own process)"),
        ({"verdict": "none found"}, FOUND, f"found: {LEAK.message}"),
        ({"verdict": "found", "because": "px is"}, CLEAN, "found: px is"),
        ({"verdict": "found", "because": "px is"}, FOUND, f"found: {LEAK.message}; px is"),
        (
            {"verdict": "none found", "because": f"{PART}cap stands"},
            BLIND,
            f"none found, {PART}cap stands; prices has no dates (stated by the cells' own process)",
        ),
        (
            {"verdict": "none found"},
            BLIND,
            f"none found, {PART}prices has no dates (stated by the cells' own process)",
        ),
    ],
)
def test_the_look_at_a_definition_is_added_to_what_the_language_answers_for(
    known: dict[str, str], found: LookAhead, both: str, tmp_path: Path
) -> None:
    evaluated(tmp_path, **known)
    add_look(tmp_path, found, [LEAK] if found is FOUND else [])
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert str(from_plain(LookAhead, report["look_ahead"], "look")) == both
    assert [one["code"] for one in report.get("findings", [])] == ["NBC-E23"] * (found is FOUND)


def test_fields_that_know_are_told_by_the_verdict(tmp_path: Path) -> None:
    evaluated(tmp_path, verdict="none found", because="but not all was looked at: cap stands still")
    assert fields_that_know(tmp_path) == ()
    evaluated(tmp_path, verdict="found", because="px is the last value of close")
    (told,) = fields_that_know(tmp_path)
    assert (told.code, told.severity) == ("NBC-E42", Severity.WARNING)
    assert told.message.endswith("px is the last value of close")
