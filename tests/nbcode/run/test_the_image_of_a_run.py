"""An image has the environment of the lock, but for what its recipe leaves out; that is what the run allows it to be without."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from fakes.deployed import ROOT
from nbcode.run._pod import FOR_PEOPLE, image_problems

HERE = (("numpy", metadata.version("numpy")), ("debugpy", metadata.version("debugpy")))


def test_the_recipe_leaves_out_what_a_run_allows_and_no_more() -> None:
    recipe = (ROOT / "deploy" / "runner" / "Dockerfile").read_text(encoding="utf-8")
    (left_out, beside) = re.findall(r"pip uninstall --quiet --yes ([a-z ]+)", recipe)
    assert set(left_out.split()) == FOR_PEOPLE
    assert set(beside.split()) == {"setuptools", "pip"}


def test_an_image_of_the_lock_is_taken() -> None:
    assert image_problems(HERE) == ()


@pytest.mark.parametrize("name", sorted(FOR_PEOPLE))
def test_an_image_may_be_without_what_people_ask_a_kernel_for(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, name)
    assert image_problems((*HERE, (name, "1.0"))) == ()


def test_control_an_image_without_what_cells_compute_with_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    without(monkeypatch, "numpy")
    (found,) = image_problems(HERE)
    assert (found.code, found.message) == (
        "NBC-H14",
        f"the image of the run has another environment than the lock: numpy {HERE[0][1]} is nothing there",
    )


@pytest.mark.parametrize("name", ["numpy", "debugpy"])
def test_another_version_is_refused_whatever_it_is_for(name: str) -> None:
    (found,) = image_problems(((name, "0.0.1"),))
    assert f"{name} 0.0.1 is {metadata.version(name)} there" in found.message


def without(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    there = metadata.version

    def version(asked: str) -> str:
        if asked == name:
            raise metadata.PackageNotFoundError(asked)
        return there(asked)

    monkeypatch.setattr("nbcode.run._pod.metadata.version", version)
