"""A new user: the wheels in an environment of their own, an empty directory, init, check, promote, promote again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import ROOT
from nbcode.deployment._shipped import base

pytestmark = pytest.mark.long

UV = str(Path(sys.executable).parent / "uv")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``nbcode`` command of a fresh environment that holds only the wheels and what they need."""
    place = tmp_path_factory.mktemp("user")
    for package in ("alpha_bench", "nbcode_runtime", "nbcode"):
        run(
            place,
            UV,
            "build",
            "--quiet",
            "--wheel",
            "--out-dir",
            str(place / "dist"),
            str(ROOT / "python" / package),
        )
    run(place, UV, "venv", "--quiet", "--python", sys.executable, str(place / "env"))
    constraints = place / "constraints.txt"
    constraints.write_bytes(
        subprocess.run(
            [UV, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-workspace", "--no-hashes"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
    )
    wheels = [str(p) for p in (place / "dist").glob("*.whl")]
    python = str(place / "env" / "bin" / "python")
    run(place, UV, "pip", "install", "--quiet", "--python", python, "--constraint", str(constraints), *wheels)
    return place / "env" / "bin" / "nbcode"


def run(directory: Path, *arguments: str) -> str:
    done = subprocess.run(
        arguments, cwd=directory, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def promoted(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, dict[str, Any]]:
    directory = tmp_path_factory.mktemp("project")
    run(directory, str(installed), "init")
    (notebook,) = directory.glob("*.ipynb")
    run(directory, str(installed), "check", notebook.name)
    return directory, notebook, json.loads(run(directory, str(installed), "promote", notebook.name, "--json"))


def test_init_then_promote_makes_a_candidate(promoted: tuple[Path, Path, dict[str, Any]]) -> None:
    assert promoted[2]["status"] == "done"


def test_a_second_promote_says_which_version_it_already_is(
    installed: Path, promoted: tuple[Path, Path, dict[str, Any]]
) -> None:
    directory, notebook, first = promoted
    again = json.loads(run(directory, str(installed), "promote", notebook.name, "--json"))
    assert again["status"] == "exists"
    assert again["version"] == first["version"]
    shown = json.loads(run(directory, str(installed), "show", first["model"], "--json"))
    assert len(shown["versions"]) == 1


def test_init_overwrites_nothing(installed: Path, promoted: tuple[Path, Path, dict[str, Any]]) -> None:
    directory, notebook, _ = promoted
    notebook.write_text(notebook.read_text() + "\n")
    before = notebook.read_bytes()
    subprocess.run(
        [str(installed), "init"], cwd=directory, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    assert notebook.read_bytes() == before


def test_the_manifests_are_in_the_wheel(installed: Path, tmp_path: Path) -> None:
    told = run(
        tmp_path, str(installed), "deploy", "--print", "--image=a:1", "--controller-image=b:1", "--store=s3://bucket/p"
    )  # fmt: skip
    assert told.count("\nkind: ") == len(base())
