"""Whose rows the calls of a run had, by dates, for its report: in the calendar of the inputs, whatever order threads took."""

from __future__ import annotations

import random

import numpy as np

from nbcode.leaks import Lineage, stretches
from nbcode.leaks.lineage.calls import Argument, Call, Kind, Role, Rows
from nbcode.primitives import Place

CALENDAR = np.arange("2024-01-01", "2024-02-10", dtype="datetime64[D]")


def rows(*sessions: int, names: int = 3) -> Rows:
    return Rows(sessions=np.repeat(np.array(sessions, np.int32), names))


def call(what: str, kind: Kind, line: int, *arguments: tuple[Role, Rows], transforms: bool = False) -> Call:
    return Call(
        number=line,
        kind=kind,
        what=what,
        place=Place(cell=4, tag="model", line=line),
        at=("cell", line, 0),
        owner=1,
        arguments=tuple(Argument(role=role, text="X", rows=r, size=len(r)) for role, r in arguments),
        transforms=transforms,
    )


def lineage(*calls: Call, calendar: np.ndarray | None = CALENDAR) -> Lineage:
    return Lineage(calls=list(calls), sessions=list(CALENDAR.astype("datetime64[ns]")), calendar=calendar)


FIT = call("Ridge.fit", Kind.FIT, 1, (Role.X, rows(*range(10))))
TEST = call("Ridge.predict", Kind.APPLY, 2, (Role.X, rows(*range(15, 20))))


def test_training_and_test_are_told_by_rows_and_dates_and_the_gap_between_is_of_the_calendar() -> None:
    trained, tested = stretches(lineage(FIT, TEST))
    assert (trained["use"], trained["call"], trained["rows"], trained["sessions"]) == (
        "trained",
        "Ridge.fit",
        30,
        10,
    )
    assert (trained["first"], trained["last"], trained["spans"]) == ("2024-01-01", "2024-01-10", [[0, 9]])
    assert (tested["use"], tested["from"], tested["to"]) == ("tested", 15, 19)


def test_sessions_that_no_call_had_are_a_gap_all_the_same() -> None:
    one = Lineage(
        calls=[FIT, call("Ridge.predict", Kind.APPLY, 2, (Role.X, rows(10)))],
        sessions=[*CALENDAR[:10].astype("datetime64[ns]"), np.datetime64("2024-01-21", "ns")],
        calendar=CALENDAR,
    )
    assert [entry["from"] for entry in stretches(one)] == [0, 20]


def test_holes_are_drawn_as_such() -> None:
    mixed = call("Ridge.fit", Kind.FIT, 1, (Role.X, rows(0, 1, 4, 5, 9)))
    assert stretches(lineage(mixed))[0]["spans"] == [[0, 1], [4, 5], [9, 9]]


def test_a_transformer_an_evaluation_set_and_folds_have_words_of_their_own() -> None:
    scaler = call("StandardScaler.fit", Kind.FIT, 1, (Role.X, rows(0, 1)), transforms=True)
    stopped = call("LGBM.fit", Kind.FIT, 2, (Role.X, rows(0)), (Role.EVALUATION, rows(3)))
    split = call("train_test_split", Kind.SPLIT, 3, (Role.TRAIN, rows(0)), (Role.TEST, rows(5)))
    folded = call("cross_val_score", Kind.VALIDATE, 4, (Role.X, rows(0, 1, names=1)))
    folded.folds.append((np.array([0]), np.array([1])))
    assert {(e["use"], e["first"]) for e in stretches(lineage(scaler, stopped, split, folded))} == {
        ("fitted", "2024-01-01"),
        ("trained", "2024-01-01"),
        ("evaluated", "2024-01-04"),
        ("tested", "2024-01-06"),
        ("tested", "2024-01-02"),
    }


def test_the_order_of_threads_changes_nothing() -> None:
    calls = [call("Ridge.fit", Kind.FIT, 1, (Role.X, rows(*range(n, n + 5)))) for n in range(12)]
    shuffled = random.Random(3).sample(calls, len(calls))
    assert stretches(lineage(*shuffled)) == stretches(lineage(*calls))
    assert len(stretches(lineage(*calls, *calls))) == 12, "each once"


def test_what_is_not_known_is_left_out() -> None:
    lost = call("Ridge.fit", Kind.FIT, 1, (Role.X, rows(-1)))
    assert stretches(lineage(lost, FIT)) == stretches(lineage(FIT))
    assert stretches(lineage(FIT, TEST, calendar=None)) == []
