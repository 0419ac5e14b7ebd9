"""The figures of an artifact: what cells may have written there instead is refused by type."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.artifact import ArtifactRefusedError, figures_of


def test_the_figures_and_folds_of_a_report_are_given_and_of_none_are_empty(tmp_path: Path) -> None:
    assert figures_of(tmp_path) == ({}, ())
    assert figures_of(tmp_path / "nowhere") == ({}, ())
    (tmp_path / "report.json").write_bytes(b'{"figures": {"ic": 0.1}, "folds": [{"ic": 0.2}]}')
    assert figures_of(tmp_path) == ({"ic": 0.1}, ({"ic": 0.2},))


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"\xff", b"[]", b"3", b'{"figures": []}', b'{"folds": 3}', b"[" * 100_000],
    ids=["nothing", "half", "no text", "list", "number", "figures", "folds", "deep"],
)
def test_what_is_no_report_is_refused_by_type(damaged: bytes, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_bytes(damaged)
    with pytest.raises(ArtifactRefusedError, match=r"NBC-I06 report\.json"):
        figures_of(tmp_path)
