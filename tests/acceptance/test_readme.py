"""What the README shows is what the project does."""

from __future__ import annotations

import re

import pytest

from acceptance.project import ROOT, SEED

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_notebook_shown_is_the_example() -> None:
    (shown,) = re.findall(r"```python\n(# %% \[meta\].*?)```", README, flags=re.DOTALL)
    assert shown == SEED.read_text(encoding="utf-8")


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+?)\)", README))))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_the_figures_shown_are_those_of_the_sample_panel(tmp_path_factory: pytest.TempPathFactory) -> None:
    from alpha_bench.describe import build_yaml, evaluate, read_panel, write_sample

    directory = tmp_path_factory.mktemp("sample")
    prices = write_sample(directory)
    reference = next(
        (p for p in directory.iterdir() if p != prices and p.suffix in {".csv", ".parquet"}), None
    )
    panel = read_panel(prices, reference, {})
    definition = build_yaml((ROOT / "examples" / "xsmom_v3" / "model.yaml").read_text(encoding="utf-8"))
    figures = evaluate(definition, panel).figures
    for name, pattern in (
        ("ic_mean", r"  IC +([\d.]+)"),
        ("rank_ic_mean", r"  rank IC +([\d.]+)"),
        ("ic_t_naive", r"  t naive +([\d.]+)"),
        ("ic_t_newey_west", r"  t honest +([\d.]+)"),
    ):
        (shown,) = re.findall(pattern, README)
        assert f"{figures[name]:.{len(shown.partition('.')[2])}f}" == shown, name
