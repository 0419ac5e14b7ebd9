"""Gates of [meta]: what is wanted, what was got."""

from __future__ import annotations

import operator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.primitives import LookAhead, Verdict
from nbcode.promotion import failing_gates
from nbcode.spec import Gate

OPERATORS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt, "==": operator.eq}


@given(st.sampled_from(sorted(OPERATORS)), st.floats(-1, 1), st.floats(-1, 1))
def test_a_gate_fails_exactly_when_its_comparison_is_false(op, wanted, got):
    found = failing_gates((Gate(metric="ic_mean", op=op, value=repr(wanted)),), {"ic_mean": got})
    assert (found == ()) == OPERATORS[op](got, wanted)


def test_every_gate_that_fails_is_told():
    gates = (Gate(metric="rank_ic", op=">=", value="0.05"), Gate(metric="hit_rate", op=">", value="0.5"))
    assert [d.message for d in failing_gates(gates, {"rank_ic_mean": 0.01, "hit_rate": 0.4})] == [
        "gate not met: wanted rank_ic >= 0.05, got 0.01",
        "gate not met: wanted hit_rate > 0.5, got 0.4",
    ]


@pytest.mark.parametrize(
    "figures", [{}, {"ic_mean": None}, {"ic_mean": True}, {"ic_mean": [0.1]}, {"ic_man": 0.2}]
)
def test_a_figure_that_is_no_number_fails_the_gate(figures):
    (found,) = failing_gates((Gate(metric="ic_mean", op=">", value="0.0"),), figures)
    assert found.message == "gate not met: wanted ic_mean > 0.0, got no such figure"


def test_the_gate_of_nan_is_not_met():
    assert failing_gates((Gate(metric="ic_mean", op="<", value="1.0"),), {"ic_mean": float("nan")})


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
    assert (failing_gates((CLEAN,), {}, look) == ()) == meets_clean
    assert (failing_gates((NONE_FOUND,), {}, look) == ()) == meets_none_found


def test_the_gate_on_foresight_says_what_was_found_and_each_way_out():
    (found,) = failing_gates((CLEAN,), {}, LookAhead(verdict=Verdict.FOUND, because="`z` knew"))
    assert found.message == "gate not met: wanted foresight clean, got found: `z` knew"
    assert found.fix_titles[-1] == "take foresight out of gates: in [meta]"
    (partly,) = failing_gates((CLEAN,), {}, PARTLY)
    assert "foresight: none found" in partly.fix_titles[-1]
