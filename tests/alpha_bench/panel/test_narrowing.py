"""Which columns of a wide file are read for a definition; and where that cannot be told, all are."""

from __future__ import annotations

import pytest

from alpha_bench.describe import columns_read, fields_read

FILE = {"date": False, "symbol": False, "close": True, "desk": False} | {f"x{n:02}": True for n in range(57)}
KEYS = {"date", "symbol", "close", "desk"}


def test_what_is_read_is_what_the_definition_the_formulas_and_the_report_look_at() -> None:
    told = FILE | {
        "Volume": True,
        "adj_close": True,
        "shares_outstanding": True,
        "sector": True,
        "x_low": True,
    }
    beside = {"Volume", "adj_close", "shares_outstanding", "sector", "x_low"}
    assert columns_read(told, {"close", "x05"}, derive={}) == KEYS | beside | {"x05"}
    assert columns_read(FILE, {"cap"}, derive={"cap": "x01 * x02", "other": "x03 + cap"}) == KEYS | {
        "x01",
        "x02",
        "x03",
    }
    renamed = columns_read(FILE, {"alpha"}, derive={"k": "beta / 2"}, rename={"x01": "alpha", "x02": "beta"})
    assert renamed == KEYS | {"x01", "x02"}
    dated = columns_read({**FILE, "day": True}, {"close"}, derive={}, keys=("day", "symbol"))
    assert dated == KEYS | {"day"}


@pytest.mark.parametrize(
    ("kinds", "wanted", "derive", "rename"),
    [
        (dict([*FILE.items()][:19]), {"close"}, {}, {}),
        ({name: kind for name, kind in FILE.items() if name != "close"}, {"x05"}, {}, {}),
        (FILE, {"close", "sector"}, {}, {}),
        (FILE, {"close", "desk"}, {}, {}),
        (FILE, {"cap"}, {"cap": "shares * close"}, {}),
        (FILE, {"close"}, {"cap": "import os"}, {}),
        (FILE, {"a"}, {"a": "b", "b": "a"}, {}),
        (FILE, {"close"}, {}, {"x01": "x02"}),
    ],
    ids=["not wide", "no price", "of the reference", "a text", "made of the reference", "no formula", "round about", "one name for two"],
)  # fmt: skip
def test_where_it_cannot_be_told_all_are_read(
    kinds: dict[str, bool], wanted: set[str], derive: dict[str, str], rename: dict[str, str]
) -> None:
    assert columns_read(kinds, wanted, derive=derive, rename=rename) is None


def test_the_fields_of_a_definition_are_told_from_its_plain_data() -> None:
    field = {"field": "x05"}
    ret = {"op": "fwd_ret", "args": [{"field": "close"}], "params": {"horizon": 5, "delay": 0}}
    plain = {"features": [{"op": "cs.rank", "args": [field], "params": {}}], "label": ret, "universe": {"op": "gt", "args": [{"field": "x06"}, {"const": 1}], "params": {}}}  # fmt: skip
    assert fields_read(plain) == {"x05", "close", "x06"}
    for other in (
        {"op": "classifier", "args": [], "params": {"name": "sector"}},
        {"op": "member", "args": [], "params": {"name": "sector", "group": "a"}},
        {"op": "delisting", "args": [], "params": {"name": "close", "value": -0.3}},
        {"op": "feature", "args": [field], "params": {}},
    ):
        assert fields_read({**plain, "weights": other}) is None
