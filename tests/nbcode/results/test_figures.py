"""A report that cells computed: numbers pass, everything else is named (H08)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nbcode.primitives import MOST_BYTES
from nbcode.results.figures import plain_figures, too_much
from nbcode.results.plain_page import plain_page


def test_numbers_pass_in_whatever_they_are_wrapped() -> None:
    figures, problems = plain_figures(
        {
            "a": 1,
            "b": 0.5,
            "c": np.float64(0.25),
            "d": np.int64(7),
            "e": np.array([1.0, 2.0]),
            "f": pd.Series([1.0, 2.0], index=["x", "y"]),
            "g": {"h": [1, 2.5, None]},
            "i": True,
            "j": np.float32(0.5),
        }
    )
    assert problems == ()
    assert figures == {
        "a": 1,
        "b": 0.5,
        "c": 0.25,
        "d": 7,
        "e": [1.0, 2.0],
        "f": [1.0, 2.0],
        "g": {"h": [1, 2.5, None]},
        "i": True,
        "j": 0.5,
    }


def test_a_series_or_frame_of_figures_is_a_dict_of_them() -> None:
    assert plain_figures(pd.Series({"ic": 0.5})) == ({"ic": 0.5}, ())


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (float("nan"), "figure `ic` is nan"),
        (float("inf"), "figure `ic` is inf"),
        ("0.5", "figure `ic` is a str, not a number"),
        (object(), "figure `ic` is a object, not a number"),
        (1j, "figure `ic` is a complex, not a number"),
        (2**53, "figure `ic` is 9007199254740992"),
        ([1.0, float("nan")], "figure `ic[1]` is nan"),
        ({"x": {"y": "z"}}, "figure `ic.x.y` is a str, not a number"),
        (np.array([np.inf]), "figure `ic[0]` is inf"),
    ],
)
def test_what_is_no_finite_number_is_named(value: object, said: str) -> None:
    _, problems = plain_figures({"ic": value})
    assert [(p.code, p.message) for p in problems] == [("NBC-H08", said)]


def test_a_value_that_contains_itself_is_refused_and_not_followed() -> None:
    loop: list[object] = []
    loop.append(loop)
    _, problems = plain_figures({"ic": loop})
    assert [p.code for p in problems] == ["NBC-H08"]


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (None, "`report` is missing"),
        (0.5, "`report` is a float"),
        ({}, "`report` is empty"),
        ([], "`report` is a list"),
    ],
)
def test_a_report_that_is_none_is_named(report: object, said: str) -> None:
    assert [p.message for p in plain_figures(report)[1]] == [said]


def test_the_page_escapes_and_needs_no_network() -> None:
    page = plain_page({"figures": {"<i>ic</i>": 0.5, "gone": None}, "model": "<script>"}, "<Report>")
    assert "<script>" not in page
    assert "<i>" not in page
    assert "not known" in page
    assert "http" not in page


def test_a_report_that_is_no_list_of_figures_any_more_is_told_by_its_size():
    assert too_much(MOST_BYTES // 2) == ()
    (found,) = too_much(200 << 20)
    assert (found.code, found.message) == (
        "NBC-H08",
        "`report` is 200 MiB of figures, and at most 16 are kept",
    )
