"""The calls that led to an error: a recursion is told once with how often, not in thousands of lines."""

from __future__ import annotations

import sys

from nbcode.namespace import CellName, diagnostic_of
from nbcode.primitives import Diagnostic

ONE = "def down(n):\n    return down(n + 1)\ndown(0)\n"
TWO = "def a(n):\n    return b(n)\ndef b(n):\n    return a(n + 1)\na(0)\n"


def told(source: str) -> Diagnostic:
    file = "<cell 1 [features]>"
    try:
        exec(compile(source, file, "exec"), {})
    except RecursionError as error:
        return diagnostic_of(error, {file: CellName(index=1, tag="features")})
    raise AssertionError("it came to an end")


def test_a_function_that_calls_itself_is_one_line_with_how_often() -> None:
    calls, last = told(ONE).related
    assert calls.message.startswith("called from here, ")
    assert int(calls.message.split()[3]) > sys.getrecursionlimit() // 2
    assert (calls.place.line, last.place.line, last.message) == (2, 3, "called from here")


def test_of_two_that_call_each_other_the_ends_are_told_and_how_many_lie_between() -> None:
    found = told(TWO).related
    assert len(found) == 20
    (gap,) = [one for one in found if "more calls lie between" in one.message]
    assert int(gap.message.split("; ")[1].split()[0]) > sys.getrecursionlimit() // 2
    assert found[-1].place.line == 5
