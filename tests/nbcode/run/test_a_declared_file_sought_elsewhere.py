"""A cell that opens a declared file from the wrong folder is told the way to it, not to declare it."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.run import _guard


@pytest.mark.parametrize(
    ("path", "way"),
    [
        ("data/x.csv", "../data/x.csv"),
        ("./data/x.csv", "../data/x.csv"),
        ("x.csv", "../data/x.csv"),
        ("data/y.csv", ""),
        ("ata/x.csv", ""),
        ("../x.csv", ""),
        ("/data/x.csv", ""),
        ("lib", ""),
    ],
)
def test_the_way_is_that_from_the_folder_of_the_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, way: str
) -> None:
    (tmp_path / "nb").mkdir()
    monkeypatch.chdir(tmp_path / "nb")
    monkeypatch.setattr(_guard._state, "declared", (str(tmp_path / "data" / "x.csv"),))
    monkeypatch.setattr(_guard._state, "readable", (str(tmp_path / "data" / "x.csv"), "/usr/lib"))
    told = _guard._file(path, writing=False)
    declare = "declare it under inputs: in [meta]; the cell stays as it is"
    assert told.fixes == ((f"write {way!r} in the cell",) if way else (declare,))
