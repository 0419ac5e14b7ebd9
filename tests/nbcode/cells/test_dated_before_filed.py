"""D39: figures of a period are known when they are filed; a join by the period's end is told."""

from __future__ import annotations

import pytest

from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Severity

HEAD = "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 5d\n# owner: me\n# inputs:\n#   prices: p.csv\n#   funda: f.csv\n"
CODE = "# %% [setup]\nimport pandas as pd\nprices, f = inputs['prices'], inputs['funda']\n# %% [features]\n"
COLUMNS = {
    "prices": frozenset({"date", "symbol", "close"}),
    "funda": frozenset({"period_end", "filed", "symbol", "eps"}),
}


def told(source: str, columns: dict[str, frozenset[str]] = COLUMNS) -> list[str]:
    notebook = parse_notebook(f"{HEAD}{CODE}{source}\n".encode(), "n.py").notebook
    assert notebook is not None
    found = analyse(notebook, ModuleContext(columns=columns.get)).diagnostics
    assert all(d.severity is Severity.WARNING for d in found if d.code == "NBC-D39")
    return [d.message for d in found if d.code == "NBC-D39"]


JOINS = [
    "x = prices.merge(f, left_on=['date', 'symbol'], right_on=['period_end', 'symbol'])",
    "x = pd.merge_asof(prices, f, left_on='date', right_on='period_end', by='symbol')",
    "x = prices.merge(f.rename(columns={'period_end': 'date'}), on=['date', 'symbol'])",
    "x = prices.set_index('date').join(f.set_index('period_end')[['eps']])",
    "f['date'] = pd.to_datetime(f['period_end'])\nx = prices.merge(f, on=['date', 'symbol'])",
]


@pytest.mark.parametrize("source", JOINS)
def test_a_join_by_the_end_of_the_period_is_told(source: str) -> None:
    assert told(source) == ["`funda` is joined by `period_end`, and its figures were filed on `filed`"]
    alone = {**COLUMNS, "funda": COLUMNS["funda"] - {"filed"}}
    assert told(source, alone) == []  # nothing says when they were filed


@pytest.mark.parametrize(
    "source",
    [
        *(join.replace("period_end", "filed") for join in JOINS),
        "from alpha_bench import as_filed\nx = as_filed(prices, f, filed='filed', period_end='period_end')",
        "f = f[f.filed <= '2020-01-01']\nx = prices.merge(f.rename(columns={'period_end': 'date'}), on=['date', 'symbol'])",
        "x = f.groupby('period_end')['eps'].median()",
        "x = prices.merge(prices, on=['date', 'symbol'])",
    ],
)
def test_what_reads_the_day_of_filing_or_joins_nothing_is_not(source: str) -> None:
    assert told(source) == []
