"""Where `score` is told to write: two files are two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from nbcode.cli.verbs.score import Asked, run


class ReachedError(Exception):
    """The command was called."""


class Program:
    @property
    def commands(self) -> Any:
        raise ReachedError("the arguments are taken")


def asked(out: str, record: str) -> Asked:
    return Asked(
        model="m",
        artifact=None,
        as_of=None,
        out=Path(out),
        form=None,
        data=None,
        reference=None,
        least_coverage=None,
        record=Path(record),
        project=Path(),
    )


@pytest.mark.parametrize(
    ("out", "record"), [("q.csv", "q.csv"), ("q.csv", "./s/../q.csv"), ("link.csv", "q.csv")]
)
def test_predictions_and_their_record_are_not_one_file(
    out: str, record: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s").mkdir()
    (tmp_path / "link.csv").symlink_to("q.csv")
    with pytest.raises(typer.BadParameter, match="-o and --record name one file"):
        run(asked(out, record), program=Program(), output=None)  # type: ignore[arg-type]
    assert not (tmp_path / "q.csv").exists()


def test_control_two_files_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReachedError, match="taken"):
        run(asked("q.csv", "q.json"), program=Program(), output=None)  # type: ignore[arg-type]
