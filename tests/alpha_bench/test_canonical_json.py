"""One byte string for one JSON value: what is written fast is what the library writes, to the byte, and refused where it refuses."""

from __future__ import annotations

import math
from enum import StrEnum

import numpy as np
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from alpha_bench.runtime import canonical_json
from alpha_bench.runtime.canonical_json import canonical

TEXTS = st.text(st.characters(codec="utf-8"))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | NUMBERS | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(TEXTS, inner)
        | st.dictionaries(st.text('ab"\\\n\x7f'), inner)
    ),
    max_leaves=20,
)


class Word(StrEnum):
    ONE = "one"


@given(VALUES)
@example({"é": 1, "e": 2, "\ue000": 3, "\U0001f600": 4})
@example(
    [
        0.0,
        -0.0,
        1e16,
        1e21,
        123456789012345680000.0,
        1e-4,
        9.9e-5,
        1e-6,
        1e-7,
        5e-324,
        1.7976931348623157e308,
        -2.0,
    ]
)
@example({"b": [True, False, None, '\u2028/"\\\x00\x1f\x7f'], "a": {}, "": []})
@example([Word.ONE, np.float64(0.1), np.float64(2.0)])
def test_it_is_what_the_library_writes(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@given(NUMBERS)
def test_numbers_come_back_as_they_were(value: float) -> None:
    assert float(canonical(value)) == value


@pytest.mark.parametrize(
    "value",
    [math.nan, [math.inf], {"a": -math.inf}, 2**53, {1: 2}, {"a": {"b"}}, "\ud800", {"\udfff": 1}, range(1)],
    ids=ascii,
)
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not canonical JSON"):
        canonical(value)


def test_ordinary_data_is_not_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: what is fast is not the library itself."""
    monkeypatch.setattr(canonical_json, "_by_the_book", lambda _: b"the library")
    assert (
        canonical({"b": [1, 2.5, None, True, "é"], "a": {}}) == '{"a":{},"b":[1,2.5,null,true,"é"]}'.encode()
    )
    assert canonical({"é": 1}) == b"the library"
