"""A kept environment may prove itself before it is asked to: what it says is what it would say then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nbcode.environment import EarlyProofs, EnvironmentLock, lock_digest, seal_folder
from nbcode.environment.fresh import home_of

LOCK = EnvironmentLock(python_version="3.11", distributions=(), digest=lock_digest(()), source="installed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = home_of(LOCK, tmp_path)
    made.mkdir(parents=True)
    (made / "module.py").write_text("x = 1\n")
    seal_folder(made)
    return made


def changed(home: Path) -> None:
    (home / "module.py").chmod(0o644)
    (home / "module.py").write_text("x = 2\n")


def test_begun_before_or_asked_at_once_it_says_the_same(tmp_path: Path, home: Path) -> None:
    for change in (lambda _: None, changed):
        change(home)
        early, late = EarlyProofs(tmp_path), EarlyProofs(tmp_path)
        early.begin(LOCK)
        assert early.difference(home) == late.difference(home)
    assert early.difference(home) == "module.py changed"


def test_a_proof_is_taken_once(tmp_path: Path, home: Path) -> None:
    proofs = EarlyProofs(tmp_path)
    proofs.begin(LOCK)
    assert proofs.difference(home) is None
    changed(home)
    assert proofs.difference(home) == "module.py changed"


def test_one_that_waited_too_long_is_made_anew(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = EarlyProofs(tmp_path)
    proofs.begin(LOCK)
    proofs._begun[home].join()
    changed(home)
    now = time.monotonic()
    monkeypatch.setattr("nbcode.environment.proving.time.monotonic", lambda: now + 10)
    assert proofs.difference(home) == "module.py changed"


def test_where_none_is_kept_nothing_is_begun(tmp_path: Path) -> None:
    proofs = EarlyProofs(tmp_path)
    proofs.begin(LOCK)
    assert not proofs._begun
