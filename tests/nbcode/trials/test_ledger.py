"""The ledger of trials: each variant once, whoever writes, whatever dies."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from nbcode.trials import Looked, Trial, TrialLedger, looked_at

ONE = Trial(
    variant="sha256:1",
    label="fwd_ret(10)",
    panel="data x",
    first_at="2026-11-03T09:00:00.000Z",
    notebook="n.ipynb",
)


def named(number: int) -> Trial:
    return replace(ONE, variant=f"sha256:{number}", first_at=f"2026-11-{3 + number % 20:02d}T09:00:00.000Z")


def test_a_trial_is_counted_once(tmp_path: Path) -> None:
    ledger = TrialLedger(tmp_path)
    assert ledger.read() == ()
    assert [ledger.add(ONE), ledger.add(replace(ONE, first_at="2027", notebook="copy.ipynb"))] == [
        True,
        False,
    ]
    assert TrialLedger(tmp_path).read() == (ONE,)


@pytest.mark.parametrize("part", ["variant", "label", "panel"])
def test_another_definition_label_or_panel_is_another_trial(tmp_path: Path, part: str) -> None:
    ledger = TrialLedger(tmp_path)
    assert ledger.add(ONE)
    assert ledger.add(replace(ONE, **{part: "another"}))
    assert len(ledger.read()) == 2


def _write(store: Path, first: int, last: int) -> None:
    ledger = TrialLedger(store)
    for number in range(first, last):
        ledger.add(named(number))


def test_kernels_that_write_at_once_lose_nothing_and_count_nothing_twice(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_write, args=(tmp_path, 10 * n, 10 * n + 20)) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [w.exitcode for w in writers] == [0] * 4
    kept = TrialLedger(tmp_path).read()
    assert sorted(t.variant for t in kept) == sorted(named(n).variant for n in range(50))
    assert len((tmp_path / "trials.jsonl").read_text().splitlines()) == 50


@pytest.mark.parametrize("torn", [b'{"variant":"sha', b"\x00\xff", b"[]", b'{"variant": 3}'])
def test_a_line_that_was_not_finished_is_not_counted_and_hides_no_other(tmp_path: Path, torn: bytes) -> None:
    ledger = TrialLedger(tmp_path)
    ledger.add(named(1))
    with (tmp_path / "trials.jsonl").open("ab") as stream:
        stream.write(torn)
    assert ledger.read() == (named(1),)
    assert ledger.add(named(2))
    assert ledger.read() == (named(1), named(2))


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("mine\n")
    (tmp_path / "trials.jsonl").symlink_to(target)
    with pytest.raises(OSError, match="Too many levels"):
        TrialLedger(tmp_path).add(ONE)
    assert target.read_text() == "mine\n"


def test_what_was_looked_at_on_a_panel_is_counted_with_its_first_day() -> None:
    trials = [named(2), named(1), replace(named(3), panel="data y")]
    assert looked_at(trials, "data x") == Looked(variants=2, since="2026-11-04T09:00:00.000Z")
    assert looked_at(trials, "data z") is None
    assert looked_at(trials, "data x", until="2026-11-04T09:00:00.000Z") == Looked(
        variants=1, since="2026-11-04T09:00:00.000Z"
    )


def test_what_is_judged_now_counts_whether_it_is_in_the_ledger_or_not() -> None:
    assert looked_at([named(1)], "data x", also=named(1)).variants == 1
    assert looked_at([named(1)], "data x", also=named(2)).variants == 2
    assert looked_at([], "data x", also=named(2)).variants == 1


@pytest.mark.parametrize(
    ("variants", "said"),
    [
        (37, "37 variants were looked at since 3 November 2026"),
        (1, "1 variant was looked at since 3 November 2026"),
        (1200, "1,200 variants were looked at since 3 November 2026"),
    ],
)
def test_it_is_said_in_words(variants: int, said: str) -> None:
    assert str(Looked(variants=variants, since=ONE.first_at)) == said
