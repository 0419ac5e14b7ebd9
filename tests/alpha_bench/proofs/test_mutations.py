"""Each mistake that a framework like this could have is noticed by a proof: no mutant survives, and unchanged every proof passes."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

HARNESS = Path(__file__).with_name("mutants.py")


def harness() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mutants", HARNESS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module
    spec.loader.exec_module(module)
    return module


MUTANTS = harness().MUTANTS


@cache
def outcome() -> dict[str, dict[str, str]]:
    """Every mutant tried, in a process of its own."""
    done = subprocess.run(
        [sys.executable, str(HARNESS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, dict[str, str]] = json.loads(done.stdout.splitlines()[-1])
    return told


def test_there_are_enough_mistakes_and_each_is_another() -> None:
    assert len({m.name for m in MUTANTS}) == len(MUTANTS) >= 12


def test_unchanged_every_proof_passes() -> None:
    """The control: what kills a mutant is the mistake, not the harness."""
    assert {k: v for k, v in outcome()["unchanged"].items() if v != "passes"} == {}


@pytest.mark.parametrize("name", [m.name for m in MUTANTS])
def test_a_mistake_is_noticed(name: str) -> None:
    told = outcome()["mutants"][name]
    assert told != "passes", f"survived: {name}"
    assert told.startswith(("AssertionError", "Failed", "AlphaBenchError")), (
        told
    )  # not for a slip of the mutant's own


def test_a_change_of_words_alone_survives() -> None:
    """The control: a mutant that changes nothing is not killed."""
    module = harness()
    words = module.Mutant(
        name="words",
        module="alpha_bench.model_selection.walk_forward",
        old=r"Sessions dropped before each test block",
        new="Sessions left out before each test block",
        proof=module.SPLITS,
        arguments=((1259, 12, 10, 5, 0),),
    )
    assert module._in_a_child(words, mistaken=True) == "passes"
