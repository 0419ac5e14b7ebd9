"""A promoted signal is judged as a factor, outside its notebook; what it states about itself is told as that."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import alpha_bench as ab
from acceptance.project import nbcode

pytestmark = pytest.mark.long

NOTEBOOK = """\
# %% [meta]
# id: reversal
# kind: signal
# horizon: 5d
# owner: research
# inputs:
#   prices: prices.csv
# signal: scores
# report:
#   sharpe: "7 / 2"

# %% [features]
px = inputs["prices"].pivot(index="date", columns="symbol", values="close")
scores = -(px / px.shift(10) - 1)
"""


def prices(folder: Path) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (260, 12)), axis=0))
    days = pd.bdate_range("2020-01-01", periods=260)
    wide = pd.DataFrame(close, index=days, columns=[f"S{i}" for i in range(12)]).rename_axis("date")
    long = wide.stack().rename("close").rename_axis(["date", "symbol"]).reset_index()
    long.to_csv(folder / "prices.csv", index=False)
    return wide


def promoted(folder: Path, notebook: str = NOTEBOOK) -> Path:
    """The artifact's directory."""
    (folder / "reversal.py").write_text(notebook)
    ended = nbcode(folder, "promote", "reversal.py")
    assert ended.code == 0, ended.said
    found, *_ = sorted(p.parent for p in (folder / ".nbcode").rglob("report.json") if "artifacts" in p.parts)
    return found


def test_the_report_is_the_study_of_the_signals_values_and_the_figures_stay_the_notebooks(
    tmp_path: Path,
) -> None:
    wide = prices(tmp_path)
    artifact = promoted(tmp_path)
    report = json.loads((artifact / "report.json").read_bytes())
    panel = ab.Panel.of(pd.read_csv(tmp_path / "prices.csv"))
    scores = -(wide / wide.shift(10) - 1)
    theirs = ab.study(scores.stack().rename("signal"), y=ab.fwd_ret(5), panel=panel)
    judged = report["study"]
    assert judged["judged"] is True
    np.testing.assert_allclose(judged["report"]["figures"]["ic_mean"], theirs.figures["ic_mean"], rtol=1e-9)
    np.testing.assert_allclose(judged["report"]["figures"]["sharpe"], theirs.figures["sharpe"], rtol=1e-9)
    assert judged["report"]["figures"]["sharpe"] != 3.5
    assert report["figures"] == {"sharpe": 3.5}
    assert report["judged"]["judged"] == "stated by the notebook"
    page = (artifact / "report.html").read_text(encoding="utf-8")
    assert "judged as a factor by a process that ran no cell" in page
    assert "<h1>Factor report</h1>" in page
    assert "Nothing is fitted, and so nothing is out of sample either" in page
    assert "<td>3.5</td>" in page
    assert "Figures: stated by the notebook." in page
    assert not list(artifact.glob("study.*"))


def test_a_figure_of_the_signals_own_book_is_found_again_and_one_beside_it_stays_stated(
    tmp_path: Path,
) -> None:
    prices(tmp_path)
    book = "profit = (scores.shift(1) * px.pct_change()).sum(axis=1)\n"
    stated = '#   sharpe: "float(profit.mean() / profit.std() * 252 ** 0.5)"\n#   better: "2.345"\n'
    artifact = promoted(tmp_path, NOTEBOOK.replace('#   sharpe: "7 / 2"\n', stated) + book)
    report = json.loads((artifact / "report.json").read_bytes())
    assert report["judged"]["figures"] == ["sharpe"]
    np.testing.assert_allclose(report["judged"]["outside"]["sharpe"], report["figures"]["sharpe"], rtol=1e-6)
    listed = nbcode(tmp_path, "models", "--json").json["models"][0]
    assert listed["figures"] == {"sharpe": "found again", "better": "stated"}


def test_a_signal_by_date_alone_is_promoted_and_the_report_says_why_it_is_not_judged(tmp_path: Path) -> None:
    prices(tmp_path)
    artifact = promoted(
        tmp_path, NOTEBOOK.replace("scores = -(px / px.shift(10) - 1)", "scores = px.mean(axis=1)")
    )
    found = json.loads((artifact / "report.json").read_bytes())["study"]
    assert found["judged"] is False
    assert "it has one value a date" in found["because"]
    assert "It is not judged: it has one value a date" in (artifact / "report.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize(("held", "told"), [("scores", True), ("scores.shift(1)", False)])
def test_a_figure_that_only_the_same_session_earns_is_told(tmp_path: Path, held: str, told: bool) -> None:
    prices(tmp_path)
    earned = f"\n# %% [eval]\npnl = ({held} * px.pct_change()).mean(axis=1)\n"
    notebook = NOTEBOOK.replace("7 / 2", "float(pnl.mean() / pnl.std())") + earned
    (tmp_path / "reversal.py").write_text(notebook)
    ended = nbcode(tmp_path, "promote", "reversal.py")
    assert ended.code == 0, ended.said
    assert ("look-ahead found: pnl trades before its signal" in ended.out) is told
    assert ("`scores.shift(1) * ret`" in ended.err) is told
