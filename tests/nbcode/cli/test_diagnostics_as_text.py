"""How a diagnostic looks."""

from __future__ import annotations

from inline_snapshot import snapshot

from nbcode.cli.render.diagnostics import render_diagnostic, render_diagnostics, render_findings, summary
from nbcode.cli.render.explanation import render_explanation
from nbcode.cli.terminal import Style
from nbcode.commands.explain import Explanation, explain
from nbcode.diagnostics import all_codes
from nbcode.primitives import Diagnostic, Place, Related, Severity

SOURCE = "m = Ridge().fit(X=[ret_20, vol_adj, turn], y=fwd_ret_10d)"
UNDECLARED = Diagnostic(
    code="NBC-D04",
    message="undeclared name `vol_adj`",
    cause="vol_adj is assigned in cell 6, which is not tagged",
    fixes=(
        "tag cell 6 [features]",
        "move the assignment into a tagged cell",
        "declare it under inputs: in [meta]",
    ),
    place=Place(path="n.ipynb", cell=9, tag="model", line=2, column=28, end_column=35),
    related=(Related(message="assigned here", place=Place(path="n.ipynb", cell=6, line=1)),),
)


def source(place: Place) -> str | None:
    return SOURCE if place.cell == 9 else "vol_adj = 1"


def test_what_and_where_then_the_line_then_why_then_the_ways_out() -> None:
    assert "\n" + render_diagnostic(UNDECLARED, Style(width=110), source) == snapshot("""
NBC-D04 undeclared name `vol_adj` · cell 9 [model] · line 2
    2 │ m = Ridge().fit(X=[ret_20, vol_adj, turn], y=fwd_ret_10d)
      │                            ^^^^^^^
  vol_adj is assigned in cell 6, which is not tagged.
  cell 6 · line 1: assigned here
    1 │ vol_adj = 1
  Fix: tag cell 6 [features]
    or move the assignment into a tagged cell
    or declare it under inputs: in [meta]\
""")


def test_short_fixes_share_a_line() -> None:
    short = Diagnostic(code="NBC-X09", message="no", fixes=("do this", "or that"))
    assert render_diagnostic(short, Style(width=80)) == "NBC-X09 no\n  Fix: do this   |   or that"


def test_no_line_is_wider_than_the_terminal() -> None:
    for width in (40, 46, 60, 80, 120):
        text = render_diagnostic(UNDECLARED, Style(width=width), source)
        assert max(map(len, text.splitlines())) <= width, text


def test_the_caret_stays_under_its_name_when_a_long_line_is_cut() -> None:
    column = 301
    long = Diagnostic(
        code="NBC-D05", message="x", place=Place(cell=1, line=1, column=column, end_column=column + 4)
    )
    text = render_diagnostic(long, Style(width=60), lambda _: "a" * 300 + "NAME" + "b" * 300)
    line, caret = text.splitlines()[1:3]
    at = caret.index("^")
    assert line[at : at + 4] == "NAME"
    assert caret.count("^") == 4
    assert len(line) <= 60


def test_every_severity_is_told_and_only_errors_go_without_a_word() -> None:
    texts = [
        render_diagnostic(Diagnostic(code="NBC-A03", message="m", severity=s), Style()) for s in Severity
    ]
    assert texts == ["NBC-A03 m", "NBC-A03 warning: m", "NBC-A03 note: m"]


def test_the_summary_counts_by_severity() -> None:
    found = [UNDECLARED, UNDECLARED, Diagnostic(code="NBC-A03", message="m", severity=Severity.NOTE)]
    assert summary(found, Style()) == "2 errors, 1 note"
    assert summary([], Style()) == ""


def test_colour_changes_no_word() -> None:
    import re

    plain = render_diagnostics([UNDECLARED], Style(width=80), source)
    coloured = render_diagnostics([UNDECLARED], Style(width=80, colour=True), source)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == plain


def test_what_a_notebook_holds_cannot_move_the_cursor_or_hide_a_word() -> None:
    evil = Diagnostic(
        code="NBC-D04",
        message="name \x1b[2J\u202e`x`",
        cause="\x07bell",
        fixes=("\x1b]0;t\x07",),
        place=Place(path="a\x1b[1m.py", line=1),
    )
    text = render_diagnostic(evil, Style(), lambda _: "x = '\x1b[8m'")
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "\\x1b[2J\\u202e" in text


def test_frames_of_a_traceback_keep_their_lines() -> None:
    failed = Diagnostic(code="NBC-H20", message="ZeroDivisionError", cause="cell 3, line 1\n  1 / 0\n  ~~^~~")
    assert render_diagnostic(failed, Style()) == (
        "NBC-H20 ZeroDivisionError\n  cell 3, line 1\n    1 / 0\n    ~~^~~"
    )


def test_a_page_of_the_manual_keeps_its_layout() -> None:
    page = Explanation(
        code="NBC-D04", title="undeclared name", text="Why.\n\nBad::\n\n    x = y\n\nFix: do it."
    )
    assert render_explanation(page, Style()) == (
        "NBC-D04 undeclared name\n\nWhy.\n\nBad:\n\n    x = y\n\nFix: do it."
    )


def test_sentences_of_the_manual_are_within_the_width_and_examples_as_they_stand() -> None:
    pages = [explain(code) for code in all_codes()]
    lines = [line for page in pages for line in render_explanation(page, Style(width=50)).splitlines()[1:]]
    assert [line for line in lines if len(line) > 50 and not line.startswith("    ")] == []
    assert any(len(line) > 50 for line in lines), "the control: an example is not torn apart"
    written = " ".join(explain("NBC-H40").text.split())
    assert " ".join(render_explanation(explain("NBC-H40"), Style(width=50)).split()).endswith(written)


def test_beside_a_result_errors_are_whole_and_notes_are_lines() -> None:
    note = Diagnostic(code="NBC-G01", message="no lock", cause="because", severity=Severity.NOTE)
    told = render_findings([note, UNDECLARED, note], Style(width=100))
    assert told.startswith("NBC-D04 undeclared name")
    assert told.endswith("\n\nNBC-G01 note: no lock\nNBC-G01 note: no lock")
