"""What the page beside a version says to whoever has the registry and nothing else."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from fakes.kept_models import kept
from nbcode.registry import Registration
from nbcode.registry._interface import interface_of
from nbcode.registry._readme import readme_of


@pytest.fixture
def wanted(tmp_path: Path) -> Registration:
    return kept(tmp_path)


def page(wanted: Registration) -> str:
    return readme_of(wanted, interface_of(wanted.artifact), "r1")


def test_it_loads_its_own_version_and_names_the_candidate_apart(wanted: Registration) -> None:
    read = page(wanted)
    assert 'mlflow.pyfunc.load_model("runs:/r1/model")  # this version' in read
    assert "whichever version that is: models:/small@candidate" in read


def test_a_model_of_rows_is_not_asked_by_prices(wanted: Registration) -> None:
    (wanted.artifact / "needs.json").unlink()
    read = page(wanted)
    assert "model.predict(rows)" in read
    assert "as_of" not in read


def test_functions_of_the_notebook_are_named_since_they_do_not_come_with_it(wanted: Registration) -> None:
    assert "functions of the notebook" not in page(wanted)
    saved = wanted.artifact / "model" / "model.json"
    described = json.loads(saved.read_text())
    described["definition"]["features"].append({"op": "feature", "params": {"name": "gap"}, "inputs": []})
    saved.chmod(0o644)
    saved.write_text(json.dumps(described))
    assert "Its features call functions of the notebook: `gap`." in page(wanted)


def test_whose_word_the_figures_are_is_told(wanted: Registration) -> None:
    stated = dataclasses.replace(wanted, judged="stated by the notebook")
    assert "Its figures are stated by the notebook." in page(stated)


def test_a_snapshot_in_no_repository_is_not_promised_to_be_in_one(wanted: Registration) -> None:
    read = page(dataclasses.replace(wanted, snapshot="1" * 40, notebook="n.py"))
    assert "where the project is in none, in `.nbcode/snapshots.git`" in read
