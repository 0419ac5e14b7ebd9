"""What can be done with a registry and nothing else: its bytes are checked, exported, imported elsewhere; and a store may move."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from acceptance.project import nbcode
from nbcode.registry._sqlite_read import read_versions

pytestmark = pytest.mark.long

_LOAD = """
import sys, mlflow
mlflow.set_tracking_uri(sys.argv[1])
print(type(mlflow.pyfunc.load_model("models:/xsmom_v3@candidate")).__name__)
"""


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("promoted") / "project"
    folder.mkdir()
    nbcode(folder, "init", "--no-kernel")
    assert nbcode(folder, "promote", "xsmom_v3.ipynb").code == 0
    return folder


@pytest.fixture
def project(promoted: Path, tmp_path: Path) -> Path:
    """A copy in another place, trusted; the first is away as long."""
    away = promoted.with_name("away")
    shutil.copytree(promoted, tmp_path / "copy", symlinks=True)
    promoted.rename(away)
    assert nbcode(tmp_path / "copy", "trust", "--yes").code == 0
    yield tmp_path / "copy"
    away.rename(promoted)


def address_of(project: Path) -> str:
    return f"sqlite:///{project / '.nbcode' / 'registry' / 'mlflow.db'}"


def codes(ended: object) -> list[tuple[str, str]]:
    return [(one["code"], one["severity"]) for one in ended.json["diagnostics"]]


def test_a_store_that_was_moved_keeps_its_registry(project: Path) -> None:
    shown = nbcode(project, "show", "xsmom_v3", "--verify", "--json")
    assert (shown.code, codes(shown)) == (0, [("NBC-I46", "note")])
    (version,) = read_versions(project / ".nbcode" / "registry" / "mlflow.db", "xsmom_v3")
    assert Path(urlsplit(version.source).path).is_relative_to(project.resolve())
    loaded = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _LOAD, address_of(project)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.stdout.strip() == "PyFuncModel", loaded.stderr


@pytest.mark.parametrize("file", ["model/model.json", "manifest.json", "predictions.parquet", "report.json"])
def test_a_byte_that_was_changed_in_the_registry_is_found_by_whoever_asks(project: Path, file: str) -> None:
    (place,) = (project / ".nbcode" / "registry" / "artifacts").glob(f"*/artifacts/model/*/{file}")
    data = bytearray(place.read_bytes())
    data[len(data) // 2] ^= 1
    place.unlink()
    place.write_bytes(data)
    shown = nbcode(project, "show", "xsmom_v3", "--verify", "--json")
    assert (shown.code, codes(shown)) == (3, [("NBC-I46", "error")])
    exported = nbcode(project, "export", "xsmom_v3", "1", "--json")
    assert (exported.code, codes(exported)) == (3, [("NBC-I46", "error")])
    assert not (project / "xsmom_v3-1.tar").exists()


@pytest.mark.parametrize("file", ["requirements.txt", "MLmodel", "README.md", "wheels/*.whl", "more.py"])
def test_what_lies_beside_the_artifact_is_verified_too(project: Path, file: str) -> None:
    (model,) = (project / ".nbcode" / "registry" / "artifacts").glob("*/artifacts/model")
    place = next(model.glob(file), model / file)
    data = place.read_bytes() if place.exists() else b""
    place.unlink(missing_ok=True)
    place.write_bytes(data + b"\nevil-pkg==6.6.6\n")
    shown = nbcode(project, "show", "xsmom_v3", "--verify", "--json")
    assert (shown.code, codes(shown)) == (3, [("NBC-I46", "error")])
    exported = nbcode(project, "export", "xsmom_v3", "1", "--json")
    assert (exported.code, codes(exported)) == (3, [("NBC-I46", "error")])


def test_files_that_are_gone_from_the_registry_are_missed(project: Path) -> None:
    shutil.rmtree(project / ".nbcode" / "registry" / "artifacts")
    shown = nbcode(project, "show", "xsmom_v3", "--verify", "--json")
    assert (shown.code, codes(shown)) == (3, [("NBC-I47", "error")])


def test_a_version_goes_to_another_registry_by_its_archive_once(project: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    nbcode(project, "show", "xsmom_v3", "--verify")  # opened at its new place
    made = nbcode(fresh, "export", "xsmom_v3", "1", "--registry", address_of(project), "--json")
    assert made.code == 0
    assert [p.name for p in fresh.iterdir()] == ["xsmom_v3-1.tar"]
    first = nbcode(fresh, "import", "xsmom_v3-1.tar", "--digest", made.json["digest"], "--json")
    second = nbcode(fresh, "import", "xsmom_v3-1.tar", "--json")
    assert [(one.code, one.json["status"], one.json["version"]) for one in (first, second)] == [
        (0, "imported", 1),
        (0, "exists", 1),
    ]
    assert first.json["artifact_digest"] == made.json["artifact_digest"]
    assert first.json["alias"] is None
    shown = nbcode(fresh, "show", "xsmom_v3", "--verify", "--json")
    assert (shown.code, codes(shown)) == (0, [("NBC-I46", "note")])
    again = nbcode(fresh, "rebuild", "xsmom_v3", "1", "--check", "--json")
    assert (again.code, again.json["status"]) == (0, "equal"), again.said
    other = nbcode(fresh, "import", "xsmom_v3-1.tar", "--digest", "sha256:" + "0" * 64, "--json")
    assert (other.code, codes(other)) == (3, [("NBC-I48", "error")])


def test_an_archive_of_other_parts_is_refused_and_nothing_is_made(project: Path, tmp_path: Path) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    nbcode(project, "export", "xsmom_v3", "1")
    data = bytearray((project / "xsmom_v3-1.tar").read_bytes())
    data[len(data) // 2] ^= 1
    (fresh / "torn.tar").write_bytes(data)
    ended = nbcode(fresh, "import", "torn.tar", "--json")
    assert (ended.code, codes(ended)) == (3, [("NBC-I48", "error")])
    assert [p.name for p in fresh.iterdir()] == ["torn.tar"]
