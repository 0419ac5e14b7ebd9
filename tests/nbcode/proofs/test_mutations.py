"""Each mistake that nbcode's rooms could have is noticed by a test: no mutant survives, and unchanged every test passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutation.harness import Mutant, mutants_of, noticed, outcome, tried_alone

pytestmark = pytest.mark.long

LISTS = sorted(Path(__file__).parent.glob("mutants_*.py"))
ROOMS = [path.stem.removeprefix("mutants_") for path in LISTS]
EACH = [(path, mutant) for path in LISTS for mutant in mutants_of(path)]


def test_every_room_that_decides_has_enough_mistakes_and_each_is_another() -> None:
    assert {"cells", "promotion", "registry", "run", "spec"} <= set(ROOMS)
    assert all(len(mutants_of(path)) >= 6 for path in LISTS)
    assert len({mutant.name for _, mutant in EACH}) == len(EACH)


@pytest.mark.parametrize("listed", LISTS, ids=ROOMS)
def test_unchanged_every_test_passes(listed: Path) -> None:
    """The control: what kills a mutant is the mistake, not the harness."""
    assert {k: v for k, v in outcome(listed)["unchanged"].items() if v != "passes"} == {}


@pytest.mark.parametrize(("listed", "mutant"), EACH, ids=[mutant.name for _, mutant in EACH])
def test_a_mistake_is_noticed(listed: Path, mutant: Mutant) -> None:
    told = outcome(listed)["mutants"][mutant.name]
    assert told != "passes", f"survived: {mutant.name}"
    assert noticed(mutant, told), told


def test_a_change_of_words_alone_survives() -> None:
    """The control: a mutant that changes nothing is not killed, where pytest runs the test."""
    words = Mutant(
        name="words",
        module="nbcode.promotion._sql.journal",
        old=r"Let go of the connections",
        new="Close the connections",
        proof="contract/test_journal_contract.py::test_only_who_saw_the_last_state_may_move_it[sqlite]",
    )
    assert tried_alone(words, mistaken=True) == "passes"


def test_a_test_that_is_not_there_kills_nothing() -> None:
    nowhere = Mutant(
        name="nowhere",
        module="nbcode.promotion._sql.journal",
        old=r"Let go of the connections",
        new="Close the connections",
        proof="contract/test_journal_contract.py::test_only_who_saw_the_last_state_may_move_it[nowhere]",
    )
    told = tried_alone(nowhere, mistaken=True)
    assert told == "could not be tried: no such test"
    assert not noticed(nowhere, told)
