"""`nbcode logs` where the journal does not answer: a run of this machine is read, and of any other it is not said that there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode import wiring
from nbcode.primitives import NbcodeError, this_process

NOBODY = "postgresql://ann@127.0.0.1:9/journal"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NBCODE_JOURNAL_URI", NOBODY)
    return tmp_path


def test_a_run_that_may_be_elsewhere_is_not_told_as_none(project: Path) -> None:
    with pytest.raises(NbcodeError, match="NBC-I29"):
        wiring.commands(this_process()).logs("xsmom", project)
    with pytest.raises(NbcodeError, match="NBC-I29"):
        next(wiring.commands(this_process()).follow("xsmom", project, wait=lambda: False))


def test_control_a_run_of_this_machine_is_read(project: Path) -> None:
    (project / ".nbcode" / "runs" / "xsmom-20260101T000000-abcdef").mkdir(parents=True)
    from nbcode.configuration import UserState
    from nbcode.configuration._store import mark_store

    mark_store(project / ".nbcode", UserState())
    assert wiring.commands(this_process()).logs("xsmom", project).events == ()


def test_control_with_a_journal_there_is_none(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NBCODE_JOURNAL_URI")
    with pytest.raises(NbcodeError, match="NBC-H21"):
        wiring.commands(this_process()).logs("xsmom", project)
