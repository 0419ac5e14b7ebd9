"""The first law of digests: an edit that changes no meaning keeps the spec digest. A quarter of the edits; all of them with
ALPHA_BENCH_LONG=1 (`make proofs`). docs/reference/digest-laws.md is the table."""

from __future__ import annotations

import os
from functools import cache

import pytest

from digest_laws import no_op
from digest_laws.corpus import NAMES, original
from digest_laws.identity import identity, read
from digest_laws.page import PAGE, kept, read_rows

KINDS = no_op.kinds()
ENOUGH = 702


@cache
def cases(group: str, kind: str) -> list[no_op.Case]:
    """The edits of one kind: of every fourth notebook, beginning with another one for each kind, where that gives any."""
    give = KINDS[group, kind]
    first = list(KINDS).index((group, kind)) % 4
    names = NAMES if os.environ.get("ALPHA_BENCH_LONG") else NAMES[first::4]
    return list(give(names)) or list(give(NAMES))


@pytest.mark.parametrize(("group", "kind"), KINDS, ids=[": ".join(one) for one in KINDS])
def test_an_edit_that_changes_no_meaning_keeps_the_digest(group: str, kind: str) -> None:
    found = cases(group, kind)
    assert found
    assert [
        c.notebook
        for c in found
        if not kept(identity(original(c.notebook), "n.ipynb"), identity(c.file[1], c.file[0]))
    ] == []
    assert [c.notebook for c in found if c.same_tree is False] == []
    edits, held = read_rows(PAGE.read_text("utf-8"))[0][group, kind]
    assert held == edits >= len(found)
    assert edits == len(found) or not os.environ.get("ALPHA_BENCH_LONG")


def test_the_page_has_every_kind_and_enough_edits() -> None:
    first = read_rows(PAGE.read_text("utf-8"))[0]
    assert list(first) == list(KINDS)
    assert sum(edits for edits, _ in first.values()) > 4 * ENOUGH  # a quarter of them is run each time


def sources(data: bytes, name: str, group: str) -> list[str]:
    """What a digest of text would be taken over: the cells that an edit of ``group`` is about, as written."""
    notebook, _, _ = read(data, name)
    assert notebook is not None
    if group == "what is left behind":
        return [cell.source for cell in notebook.cells]
    return [
        cell.source for cell in notebook.cells if (cell.tag == "meta") == (group == "[meta]") and cell.tag
    ]


OF_CELLS = [one for one in KINDS if one[0] not in {"the file", "the carrier"}]


@pytest.mark.parametrize(("group", "kind"), OF_CELLS, ids=[": ".join(one) for one in OF_CELLS])
def test_a_digest_of_the_text_would_not_keep_it(group: str, kind: str) -> None:
    """The control: each edit of cells is one of the very text that the law is about."""
    for case in cases(group, kind):
        assert sources(case.file[1], case.file[0], group) != sources(
            original(case.notebook), "n.ipynb", group
        )


@pytest.mark.parametrize("name", NAMES)
def test_no_notebook_is_refused_before_it_is_edited(name: str) -> None:
    told = identity(original(name), "n.ipynb")
    assert told.refused == ()
    assert told.digest is not None


def test_notebooks_have_digests_of_their_own() -> None:
    """The control: what is held still around a notebook is not all of its identity."""
    assert len({identity(original(name), "n.ipynb").digest for name in NAMES}) == len(NAMES)
