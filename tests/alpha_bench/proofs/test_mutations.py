"""Each mistake that a framework like this could have is noticed by a proof: no mutant survives, and unchanged every proof passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutation.harness import Mutant, mutants_of, noticed, outcome, tried_alone

pytestmark = pytest.mark.long

LIST = Path(__file__).with_name("mutants.py")
MUTANTS = mutants_of(LIST)


def test_there_are_enough_mistakes_and_each_is_another() -> None:
    assert len({m.name for m in MUTANTS}) == len(MUTANTS) >= 12


def test_unchanged_every_proof_passes() -> None:
    """The control: what kills a mutant is the mistake, not the harness."""
    assert {k: v for k, v in outcome(LIST)["unchanged"].items() if v != "passes"} == {}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_mistake_is_noticed(mutant: Mutant) -> None:
    told = outcome(LIST)["mutants"][mutant.name]
    assert told != "passes", f"survived: {mutant.name}"
    assert noticed(mutant, told), told


def test_a_change_of_words_alone_survives() -> None:
    """The control: a mutant that changes nothing is not killed."""
    words = Mutant(
        name="words",
        module="alpha_bench.model_selection.walk_forward",
        old=r"Sessions dropped before each test block",
        new="Sessions left out before each test block",
        proof="alpha_bench/test_splits.py::test_the_folds_are_those_of_time_series_split",
        arguments=((1259, 12, 10, 5, 0),),
    )
    assert tried_alone(words, mistaken=True) == "passes"
