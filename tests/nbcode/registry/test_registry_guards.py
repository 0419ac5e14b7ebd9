"""What the registry must not take for its own, must not believe, and must not give up too early."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import pytest

from alpha_bench.describe import SavedModelError
from fakes.clocks import ticking
from nbcode.artifact import ArtifactStore, Provenance, place_shared
from nbcode.primitives import digest_bytes
from nbcode.promotion._lease import FileLeases
from nbcode.registry import Registration, RegistryError
from nbcode.registry._mlflow import MlflowRegistry, _copied, _ours, _quietly
from nbcode.registry._sqlite_read import KNOWN_REVISIONS, read_versions
from nbcode.registry._staging import lay_out, staged
from nbcode.registry.registered import TAG
from nbcode.run.manifest import list_files
from nbcode_runtime.pyfunc import _load_pyfunc

KEY, SPEC, ARTIFACT = (str(digest_bytes(name)) for name in (b"key", b"spec", b"artifact"))
OURS = {
    "key": KEY,
    "spec_digest": SPEC,
    "artifact_digest": ARTIFACT,
    "registered_at": "2026-01-05T09:00:00Z",
    "registered_by": "quant",
}


def database(path: Path, *, revision: str = next(iter(KNOWN_REVISIONS))) -> sqlite3.Connection:
    """The tables that a glance reads, as MLflow 3.17 has them."""
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE alembic_version (version_num);"
        "CREATE TABLE model_versions (name, version, workspace, source, current_stage);"
        "CREATE TABLE model_version_tags (name, version, workspace, key, value);"
        "CREATE TABLE registered_model_aliases (name, alias, version, workspace);"
    )
    connection.execute("INSERT INTO alembic_version VALUES (?)", (revision,))
    return connection


def add(connection: sqlite3.Connection, version: int, tags: dict[str, str], stage: str = "None") -> None:
    connection.execute(
        "INSERT INTO model_versions VALUES ('m', ?, 'default', 'file:///a', ?)", (version, stage)
    )
    for name, value in tags.items():
        connection.execute(
            "INSERT INTO model_version_tags VALUES ('m', ?, 'default', ?, ?)", (version, TAG + name, value)
        )
    connection.commit()


def numbers(path: Path) -> list[int] | None:
    seen = read_versions(path, "m")
    return None if seen is None else [v.version for v in seen]


def test_a_glance_sees_newest_first_and_not_what_was_deleted(tmp_path):
    with contextlib.closing(database(tmp_path / "m.db")) as connection:
        for version in (1, 2, 10):
            add(connection, version, OURS)
        assert numbers(tmp_path / "m.db") == [10, 2, 1]
        add(connection, 11, OURS, stage="Deleted_Internal")
        assert numbers(tmp_path / "m.db") == [10, 2, 1]


def test_a_glance_leaves_out_what_others_registered_though_it_has_a_tag_that_looks_like_ours(tmp_path):
    with contextlib.closing(database(tmp_path / "m.db")) as connection:
        add(connection, 1, OURS)
        add(connection, 2, {"note": "by hand"})
        assert numbers(tmp_path / "m.db") == [1]


def test_a_glance_at_a_schema_that_is_not_known_sees_nothing_though_the_tables_look_alike(tmp_path):
    with contextlib.closing(database(tmp_path / "m.db", revision="ffffffffffff")) as connection:
        add(connection, 1, OURS)
        assert numbers(tmp_path / "m.db") is None


def test_a_glance_knows_the_candidate_by_its_own_alias_alone(tmp_path):
    with contextlib.closing(database(tmp_path / "m.db")) as connection:
        for version in (1, 2):
            add(connection, version, OURS)
        connection.execute("INSERT INTO registered_model_aliases VALUES ('m', 'production', 2, 'default')")
        connection.execute("INSERT INTO registered_model_aliases VALUES ('m', 'candidate', 1, 'default')")
        connection.commit()
        assert [(v.version, v.alias) for v in read_versions(tmp_path / "m.db", "m") or ()] == [
            (2, None),
            (1, "candidate"),
        ]


def test_a_version_without_our_key_is_nobody_of_ours():
    theirs = SimpleNamespace(tags={"nbcode.note": "by hand", "key": KEY})
    assert not _ours(theirs)
    assert _ours(SimpleNamespace(tags={"nbcode.key": KEY}))


def artifact(directory: Path) -> tuple[ArtifactStore, Registration]:
    out = directory / "out"
    (out / "model").mkdir(parents=True)
    (out / "model" / "weights.json").write_text('{"slope": 2}')
    (out / "report.html").write_text("<p>the report</p>")
    provenance = Provenance(
        model_id="m",
        spec_digest=digest_bytes(b"spec"),
        definition_digest=None,
        environment_digest=None,
        platform_key="linux",
        pins=(),
    )
    store = ArtifactStore(directory / "artifacts")
    stored = store.put(out, list_files(out), provenance)
    wanted = Registration(
        model="m",
        key=digest_bytes(b"key"),
        spec_digest=digest_bytes(b"spec"),
        definition_digest=digest_bytes(b"definition"),
        artifact_digest=stored.digest,
        artifact=stored.path,
        registered_at="2026-01-05T09:00:00.250Z",
        registered_by="quant",
    )
    return store, wanted


def test_what_a_dead_predecessor_staged_is_not_logged_and_nothing_stays_staged(tmp_path):
    _, wanted = artifact(tmp_path)
    place = tmp_path / "staging" / "key"
    (place / "model").mkdir(parents=True)
    (place / "model" / "left.pkl").write_bytes(b"old")
    with staged(place, wanted, "run") as files:
        names = {p.name for p in files.rglob("*") if p.is_file()}
        assert {"MLmodel", "weights.json", "report.html"} <= names
        assert "left.pkl" not in names
    assert not place.parent.exists()


def test_the_notebook_of_a_run_is_not_written_into_the_artifact_by_its_other_name(tmp_path):
    _, wanted = artifact(tmp_path)
    kept = wanted.artifact / "executed.ipynb"
    kept.write_bytes(b"of the artifact")
    (tmp_path / "run.ipynb").write_bytes(b"of the run")
    more = dataclasses.replace(wanted, executed=tmp_path / "run.ipynb")
    lay_out(tmp_path / "laid out", more, "run", place=place_shared)
    assert (tmp_path / "laid out" / "executed.ipynb").read_bytes() == b"of the run"
    assert kept.read_bytes() == b"of the artifact"


def test_a_model_whose_bytes_are_not_those_of_its_name_is_not_loaded(tmp_path):
    """I06, before anything of it is read as a model."""
    _, wanted = artifact(tmp_path)
    weights = wanted.artifact / "model" / "weights.json"
    weights.chmod(0o644)
    weights.write_text('{"slope": 3}')
    with pytest.raises(SavedModelError, match=r"^I06 .*weights.json has other bytes"):
        _load_pyfunc(str(wanted.artifact))


def test_a_kept_empty_database_that_is_torn_is_not_used(tmp_path):
    kept, copy = tmp_path / "kept.db", tmp_path / "copy.db"
    with contextlib.closing(sqlite3.connect(kept)) as connection:
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("y" * 500,) for _ in range(100)])
        connection.commit()
    assert _copied(kept, copy)
    with kept.open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\\xff" * 4096)
    assert not _copied(kept, copy)
    assert not copy.exists()


def patient(directory: Path, wait_s: float) -> MlflowRegistry:
    registry = MlflowRegistry(
        directory / "registry", exclusive=FileLeases(directory / "locks", ticking()), wait_s=wait_s
    )
    registry._opened = object()
    return registry


def test_a_lock_that_goes_away_is_waited_for(tmp_path):
    tries = []

    def work(client: object) -> int:
        tries.append(client)
        if len(tries) < 3:
            raise OSError("(sqlite3.OperationalError) database is locked")
        return len(tries)

    assert patient(tmp_path, 300.0)._patiently(work) == 3


def test_what_is_no_lock_is_not_tried_again_and_a_lock_not_for_ever(tmp_path):
    tries = []

    def broken(client: object) -> None:
        tries.append(client)
        if len(tries) > 1:
            pytest.fail("tried again")
        raise OSError("the disk is gone")

    with pytest.raises(RegistryError, match=r"NBC-I16 .*the disk is gone"):
        patient(tmp_path, 300.0)._patiently(broken)

    def locked(client: object) -> None:
        raise OSError("database is locked")

    with pytest.raises(RegistryError, match=r"NBC-I01 .*is locked for more than 0 s"):
        patient(tmp_path, 0.0)._patiently(locked)


def test_what_predicting_needs_is_beside_the_model_and_mlflow_reads_it(tmp_path):
    with _quietly():
        import mlflow.pyfunc
        from mlflow.models import Model

    _, wanted = artifact(tmp_path)
    wheel = tmp_path / "made" / "alpha_bench-1.0-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"wheel")
    lines = ("# what is needed", "wheels/alpha_bench-1.0-py3-none-any.whl", "numpy==2.0")
    more = dataclasses.replace(wanted, requirements=lines, wheels=(wheel,), python="3.11.7", spec='{"a": 1}')
    with staged(tmp_path / "staging" / "key", more, "run") as files:
        model = files / "model"
        assert (model / "wheels" / wheel.name).read_bytes() == b"wheel"
        assert (model / "spec.json").read_text() == '{"a": 1}'
        pip = mlflow.pyfunc.get_model_dependencies(str(model))
        assert Path(pip).read_text().splitlines() == list(lines)
        environments = Model.load(str(model)).flavors["python_function"]["env"]
        for name in environments.values():
            described = json.loads((model / name).read_text())
            assert "3.11.7" in json.dumps(described)
            assert "-r requirements.txt" in json.dumps(described)
    with staged(tmp_path / "staging" / "key", wanted, "run") as files:  # the control: nothing is known of it
        assert Model.load(str(files / "model")).flavors["python_function"]["env"] == {}
        assert {one.name for one in (files / "model").iterdir()} == {
            "MLmodel",
            "files.json",
            "README.md",
            wanted.artifact_digest.hex,
        }
