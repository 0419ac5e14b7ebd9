"""What lies beside a version's artifact is vouched for, file by file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.primitives import Digest
from nbcode.registry.beside import LISTING, beside_differences, write_listing

ARTIFACT = "a" * 64


@pytest.fixture
def listed(tmp_path: Path) -> tuple[Path, Digest]:
    (tmp_path / "wheels").mkdir()
    (tmp_path / ARTIFACT).mkdir()
    for name in ("MLmodel", "requirements.txt", "wheels/one.whl", f"{ARTIFACT}/manifest.json"):
        (tmp_path / name).write_text(name)
    return tmp_path, write_listing(tmp_path, ARTIFACT)


def linked(model: Path) -> None:
    (model / "MLmodel").unlink()
    (model / "MLmodel").symlink_to("requirements.txt")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: (m / "requirements.txt").write_text("evil-pkg"), "requirements.txt was changed"),
        (lambda m: (m / "wheels" / "one.whl").write_text("evil"), "wheels/one.whl was changed"),
        (lambda m: (m / "MLmodel").unlink(), "MLmodel is missing"),
        (lambda m: (m / "wheels" / "two.whl").write_text("more"), "wheels/two.whl was not there"),
        (linked, "MLmodel was changed"),
        (lambda m: os.mkfifo(m / "pipe"), "pipe was not there"),
        (lambda m: (m / LISTING).write_text("{}"), f"{LISTING} is not the one that was registered"),
        (lambda m: (m / LISTING).unlink(), f"{LISTING} is missing"),
    ],
)
def test_every_change_is_told_by_the_name_of_its_file(
    listed: tuple[Path, Digest], change: Callable[[Path], object], told: str
) -> None:
    model, digest = listed
    assert beside_differences(model, ARTIFACT, digest) == ()
    change(model)
    assert beside_differences(model, ARTIFACT, digest) == (told,)


def test_the_artifact_has_a_digest_of_its_own_and_mlflows_note_of_a_load_is_no_change(
    listed: tuple[Path, Digest],
) -> None:
    model, digest = listed
    (model / ARTIFACT / "manifest.json").write_text("changed")
    (model / "registered_model_meta").write_text("model_name: m")
    assert beside_differences(model, ARTIFACT, digest) == ()


def test_equal_folders_have_equal_listings(listed: tuple[Path, Digest]) -> None:
    model, digest = listed
    assert write_listing(model, ARTIFACT) == digest
