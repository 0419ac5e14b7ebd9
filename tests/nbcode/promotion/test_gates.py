"""Gates of [meta]: what is wanted, what was got."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.notebook import Cell, read_meta
from nbcode.primitives import Judged, Judgement, LookAhead, Severity, Verdict
from nbcode.promotion import Evidence, failing_gates, resting_on_cells
from nbcode.spec import Gate

OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}


@given(st.sampled_from(sorted(OPERATORS)), st.floats(-1, 1), st.floats(-1, 1))
def test_a_gate_fails_exactly_when_its_comparison_is_false(op, wanted, got):
    found = failing_gates(
        (Gate(metric="ic_mean", op=op, value=repr(wanted)),), Evidence(figures={"ic_mean": got})
    )
    assert (found == ()) == OPERATORS[op](got, wanted)


def test_every_gate_that_fails_is_told():
    gates = (Gate(metric="rank_ic", op=">=", value="0.05"), Gate(metric="hit_rate", op=">", value="0.5"))
    assert [
        d.message for d in failing_gates(gates, Evidence(figures={"rank_ic_mean": 0.01, "hit_rate": 0.4}))
    ] == [
        "gate not met: wanted rank_ic >= 0.05, got 0.01",
        "gate not met: wanted hit_rate > 0.5, got 0.4",
    ]


@pytest.mark.parametrize(
    "figures", [{}, {"ic_mean": None}, {"ic_mean": True}, {"ic_mean": [0.1]}, {"ic_man": 0.2}]
)
def test_a_figure_that_is_no_number_fails_the_gate(figures):
    (found,) = failing_gates((Gate(metric="ic_mean", op=">", value="0.0"),), Evidence(figures=figures))
    assert found.message == "gate not met: wanted ic_mean > 0.0, got no such figure"


def test_the_gate_of_nan_is_not_met():
    assert failing_gates(
        (Gate(metric="ic_mean", op="<", value="1.0"),), Evidence(figures={"ic_mean": float("nan")})
    )


CLEAN, NONE_FOUND = (Gate(metric="foresight", op="==", value=value) for value in ("clean", "none found"))
PARTLY = LookAhead(verdict=Verdict.NONE_FOUND, because="but not all was looked at: config has no dates")


@pytest.mark.parametrize(
    ("look", "meets_clean", "meets_none_found"),
    [
        (LookAhead(verdict=Verdict.NONE_FOUND), True, True),
        (PARTLY, False, True),
        (LookAhead(verdict=Verdict.FOUND, because="`z` knew"), False, False),
        (LookAhead(verdict=Verdict.NOT_LOOKED_AT, because="prices has no dates"), False, False),
        (None, False, False),
    ],
)
def test_the_gate_on_foresight_is_met_by_a_look_that_came_to_it(look, meets_clean, meets_none_found):
    assert (failing_gates((CLEAN,), Evidence(figures={}, look_ahead=look)) == ()) == meets_clean
    assert (failing_gates((NONE_FOUND,), Evidence(figures={}, look_ahead=look)) == ()) == meets_none_found


def test_the_gate_on_foresight_says_what_was_found_and_each_way_out():
    (found,) = failing_gates(
        (CLEAN,), Evidence(figures={}, look_ahead=LookAhead(verdict=Verdict.FOUND, because="`z` knew"))
    )
    assert found.message == "gate not met: wanted foresight clean, got found: `z` knew"
    assert found.fix_titles[-1] == "take foresight out of gates: in [meta]"
    (partly,) = failing_gates((CLEAN,), Evidence(figures={}, look_ahead=PARTLY))
    assert "foresight: none found" in partly.fix_titles[-1]


OUTSIDE, TAKEN = (Gate(metric="judged", op="==", value=value) for value in ("outside", "stated"))
IC = Gate(metric="ic", op=">", value="0.01")
OF_THE_JUDGE = Judgement(judged=Judged.OUTSIDE)
AGAIN = Judgement(judged=Judged.STATED, figures=("ic",), outside={"ic": 0.02})
ONLY_STATED = Judgement(judged=Judged.STATED)
LOOKED = LookAhead(verdict=Verdict.NONE_FOUND)
SAID = LookAhead(verdict=Verdict.NONE_FOUND, stated=True)
FIGURES = {"ic": 0.02, "sharpe": 1.2, "unknown": None}


def of(judged, look=LOOKED):
    return Evidence(figures=FIGURES, look_ahead=look, judged=judged)


@pytest.mark.parametrize(
    ("gates", "found", "stated"),
    [
        ((IC,), of(OF_THE_JUDGE), ()),
        ((IC,), of(AGAIN), ()),
        ((IC, TAKEN), of(ONLY_STATED), ("ic",)),
        ((IC, TAKEN), of(AGAIN), ()),
        ((TAKEN,), of(ONLY_STATED), ()),
        ((CLEAN,), of(OF_THE_JUDGE), ()),
        ((CLEAN, IC), of(AGAIN, SAID), ("foresight",)),
        ((NONE_FOUND, IC, TAKEN), of(ONLY_STATED, SAID), ("foresight", "ic")),
    ],
)
def test_a_gate_that_the_cells_word_meets_is_told_and_no_other(gates, found, stated):
    assert failing_gates(gates, found) == ()
    told = resting_on_cells(gates, found)
    assert [one.message.split()[2] for one in told] == list(stated)
    assert {(one.code, one.severity) for one in told} <= {("NBC-I34", Severity.WARNING)}


@pytest.mark.parametrize("gates", [(IC,), (IC, NONE_FOUND), (IC, Gate(metric="rank_ic", op=">", value="0"))])
def test_a_figure_that_is_only_stated_meets_no_gate_and_the_way_to_take_it_works_when_typed(gates):
    met = (Gate(metric="rank_ic", op=">", value="0"),)
    found = Evidence(figures=FIGURES | {"rank_ic": 0.03}, look_ahead=LOOKED, judged=ONLY_STATED)
    told = failing_gates(gates, found)
    assert {(one.code, one.severity) for one in told} == {("NBC-I34", Severity.ERROR)}
    assert "`ic` is only stated by the notebook" in told[0].message
    assert len(told) == 1 + (gates[-1] in met)
    line = told[0].fix_titles[0].removeprefix("write ").partition(" in [meta]")[0]
    head = "# id: plain\n# kind: model\n# horizon: 5d\n# owner: team\n"
    read = read_meta(Cell(index=1, kind="code", source=f"{head}{line}\n", tag="meta"), "n.py").meta
    assert read is not None
    taken = tuple(Gate(metric=metric, op=op, value=str(value)) for metric, op, value in read.gates)
    assert {one.metric for one in taken} == {*(one.metric for one in gates), "judged"}
    assert failing_gates(taken, found) == ()
    assert len(resting_on_cells(taken, found)) == len(told)


def test_a_stated_figure_that_does_not_meet_its_gate_is_told_as_that():
    high = Gate(metric="ic", op=">", value="0.5")
    for gates in ((high,), (high, TAKEN)):
        (told,) = failing_gates(gates, of(ONLY_STATED))
        assert (told.code, told.message) == ("NBC-I14", "gate not met: wanted ic > 0.5, got 0.02")


def test_what_was_found_instead_stands_beside_what_is_stated():
    other = Judgement(judged=Judged.STATED, outside={"ic": -0.0031})
    (told,) = failing_gates((IC,), of(other))
    assert told.cause.endswith("it found ic -0.0031")


def test_the_figure_that_a_short_name_means_is_the_one_that_was_found_again():
    gate = Gate(metric="rank_ic", op=">", value="0.01")
    figures = {"rank_ic_mean": 0.02}
    again = Judgement(judged=Judged.STATED, figures=("rank_ic_mean",), outside={"rank_ic": 0.02})
    assert resting_on_cells((gate,), Evidence(figures=figures, judged=again)) == ()
    assert resting_on_cells((gate,), Evidence(figures=figures, judged=ONLY_STATED)) != ()


@pytest.mark.parametrize(
    ("gates", "found", "refused"),
    [
        ((OUTSIDE,), of(OF_THE_JUDGE), ""),
        ((OUTSIDE,), of(AGAIN), "sharpe"),
        ((OUTSIDE, IC), of(AGAIN), ""),
        ((OUTSIDE, IC), of(ONLY_STATED), "ic"),
        ((OUTSIDE, IC, CLEAN), of(AGAIN, SAID), "foresight"),
        ((OUTSIDE, IC, CLEAN), of(AGAIN, LOOKED), ""),
        ((OUTSIDE,), of(ONLY_STATED), "ic, sharpe"),
    ],
)
def test_the_gate_on_who_judged_refuses_what_is_only_stated(gates, found, refused):
    told = [one.message for one in failing_gates(gates, found)]
    wanted = f"gate not met: wanted judged outside, got {refused} stated by the notebook"
    assert told == ([wanted] if refused else [])


def test_a_report_that_does_not_say_who_judged_does_not_meet_it():
    (found,) = failing_gates((OUTSIDE,), Evidence(figures=FIGURES))
    assert "no word of who computed the figures" in found.message
