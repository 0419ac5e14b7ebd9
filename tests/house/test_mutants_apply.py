"""Each mutant changes the source that it names, and the test that must notice it is there: known without trying any of them."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from mutation.harness import Mutant, changed, mutants_of

TESTS = Path(__file__).parents[1]
LISTS = sorted(TESTS.glob("*/proofs/mutants*.py"))
EACH = [(listed, mutant) for listed in LISTS for mutant in mutants_of(listed)]


def without_effect(mutant: Mutant) -> str:
    """Why ``mutant`` proves nothing; empty where it does."""
    found = find_spec(mutant.module)
    if found is None or found.origin is None:
        return f"there is no module {mutant.module}"
    try:
        changed(Path(found.origin).read_text("utf-8"), mutant)
    except LookupError as error:
        return str(error)
    file, _, test = mutant.proof.partition("::")
    path = TESTS / file
    there = path.exists() and f"def {test.partition('[')[0]}(" in path.read_text("utf-8")
    return "" if there else f"there is no test {mutant.proof}"


def test_every_mutant_applies_and_has_its_proof() -> None:
    assert {f"{listed.name}: {m.name}": why for listed, m in EACH if (why := without_effect(m))} == {}
    assert len(EACH) > 100


@pytest.mark.parametrize(
    ("stale", "why"),
    [
        ({"old": r"no such line"}, "matches 0 times"),
        ({"proof": "house/test_mutants_apply.py::test_that_is_gone"}, "no test house/"),
    ],
)
def test_a_stale_mutant_is_seen(stale: dict[str, str], why: str) -> None:
    assert why in without_effect(replace(EACH[0][1], **stale))
