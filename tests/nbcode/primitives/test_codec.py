"""One codec: what is written comes back, and whatever else is refused with its path."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcode.primitives import (
    Diagnostic,
    Digest,
    Fix,
    MetadataEdit,
    Place,
    Related,
    Severity,
    TextEdit,
    digest_bytes,
    from_plain,
    to_plain,
)

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inner:
    name: str
    pair: tuple[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outer:
    inner: tuple[Inner, ...]
    by_name: Mapping[str, Inner]
    ratio: float
    exact: bool
    kind: Literal["a", "b"] | None
    digest: Digest
    severity: Severity


INNER = st.builds(Inner, name=st.text(), pair=st.tuples(st.text(), st.integers()))
OUTER = st.builds(
    Outer,
    inner=st.lists(INNER, max_size=3).map(tuple),
    by_name=st.dictionaries(st.text(), INNER, max_size=3),
    ratio=st.floats(allow_nan=False, allow_infinity=False),
    exact=st.booleans(),
    kind=st.sampled_from(["a", "b", None]),
    digest=st.binary().map(digest_bytes),
    severity=st.sampled_from(Severity),
)
COUNT = st.none() | st.integers(1, 10**6)
TEXT = st.text(max_size=20)
PLACE = st.builds(
    Place,
    path=st.none() | TEXT,
    cell=COUNT,
    tag=st.none() | TEXT,
    line=COUNT,
    column=COUNT,
    end_line=COUNT,
    end_column=COUNT,
    file_line=COUNT,
)
POSITION = st.integers(1, 1000)
EDIT = st.builds(
    TextEdit, cell=POSITION, line=POSITION, column=POSITION, end_line=POSITION, end_column=POSITION, text=TEXT
)
METADATA = st.builds(
    MetadataEdit, cell=POSITION, key=st.sampled_from(["tags", "title"]), old=TEXT, new=st.none() | TEXT
)
FIX = st.builds(
    Fix,
    title=TEXT,
    edits=st.lists(EDIT, max_size=2).map(tuple),
    metadata=st.lists(METADATA, max_size=2).map(tuple),
)
DIAGNOSTIC = st.builds(
    Diagnostic,
    code=TEXT,
    message=TEXT,
    cause=TEXT,
    fixes=st.lists(FIX, max_size=3).map(tuple),
    severity=st.sampled_from(Severity),
    place=st.none() | PLACE.filter(lambda p: p != Place()),
    related=st.lists(st.builds(Related, message=TEXT, place=PLACE), max_size=2).map(tuple),
)


@given(OUTER)
def test_a_value_comes_back_from_its_plain_form(value: Outer):
    assert from_plain(Outer, json.loads(json.dumps(to_plain(value))), "it") == value


@given(DIAGNOSTIC)
def test_a_diagnostic_comes_back_from_json_with_every_edit(value: Diagnostic):
    assert Diagnostic.from_json(json.loads(json.dumps(value.to_json()))) == value


def test_a_text_among_the_fixes_is_a_fix_without_edits():
    found = Diagnostic(code="NBC-A01", message="m", fixes=("do it",))
    assert found.fixes == (Fix(title="do it"),)
    assert found.to_json()["fixes"] == ["do it"]
    assert found.to_json()["actions"] == []


def test_what_earlier_versions_wrote_is_read():
    old = {**Diagnostic(code="NBC-A01", message="m", fixes=("do it",)).to_json()}
    del old["actions"]
    old["related"] = [{"message": "there", "cell": 2, "line": 3, "path": None}]
    read = Diagnostic.from_json(old)
    assert read.fix_titles == ("do it",)
    assert read.related == (Related(message="there", place=Place(cell=2, line=3)),)


VALUE = Outer(
    inner=(Inner(name="n", pair=("a", 1)),),
    by_name={"k": Inner(name="n", pair=("a", 1))},
    ratio=1.5,
    exact=True,
    kind="a",
    digest=digest_bytes(b""),
    severity=Severity.NOTE,
)
WRONG = {
    "a field too many": ({"more": 1}, r"it: missing \[\], unknown \['more'\]"),
    "text for a number": ({"ratio": "1.5"}, r"it.ratio: expected a number"),
    "a truth value for a number": ({"ratio": True}, r"it.ratio: expected a number"),
    "a number for a truth value": ({"exact": 1}, r"it.exact: expected true or false"),
    "another word": ({"kind": "c"}, r"it.kind: expected 'a' or 'b'"),
    "deep inside": (
        {"inner": [{"name": "n", "pair": ["a", "1"]}]},
        r"it.inner\[0\].pair\[1\]: expected an int",
    ),
    "a pair of three": (
        {"inner": [{"name": "n", "pair": ["a", 1, 2]}]},
        r"it.inner\[0\].pair: expected a list",
    ),
    "in a mapping": ({"by_name": {"k": 3}}, r"it.by_name.k: expected an object"),
    "no digest": ({"digest": "sha256:0"}, r"it.digest: expected sha256"),
    "no severity": ({"severity": "fatal"}, r"it.severity: "),
}


@pytest.mark.parametrize("name", WRONG)
def test_anything_else_is_refused_with_its_path(name: str):
    change, says = WRONG[name]
    plain = to_plain(VALUE)
    assert isinstance(plain, dict)
    assert from_plain(Outer, plain, "it") == VALUE
    with pytest.raises(ValueError, match=says):
        from_plain(Outer, {**plain, **change}, "it")


@dataclass(frozen=True, kw_only=True, slots=True)
class Versioned:
    schema_version: Literal[1]


@pytest.mark.parametrize("other", [True, 1.0, "1", 2, None, [1]])
def test_a_literal_is_met_by_its_own_type_alone(other: object):
    assert from_plain(Versioned, {"schema_version": 1}, "it") == Versioned(schema_version=1)
    with pytest.raises(ValueError, match=r"it.schema_version: expected 1, got "):
        from_plain(Versioned, {"schema_version": other}, "it")


def test_a_field_that_is_missing_is_named():
    plain = to_plain(VALUE)
    assert isinstance(plain, dict)
    with pytest.raises(ValueError, match=r"it: missing \['ratio'\], unknown \[\]"):
        from_plain(Outer, {k: v for k, v in plain.items() if k != "ratio"}, "it")


def test_an_action_for_a_fix_that_is_not_there_is_refused():
    plain = Diagnostic(code="NBC-A01", message="m", fixes=("do it",)).to_json()
    action = {"fix": 1, "title": "x", "edits": [], "metadata": []}
    with pytest.raises(ValueError, match="an action of no fix"):
        Diagnostic.from_json({**plain, "actions": [action]})


@given(DIAGNOSTIC)
def test_every_diagnostic_is_what_the_published_schema_says(value: Diagnostic):
    published = json.loads((ROOT / "schema" / "diagnostic.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(value.to_json())), published)
