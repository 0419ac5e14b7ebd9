"""What every registry keeps of a version whose bytes are removed: run on the fake and on MLflow."""

from __future__ import annotations

import dataclasses
import warnings
from pathlib import Path

import pytest

from contract.test_registry_contract import wanted
from nbcode.registry import Figures, RegistryError, local_folder
from nbcode.registry._mlflow import MlflowRegistry

AT = "2026-06-01T09:00:00Z"


@pytest.fixture
def two(registry, model, tmp_path):
    """An old version, and the candidate; both with a spec."""
    old = registry.register(dataclasses.replace(wanted(model, tmp_path / "a"), spec='{"a": 1}'))
    new = registry.register(dataclasses.replace(wanted(model, tmp_path / "b", spec="b"), spec='{"b": 1}'))
    return old, registry.set_candidate(new)


def test_what_is_in_use_is_told_with_the_reason(registry, model, two):
    told = registry.in_use()
    assert told[model, 2] == "under the alias candidate"
    assert (model, 1) not in told


def test_a_collected_version_keeps_record_figures_and_spec_and_has_no_bytes(registry, model, two, tmp_path):
    old, new = two
    collected = registry.collect(old, at=AT, by="quant")
    assert collected == dataclasses.replace(old, collected_at=AT, collected_by="quant")
    assert registry.versions(model) == (new, collected)
    assert registry.find(model, old.key) == collected
    (told,) = registry.registered(model, figures=Figures.ALL)
    assert [one.version for one in told.versions] == [new, collected]
    assert told.versions[1].figures == (("ic_mean", 0.02),)
    assert registry.fetch(collected, tmp_path / "into", only="spec.json").read_text() == '{"a": 1}'
    for only in ("", old.artifact_digest.hex):
        with pytest.raises(RegistryError, match="NBC-I47"):
            registry.fetch(collected, tmp_path / "into", only=only)
    registry.fetch(new, tmp_path / "into")


def test_collecting_again_changes_nothing(registry, model, two):
    once = registry.collect(two[0], at=AT, by="quant")
    assert registry.collect(once, at="2026-07-01T09:00:00Z", by="other") == once


def test_what_is_under_an_alias_is_not_collected(registry, model, two, tmp_path):
    with pytest.raises(RegistryError, match="NBC-I49"):
        registry.collect(two[1], at=AT, by="quant")
    assert registry.find(model, two[1].key).collected_at == ""
    registry.fetch(two[1], tmp_path / "into")


def test_registering_it_again_gives_it_its_bytes_back_under_its_number(registry, model, two, tmp_path):
    registry.collect(two[0], at=AT, by="quant")
    back = registry.register(dataclasses.replace(wanted(model, tmp_path / "a"), spec='{"a": 1}'))
    assert back == dataclasses.replace(two[0], collected_before=f"{AT} quant")
    assert registry.versions(model) == (two[1], back)
    found = registry.fetch(back, tmp_path / "into", only=back.artifact_digest.hex)
    assert (found / "report.html").read_text() == "<p>report</p>"


def test_other_bytes_are_not_given_back(registry, model, two, tmp_path):
    registry.collect(two[0], at=AT, by="quant")
    with pytest.raises(RegistryError, match="NBC-I05"):
        registry.register(wanted(model, tmp_path / "a", artifact="another"))
    assert registry.find(model, two[0].key).collected_at == AT


def test_in_mlflow_the_page_says_it_and_an_alias_of_any_name_protects(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    first = mlflow_registry.register(wanted("m_page", tmp_path / "a"))
    second = mlflow_registry.register(wanted("m_page", tmp_path / "b", spec="b"))
    client = mlflow_registry._client()
    client.set_registered_model_alias("m_page", "shadow", "1")
    with pytest.raises(RegistryError, match="under the alias shadow"):
        mlflow_registry.collect(first, at=AT, by="quant")
    before = client.get_model_version("m_page", "2").description
    mlflow_registry.collect(second, at=AT, by="quant")
    there = client.get_model_version("m_page", "2")
    assert (
        there.description
        == f"**Its files were removed at {AT} by quant**, to make room: `nbcode gc`.\n\n{before.partition('[The report]')[0].rstrip()}"
    )
    assert "[The report](#/experiments/" in before
    assert there.tags["nbcode.collected_by"] == "quant"
    later = dataclasses.replace(
        wanted("m_page", tmp_path / "b", spec="b"), rows=(("since version 9", "other data"),)
    )
    mlflow_registry.register(dataclasses.replace(later, registered_at="2026-07-01T09:00:00Z"))
    assert client.get_model_version("m_page", "2").description == before


def test_in_mlflow_files_that_were_spoilt_are_laid_out_anew_when_asked(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    made = mlflow_registry.register(wanted("m_spoilt", tmp_path / "a"))
    name = made.artifact_digest.hex
    there = local_folder(made.source) / name / "report.html"
    there.unlink()
    there.write_text("spoilt")
    mlflow_registry.register(wanted("m_spoilt", tmp_path / "a"))
    assert there.read_text() == "spoilt"
    again = mlflow_registry.register(dataclasses.replace(wanted("m_spoilt", tmp_path / "a"), again=True))
    assert (again, there.read_text()) == (made, "<p>report</p>")


def test_in_mlflow_the_page_of_an_adopted_model_names_its_owner(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    mlflow_registry.register(wanted("m_adopted", tmp_path / "a"))
    theirs = dataclasses.replace(wanted("m_adopted", tmp_path / "b", spec="b"), owner="others", adopt=True)
    mlflow_registry.register(theirs)
    page = mlflow_registry._client().get_registered_model("m_adopted").description
    assert "It belongs to others." in page
    assert "team" not in page


def test_a_version_that_was_copied_in_mlflow_is_not_collected(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    made = mlflow_registry.register(wanted("m_copied", tmp_path / "a"))
    mlflow_registry._client().copy_model_version("models:/m_copied/1", "m_copied_production")
    with pytest.raises(RegistryError, match="version 1 of m_copied_production has its files"):
        mlflow_registry.collect(made, at=AT, by="quant")


def test_a_version_that_was_registered_from_the_same_run_under_another_name_keeps_its_files(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    """The usual way before MLflow had copies: `mlflow.register_model` of the run's model."""
    made = mlflow_registry.register(wanted("m_rerun", tmp_path / "a"))
    client = mlflow_registry._client()
    run = client.get_model_version("m_rerun", "1").run_id
    client.create_registered_model("m_other")
    client.create_model_version("m_other", made.source, run)
    with pytest.raises(RegistryError, match="version 1 of m_other has its files"):
        mlflow_registry.collect(made, at=AT, by="quant")
    client.delete_model_version("m_other", "1")
    mlflow_registry.collect(made, at=AT, by="quant")


def test_a_version_in_a_stage_of_mlflow_is_not_collected(mlflow_registry: MlflowRegistry, tmp_path: Path):
    made = mlflow_registry.register(wanted("m_stage", tmp_path / "a"))
    client = mlflow_registry._client()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # MLflow's own, of stages
        client.transition_model_version_stage("m_stage", "1", "Production")
        with pytest.raises(RegistryError, match="in MLflow's stage Production"):
            mlflow_registry.collect(made, at=AT, by="quant")
        client.transition_model_version_stage("m_stage", "1", "Archived")
    mlflow_registry.collect(made, at=AT, by="quant")


def test_several_aliases_are_told_together(mlflow_registry: MlflowRegistry, tmp_path: Path):
    mlflow_registry.register(wanted("m_aliases", tmp_path / "a"))
    for name in ("production", "audit"):
        mlflow_registry._client().set_registered_model_alias("m_aliases", name, "1")
    assert mlflow_registry.in_use()["m_aliases", 1] == "under the alias audit, production"


def test_nothing_outside_of_the_registry_is_removed_whatever_a_source_says(
    mlflow_registry: MlflowRegistry, tmp_path: Path
):
    made = mlflow_registry.register(wanted("m_source", tmp_path / "a"))
    elsewhere = tmp_path / "mine" / "model"
    (elsewhere / "folder").mkdir(parents=True)
    mlflow_registry.collect(dataclasses.replace(made, source=elsewhere.as_uri()), at=AT, by="quant")
    assert (elsewhere / "folder").is_dir()
