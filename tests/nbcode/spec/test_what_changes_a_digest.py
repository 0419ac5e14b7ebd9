"""The second law of digests: an edit that changes the meaning changes the spec digest. docs/reference/digest-laws.md is the table."""

from __future__ import annotations

import ast
import copy
from functools import cache
from importlib.metadata import version

import pytest

from alpha_bench.describe import canonical_code
from digest_laws import real
from digest_laws.corpus import NAMES, original
from digest_laws.fields import Field, hiding, occurring
from digest_laws.identity import identity
from digest_laws.page import PAGE, TOOLS, changed, read_rows

pytestmark = pytest.mark.long

KINDS = real.kinds()
ENOUGH = 1_696


@cache
def cases(group: str, kind: str) -> tuple[real.Case, ...]:
    return tuple(KINDS[group, kind](NAMES))


@pytest.mark.parametrize(("group", "kind"), KINDS, ids=[": ".join(one) for one in KINDS])
def test_an_edit_that_changes_the_meaning_changes_the_digest(group: str, kind: str) -> None:
    found = cases(group, kind)
    assert found
    told = [
        (c.notebook, identity(original(c.notebook), "n.ipynb"), identity(c.file[1], c.file[0])) for c in found
    ]
    assert [name for name, before, after in told if not changed(before, after)] == []
    assert read_rows(PAGE.read_text("utf-8"))[1][group, kind] == (len(found), len(found))


def test_the_page_has_every_kind_enough_edits_and_the_versions_that_are_installed() -> None:
    page = PAGE.read_text("utf-8")
    second = read_rows(page)[1]
    assert list(second) == list(KINDS)
    assert sum(edits for edits, _ in second.values()) >= ENOUGH
    for tool in TOOLS:
        assert f"| {tool} | {version(tool)} |" in page


@pytest.mark.parametrize("name", NAMES)
def test_no_two_edits_of_a_notebook_have_one_digest(name: str) -> None:
    files = {case.file for one in KINDS for case in cases(*one) if case.notebook == name}
    assert len({identity(data, called).digest for called, data in files}) == len(files)


# -- the control: a digest that left something out would be noticed -------------------------------------------------


@cache
def alone() -> list[tuple[str, tuple[ast.Module, ast.Module], set[Field]]]:
    """Of every edit of code: its kind, its trees, and the fields that are all it changes."""
    code = [case for one in KINDS if one[0] == "code" for case in cases(*one)]
    return [(case.kind, case.trees, hiding(*case.trees)) for case in code if case.trees]


def test_every_field_of_the_syntax_trees_is_all_that_some_edit_changes() -> None:
    there = {field for name in NAMES for _, tree in real.cells(name) for field in occurring(tree)}
    assert len(there) > 100
    assert there <= set().union(*(fields for _, _, fields in alone()))


def test_without_a_kind_of_edit_a_field_would_go_unnoticed() -> None:
    others = [fields for kind, _, fields in alone() if kind not in {"a sign", "a condition turned"}]
    assert ("UnaryOp", "op") not in set().union(*others)


BLIND: list[Field] = [
    ("BinOp", "op"),
    ("keyword", "arg"),
    ("Constant", "value"),
    ("FunctionDef", "decorator_list"),
    ("Slice", "upper"),
]


@pytest.mark.parametrize("field", BLIND, ids=".".join)
def test_a_digest_that_left_a_field_out_would_not_notice_the_edits_that_change_it_alone(field: Field) -> None:
    found = [trees for _, trees, fields in alone() if field in fields]
    assert found
    for before, after in found[:5]:
        assert canonical_code(before) != canonical_code(after)
        assert canonical_code(without(before, field)) == canonical_code(without(after, field))


def without(tree: ast.Module, field: Field) -> ast.Module:
    blind = copy.deepcopy(tree)
    for node in ast.walk(blind):
        if type(node).__name__ == field[0]:
            setattr(node, field[1], None)
    return blind
