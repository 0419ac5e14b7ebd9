"""The pairs of `leak_pairs`: each leak flatters its figure, and what was told of a pair when the table was made is told now.

`make leaks` judges every pair anew, asks the peers, and writes the table of docs/explanation/why-to-believe-it.md.
"""

from __future__ import annotations

import pytest

from leak_pairs import page, record
from leak_pairs.judging import figure, judged
from leak_pairs.pairs import OWN, PAIRS, PLAIN, Pair, Part

pytestmark = pytest.mark.long

RECORD = record.read()
SLOW = {
    "gap_in_calendar_days",
    "imputer_sees_target",
    "no_embargo_after_the_block",
    "refit_every_week",
    "second_level_from_all_folds",
}
"""Left to `make leaks`: each of many fits in a loop is followed anew."""
TOLD = [pair for pair in PAIRS if RECORD.now[pair.name].leak and pair.name not in SLOW]
PARTS: tuple[Part, Part] = ("leak", "twin")
EACH = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)


def test_there_are_sixty_pairs_and_each_differs_in_the_leak_alone() -> None:
    by_language = {language: [p for p in PAIRS if p.language == language] for language in (PLAIN, OWN)}
    assert len(by_language[PLAIN]) >= 45
    assert len(by_language[OWN]) >= 15
    assert all(pair.fault for pair in PAIRS)
    assert all(
        pair.text("leak") != pair.text("twin") or pair.panel("leak") != pair.panel("twin") for pair in PAIRS
    )
    assert set(RECORD.now) == set(RECORD.first) == {pair.name for pair in PAIRS}


def test_the_page_shows_what_is_recorded() -> None:
    text = page.PAGE.read_text(encoding="utf-8")
    assert page.BEGIN + page.block(RECORD) + page.END in text


@EACH
def test_the_leak_flatters_the_figure_and_what_was_told_is_told(pair: Pair) -> None:
    """Where it is judged its figure is that of the judged run, which has the same (below)."""
    known, is_told = RECORD.now[pair.name], pair in TOLD
    leak, twin = (judged(pair, part).figure if is_told else figure(pair, part) for part in PARTS)
    assert twin is not None
    assert leak is None or leak > twin  # None: refused before it had one
    if is_told:
        assert known.leak is not None
        assert known.twin is not None
        assert set(known.leak) <= set(judged(pair, "leak").codes)
        assert set(judged(pair, "twin").codes) <= set(known.twin)


@pytest.mark.parametrize(
    "pair", [pair for pair in TOLD if pair.language == PLAIN][::8], ids=lambda pair: pair.name
)
def test_a_run_that_is_recorded_has_the_figure_of_one_that_is_not(pair: Pair) -> None:
    for part in PARTS:
        assert judged(pair, part).figure == figure(pair, part)
