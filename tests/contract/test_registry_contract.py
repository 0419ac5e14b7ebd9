"""What every registry keeps: run on the fake and on MLflow."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from nbcode.primitives import Exit, digest_bytes
from nbcode.registry import FRAMEWORK, NOTEBOOK, Figures, Registration, Registry, RegistryError


def wanted(model: str, directory: Path, spec: str = "spec", artifact: str = "artifact") -> Registration:
    directory.mkdir(exist_ok=True)
    (directory / "pictures").mkdir(exist_ok=True)
    (directory / "pictures" / "ic.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (directory / "report.html").write_text("<p>report</p>")
    return Registration(
        model=model,
        key=digest_bytes((model + spec).encode()),
        spec_digest=digest_bytes(spec.encode()),
        definition_digest=digest_bytes(b"definition"),
        artifact_digest=digest_bytes(artifact.encode()),
        artifact=directory,
        registered_at="2026-01-05T09:00:00Z",
        registered_by="quant",
        notebook="a/notebook.ipynb",
        snapshot="1" * 40,
        owner="team",
        parameters=(("estimator", "Ridge"),),
        metrics=(("ic_mean", 0.02),),
    )


def test_an_unknown_model_has_no_version(registry, model):
    assert registry.versions(model) == ()
    assert registry.find(model, digest_bytes(b"x")) is None
    assert registry.candidate(model) is None


def test_registering_twice_is_one_version(registry, model, tmp_path):
    first = registry.register(wanted(model, tmp_path / "a"))
    second = registry.register(wanted(model, tmp_path / "a"))
    assert first == second
    assert registry.versions(model) == (first,)
    assert registry.find(model, first.key) == first
    assert first.version == 1
    assert (first.snapshot, first.registered_by) == ("1" * 40, "quant")
    assert model in registry.models()


def test_a_version_tells_owner_definition_path_and_line(registry, model, tmp_path):
    plain = registry.register(wanted(model, tmp_path / "a"))
    refit = dataclasses.replace(wanted(model, tmp_path / "a", spec="newer data"), path=FRAMEWORK, line="1.1")
    made = registry.register(refit)
    assert [(v.owner, v.definition_digest, v.path, v.line) for v in (plain, made)] == [
        ("team", digest_bytes(b"definition"), NOTEBOOK, ""),
        ("team", digest_bytes(b"definition"), FRAMEWORK, "1.1"),
    ]
    assert registry.versions(model) == (made, plain)


def test_what_lies_with_a_version_is_given_back(registry, model, tmp_path):
    made = registry.register(dataclasses.replace(wanted(model, tmp_path / "a"), spec='{"a": 1}'))
    found = registry.fetch(made, tmp_path / "into", only="spec.json")
    assert found.read_text() == '{"a": 1}'
    assert [one.name for one in (tmp_path / "into").iterdir()] == ["spec.json"]
    artifact = registry.fetch(made, tmp_path / "into", only=made.artifact_digest.hex)
    assert artifact == tmp_path / "into" / made.artifact_digest.hex
    assert (artifact / "report.html").read_text() == "<p>report</p>"
    with pytest.raises(RegistryError, match="NBC-I47"):
        registry.fetch(made, tmp_path / "into", only="nothing.json")


def test_figures_and_parameters_of_any_name_are_registered(registry, model, tmp_path):
    odd = ("Hit rate %", "IC (5d)", "('mean', 'AAA')", "a//b", "")
    said = dataclasses.replace(
        wanted(model, tmp_path / "a"),
        metrics=tuple((name, 0.5) for name in odd),
        parameters=tuple((f"report.{name}", name) for name in odd),
    )
    assert registry.register(said) == registry.register(said)


def test_an_artifact_is_downloaded_as_it_was_registered(registry, model, tmp_path):
    (tmp_path / "a" / "model").mkdir(parents=True)
    (tmp_path / "a" / "model" / "model.json").write_text("{}")
    made = registry.register(wanted(model, tmp_path / "a"))
    found = registry.fetch(made, tmp_path / "into", only=made.artifact_digest.hex)
    assert found == tmp_path / "into" / made.artifact_digest.hex
    assert sorted(p.relative_to(found).as_posix() for p in found.rglob("*") if p.is_file()) == [
        "model/model.json",
        "pictures/ic.svg",
        "report.html",
    ]
    assert (found / "model" / "model.json").read_text() == "{}"


def test_registering_does_not_make_a_candidate(registry, model, tmp_path):
    assert registry.register(wanted(model, tmp_path / "a")).alias is None
    assert registry.candidate(model) is None


def test_the_candidate_is_the_version_it_was_set_to(registry, model, tmp_path):
    first = registry.register(wanted(model, tmp_path / "a"))
    second = registry.register(wanted(model, tmp_path / "a", spec="other"))
    assert registry.set_candidate(second).alias == "candidate"
    assert registry.set_candidate(second) == registry.find(model, second.key)
    assert registry.candidate(model) == 2
    assert [v.alias for v in registry.versions(model)] == ["candidate", None]
    registry.set_candidate(first)
    assert registry.candidate(model) == 1


def test_another_artifact_of_the_same_spec_is_refused(registry, model, tmp_path):
    """I05: irreproducible."""
    registry.register(wanted(model, tmp_path / "a"))
    with pytest.raises(RegistryError, match=r"NBC-I05 .*the same spec gave another artifact"):
        registry.register(dataclasses.replace(wanted(model, tmp_path / "a", artifact="b")))
    assert len(registry.versions(model)) == 1


def test_a_model_of_another_owner_is_not_taken_over(registry, model, tmp_path):
    """I24: nothing of theirs moves, and nothing is left there."""
    theirs = registry.set_candidate(registry.register(wanted(model, tmp_path / "a")))
    ours = dataclasses.replace(wanted(model, tmp_path / "a", spec="other"), owner="another-team")
    with pytest.raises(
        RegistryError, match=rf"NBC-I24 the registered model {model} is somebody else's"
    ) as caught:
        registry.register(ours)
    assert caught.value.exit_code == Exit.SAFETY
    assert registry.versions(model) == (theirs,)
    assert registry.candidate(model) == theirs.version


def test_whose_a_model_is_is_told_without_registering_anything(registry, model, tmp_path):
    assert registry.owner_of(model) is None
    registry.register(wanted(model, tmp_path / "a"))
    assert registry.owner_of(model) == "team"


def test_a_model_is_adopted_when_that_is_asked_for_and_the_version_says_from_whom(registry, model, tmp_path):
    registry.register(wanted(model, tmp_path / "a"))
    ours = dataclasses.replace(wanted(model, tmp_path / "a", spec="other"), owner="another-team", adopt=True)
    adopted = registry.register(ours)
    assert (adopted.version, adopted.adopted_from) == (2, "team")
    assert registry.register(ours) == adopted
    with pytest.raises(RegistryError, match="NBC-I24"):
        registry.register(wanted(model, tmp_path / "a", spec="third"))
    again = registry.register(dataclasses.replace(ours, key=digest_bytes((model + "4").encode())))
    assert again.adopted_from is None, "it is theirs now: nothing more is taken over"


def told_of(registry: Registry, model: str, figures: Figures = Figures.ALL):
    (found,) = registry.registered(model, figures=figures)
    assert found in registry.registered(figures=figures)
    return found


def test_what_is_registered_is_told_with_owner_candidate_and_figures(registry, model, tmp_path):
    said = dataclasses.replace(
        wanted(model, tmp_path / "a"),
        path="framework",
        line="1.2",
        look_ahead="none found",
        judged="computed outside the notebook",
        trials="3 variants were looked at",
        findings=("NBC-E23 `z` knew the future", "NBC-P02 few names"),
        metrics=(("ic_mean", 0.02), ("sharpe.cost_10bps", 1.25)),
    )
    version = registry.set_candidate(registry.register(said))
    found = told_of(registry, model)
    assert (found.model, found.owner, found.candidate) == (model, "team", 1)
    (one,) = found.versions
    assert one.version == version
    assert (one.version.path, one.version.line, one.version.owner) == ("framework", "1.2", "team")
    assert one.figures == (("ic_mean", 0.02), ("sharpe.cost_10bps", 1.25))
    assert (one.look_ahead, one.judged) == ("none found", "computed outside the notebook")
    assert (one.trials, one.findings) == (said.trials, said.findings)
    assert found.adopted_from == ""


def test_figures_come_of_the_versions_that_they_are_asked_of(registry, model, tmp_path):
    first = registry.register(wanted(model, tmp_path / "a"))
    second = registry.register(wanted(model, tmp_path / "a", spec="other"))
    with_figures = {
        figures: [one.version.version for one in told_of(registry, model, figures).versions if one.figures]
        for figures in Figures
    }
    assert with_figures == {Figures.NONE: [], Figures.SHOWN: [second.version], Figures.ALL: [2, 1]}
    registry.set_candidate(first)
    shown = told_of(registry, model, Figures.SHOWN)
    assert (shown.shown.version.version, shown.candidate) == (1, 1)
    assert [one.version.version for one in shown.versions if one.figures] == [1]


def test_a_model_that_was_adopted_says_from_whom_by_whom_and_when(registry, model, tmp_path):
    registry.register(wanted(model, tmp_path / "a"))
    ours = dataclasses.replace(
        wanted(model, tmp_path / "a", spec="other"),
        owner="another-team",
        adopt=True,
        registered_by="bob",
        registered_at="2026-02-05T09:00:00Z",
    )
    registry.register(ours)
    found = told_of(registry, model, Figures.NONE)
    assert found.owner == "another-team"
    assert (found.adopted_from, found.adopted_by, found.adopted_at) == ("team", "bob", "2026-02-05T09:00:00Z")
    assert [one.version.adopted_from for one in found.versions] == ["team", None]


def test_an_unknown_model_is_not_registered(registry, model):
    assert registry.registered(model) == ()
    assert registry.registered("it's none") == ()
