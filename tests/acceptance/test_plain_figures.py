"""Figures that plain Python cells state: they are called so, and beside them stands what their own predictions come to, from which a lie
differs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from acceptance.project import nbcode

NOTEBOOK = """# %% [meta]
# id: plain
# kind: model
# horizon: 5d
# owner: team
# inputs:
#   prices: prices.csv
# %% [setup]
import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
# %% [features]
t = inputs["prices"].sort_values(["date", "symbol"]).reset_index(drop=True)
close = t.groupby("symbol")["close"]
t["past"] = close.pct_change(10)
t["ahead"] = close.shift(-5) / t["close"] - 1
rows = t.dropna().reset_index(drop=True)
days = np.sort(rows["date"].unique())
train, test = rows[rows["date"] < days[100]], rows[rows["date"] >= days[105]].copy()
# %% [model]
m = Ridge().fit(train[["past"]], train["ahead"])
test["p"] = m.predict(test[["past"]])
# %% [eval]
ic = test.groupby("date").apply(lambda d: spearmanr(d["p"], d["ahead"])[0]).mean()
report = {"rank_ic": REPORTED}
"""


LYING = """class Lying(Ridge):
    def predict(self, X):
        return test["ahead"].to_numpy()
m = Ridge().fit(train[["past"]], train["ahead"])
m.__class__ = Lying
test["p"] = m.predict(test[["past"]])
m.__class__ = Ridge
"""


def priced(tmp_path: Path) -> None:
    """``prices.csv``: 200 sessions of 9 names, drawn with a seed."""
    rng = np.random.default_rng(3)
    days = pd.bdate_range("2021-01-04", periods=200).strftime("%Y-%m-%d")
    close = 20 * np.exp(rng.normal(0, 0.02, (200, 9)).cumsum(axis=0))
    symbols = [f"N{n}" for n in range(9)] * 200
    table = pd.DataFrame({"date": np.repeat(days, 9), "symbol": symbols, "close": close.ravel()})
    table.to_csv(tmp_path / "prices.csv", index=False)


@pytest.mark.parametrize(("stated", "agrees"), [("float(ic)", True), ("0.5", False)])
def test_what_the_predictions_come_to_stands_beside_what_is_stated(
    stated: str, agrees: bool, tmp_path: Path
) -> None:
    priced(tmp_path)
    (tmp_path / "plain.py").write_text(NOTEBOOK.replace("REPORTED", stated))
    promoted = nbcode(tmp_path, "promote", "plain.py", "--json").json
    judged = promoted["judged"]
    assert judged["judged"] == "stated by the notebook"
    assert judged["model"] == "the kept model gives the same predictions"
    assert judged["figures"] == (["rank_ic"] if agrees else [])
    assert (abs(judged["outside"]["rank_ic"] - promoted["metrics"]["rank_ic"]) < 1e-9) == agrees
    artifact = Path(promoted["artifact"])
    assert json.loads((artifact / "report.json").read_bytes())["judged"] == judged
    assert not (artifact / "given").exists()
    assert "Figures: stated by the notebook; outside" in (artifact / "report.html").read_text()
    shown = nbcode(tmp_path, "show", "plain", "--json").json["versions"][0]
    assert shown["judged"] == judged


@pytest.mark.parametrize("forged", [True, False])
def test_predictions_of_another_model_are_told_and_pass_no_gate_that_asks_for_more(
    forged: bool, tmp_path: Path
) -> None:
    """Control: the honest notebook, whose figure is found again, passes the same gate without a word."""
    priced(tmp_path)
    text = NOTEBOOK.replace("REPORTED", "float(ic)").replace(
        "# owner: team\n", '# owner: team\n# gates: {rank_ic: ">= -1", judged: outside}\n'
    )
    honest = text.partition("# %% [model]\n")[2].partition("# %% [eval]")[0]
    (tmp_path / "plain.py").write_text(text.replace(honest, LYING) if forged else text)
    ended = nbcode(tmp_path, "promote", "plain.py", "--json")
    told = [one["code"] for one in ended.json["diagnostics"]]
    assert (ended.code == 0) == (not forged)
    assert ("NBC-H26" in told, "NBC-I14" in told) == (forged, forged)
    assert "NBC-I34" not in told


HITS = 'float((np.sign(test["p"]) == np.sign(test["ahead"])).mean())'


@pytest.mark.parametrize(
    ("stated", "gate", "told"),
    [
        ("float(ic)", 'rank_ic: ">= -0.5"', None),
        ("float(ic)", 'rank_ic: ">= 0.9"', "NBC-I14"),
        ("0.5", 'rank_ic: ">= 0.02"', "NBC-I34"),
        (HITS, 'rank_ic: ">= 0.02"', "NBC-I34"),
    ],
)
def test_a_gate_rests_on_what_was_found_and_on_no_word(
    stated: str, gate: str, told: str | None, tmp_path: Path
) -> None:
    """The control: the word is taken where [meta] says so, as the finding says."""
    priced(tmp_path)
    text = NOTEBOOK.replace("REPORTED", stated)
    (tmp_path / "plain.py").write_text(
        text.replace("# owner: team\n", f"# owner: team\n# gates: {{{gate}}}\n")
    )
    ended = nbcode(tmp_path, "promote", "plain.py", "--json")
    found = [one for one in ended.json["diagnostics"] if one["code"] in ("NBC-I14", "NBC-I34")]
    assert [one["code"] for one in found] == ([told] if told else [])
    assert ended.code == (2 if told else 0)
    if told == "NBC-I34":
        line = found[0]["fixes"][0].removeprefix("write ").partition(" in [meta]")[0]
        (tmp_path / "plain.py").write_text(text.replace("# owner: team\n", f"# owner: team\n{line}\n"))
        again = nbcode(tmp_path, "promote", "plain.py", "--json")
        warned = [one["severity"] for one in again.json["diagnostics"] if one["code"] == told]
        assert (again.code, warned) == (0, ["warning"])
