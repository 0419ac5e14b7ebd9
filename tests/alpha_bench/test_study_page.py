"""The how-to on judging a factor runs as it stands; the page of figures has every figure once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import alpha_bench
from alpha_bench.expressions import bind
from alpha_bench.names import FIGURES
from alpha_bench.session.factor_studies import _TAKES
from fakes.books import panel_with_groups

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "how-to" / "study-a-factor.md").read_text(encoding="utf-8")
TABLE = (DOCS / "reference" / "figures.md").read_text(encoding="utf-8")


def test_the_pages_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    whole = panel_with_groups()
    whole.to_pandas(["close", "volume"]).reset_index().to_parquet("prices.parquet")
    names: dict[str, object] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    assert len(blocks) == 3
    try:
        for block in blocks:
            exec(block, names)
    finally:
        bind(None)
    assert "<h1>Factor report</h1>" in Path("study.html").read_text(encoding="utf-8")


def test_the_table_of_parameters_has_each_of_them() -> None:
    told = re.findall(
        r"`(\w+)`", " ".join(re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ", PAGE, flags=re.MULTILINE))
    )
    assert {*told, "panel"} == set(_TAKES)


def test_the_page_of_figures_has_every_figure_once() -> None:
    heads = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", TABLE, flags=re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(heads))) == sorted(FIGURES)


def test_every_file_of_the_page_of_figures_is_there() -> None:
    metrics = Path(alpha_bench.__file__).parent / "metrics"
    sources = [row.rsplit("|", 2)[1] for row in TABLE.splitlines() if row.startswith("| `")]
    named = {name for source in sources for name in re.findall(r"`(\w+)`", source)}
    assert named
    assert [name for name in sorted(named) if not (metrics / f"{name}.py").is_file()] == []
