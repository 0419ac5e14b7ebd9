"""A real promote of plain Python says whether what it learnt knew the future; an honest twin is registered without a word."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode
from fakes.seeded_leaks import NOTEBOOKS, market

BY_NAME = {leak.name: leak for leak in NOTEBOOKS}
LEAK = BY_NAME["a z-score over the whole sample"]


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("foresight")
    for name, frame in market().items():
        frame.to_csv(made / f"{name}.csv", index=False)
    (made / "nbcode.toml").touch()
    (made / "leak.py").write_text(LEAK.source(LEAK.leak))
    (made / "twin.py").write_text(LEAK.source(LEAK.twin).replace("id: seeded", "id: honest"))
    return made


def promoted(directory: Path, notebook: str) -> dict[str, Any]:
    ended = nbcode(directory, "promote", notebook, "--json")
    assert ended.code == 0, ended.err + ended.out
    return ended.json


def test_what_knows_the_future_is_told_where_it_is_learnt_from(directory: Path) -> None:
    result = promoted(directory, "leak.py")
    (told,) = [d for d in result["diagnostics"] if d["code"] == "NBC-E23"]
    assert told["severity"] == "warning"
    assert (told["cell"], told["tag"]) == (4, "model")
    assert "knows the future" in told["message"]
    assert result["status"] == "done"


def test_the_honest_twin_is_not(directory: Path) -> None:
    assert not [
        d for d in promoted(directory, "twin.py")["diagnostics"] if d["code"] in {"NBC-E23", "NBC-E24"}
    ]


def opening_files(source: str) -> str:
    """The same notebook, opening its inputs by their paths."""
    opened = re.sub(r'inputs\["(\w+)"\]', r'pd.read_csv("\1.csv")', source)
    assert opened != source
    return opened


def test_tables_that_cells_open_by_path_are_given_another_future_too(directory: Path) -> None:
    (directory / "leak_by_path.py").write_text(
        opening_files(LEAK.source(LEAK.leak)).replace("id: seeded", "id: opened")
    )
    (directory / "twin_by_path.py").write_text(
        opening_files(LEAK.source(LEAK.twin)).replace("id: seeded", "id: opened_honestly")
    )
    (told,) = [
        d
        for d in promoted(directory, "leak_by_path.py")["diagnostics"]
        if d["code"] in {"NBC-E23", "NBC-E24"}
    ]
    assert "knows the future" in told["message"]
    assert (told["cell"], told["tag"]) == (4, "model")
    assert not [
        d
        for d in promoted(directory, "twin_by_path.py")["diagnostics"]
        if d["code"] in {"NBC-E23", "NBC-E24"}
    ]
