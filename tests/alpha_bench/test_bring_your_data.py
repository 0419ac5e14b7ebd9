"""The how-to is what the project does: its code runs, in order, and its figures are those that are found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alpha_bench.panel.panel import Panel, read_panel
from fakes import sp500

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-data.md").read_text(encoding="utf-8")


def test_its_code_runs_as_it_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) >= 5
    names: dict[str, object] = {}
    for block in blocks:
        exec(block, names)
    assert "XNYS: 0 of its sessions are missing" in capsys.readouterr().out


def test_every_way_that_it_names_is_there() -> None:
    named = set(re.findall(r"Panel\.(\w+)", PAGE))
    assert len(named) >= 5
    assert [n for n in sorted(named) if not hasattr(Panel, n)] == []


ROWS = re.findall(
    r"\| (unadjusted, split_like|split_like, unadjusted|bad_print|large_move, outlier|wrong_scale) \| (\d+) \|",
    PAGE,
)


def agrees(panel: Panel, rows: list[tuple[str, str]]) -> None:
    for codes, count in rows:
        assert sum(panel.validation[c].count for c in codes.split(", ")) == int(count), codes


@sp500.needs_sp500
def test_its_figures_of_the_sp500_panel_are_those_of_the_report() -> None:
    assert len(ROWS) == 6
    agrees(sp500.panel(), ROWS[:3])


def test_its_figures_of_the_us3000_panel_are_those_of_the_report() -> None:
    path = sp500.DATA / "us3000_daily_2008_2017.parquet"
    if not path.exists():
        pytest.skip("the us3000 panel is not beside the checkout")
    agrees(read_panel(path), ROWS[3:])
