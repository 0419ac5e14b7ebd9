"""A real promote of plain Python says whether what it learnt knew the future; an honest twin is registered without a word."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import nbcode
from fakes.seeded_leaks import NOTEBOOKS, market

pytestmark = pytest.mark.long

BY_NAME = {leak.name: leak for leak in NOTEBOOKS}
LEAK = BY_NAME["a z-score over the whole sample"]
TINY = """
# %% [meta]
# id: tiny
# kind: model
# horizon: 5d
# owner: quant
# inputs:
#   points: points.csv
# %% [features]
points = inputs["points"]
# %% [model]
from sklearn.linear_model import Ridge
m = Ridge().fit(points[["x"]], points["y"])
# %% [eval]
report = {"slope": float(m.coef_[0])}
"""


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
    assert ended.code == 0, ended.said
    return ended.json


def test_what_knows_the_future_is_told_where_it_is_learnt_from(directory: Path) -> None:
    result = promoted(directory, "leak.py")
    (told,) = [d for d in result["diagnostics"] if d["code"] == "NBC-E23"]
    assert told["severity"] == "warning"
    assert (told["cell"], told["tag"]) == (4, "model")
    assert "knows the future" in told["message"]
    assert result["status"] == "done"
    assert result["look_ahead"] == {
        "verdict": "found",
        "because": told["message"],
        "stated": True,
    }


def test_the_honest_twin_is_not(directory: Path) -> None:
    result = promoted(directory, "twin.py")
    assert not [d for d in result["diagnostics"] if d["code"] in {"NBC-E23", "NBC-E24"}]
    assert result["look_ahead"] == {"verdict": "none found", "because": "", "stated": True}
    assert "Look-ahead: none found (stated by the cells" in Path(result["report"]).read_text()


def test_what_could_not_be_looked_at_is_said_wherever_the_candidate_is_seen(directory: Path) -> None:
    (directory / "points.csv").write_text("x,y\n1,2\n2,3.9\n3,6.1\n")
    (directory / "tiny.py").write_text(TINY)
    result = promoted(directory, "tiny.py")
    (told,) = [d for d in result["diagnostics"] if d["code"] == "NBC-E23"]
    assert (told["severity"], told["message"]) == ("warning", "look-ahead was not looked at")
    assert told["cause"] == "points has no column of dates"
    kept = {"verdict": "not looked at", "because": "points has no column of dates", "stated": True}
    sentence = "not looked at, because points has no column of dates"
    assert result["look_ahead"] == kept
    assert json.loads((Path(result["artifact"]) / "report.json").read_bytes())["look_ahead"] == kept
    assert f"Look-ahead: {sentence}." in Path(result["report"]).read_text()
    again = promoted(directory, "tiny.py")
    assert (again["status"], again["look_ahead"]) == ("exists", kept), "the warning was of the run alone"
    assert nbcode(directory, "show", "tiny", "--json").json["versions"][0]["look_ahead"] == kept
    assert f"look-ahead {sentence}" in nbcode(directory, "show", "tiny").out
    with contextlib.closing(sqlite3.connect(directory / ".nbcode" / "registry" / "mlflow.db")) as registry:
        tags = registry.execute("SELECT value FROM model_version_tags WHERE key = 'nbcode.look_ahead'")
        assert sentence in {value for (value,) in tags}


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


BUILT = """
# %% [meta]
# id: {name}
# kind: model
# horizon: 5d
# owner: quant
# %% [features]
close = data.close.to_frame()
known = {known}
scale = float(known.pct_change().stack().std())
def judged(window):
    return walk_forward(Ridge().fit(X=[features.ret(window)], y=fwd_ret_5d), folds=3)["ic_mean"]
window = max((5, 10, 20), key=judged)
# %% [model]
m = Ridge().fit(X=[features.ret(window) / scale, features.ret(3)], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, folds=3{trials})
"""


def test_a_definition_that_was_measured_and_chosen_on_the_tested_sessions_is_told(directory: Path) -> None:
    made = directory / "built"
    made.mkdir()
    market()["prices"].to_csv(made / "prices.csv", index=False)
    (made / "nbcode.toml").write_text('[data.small]\nprices = "prices.csv"\n[defaults]\ndata = "small"\n')
    (made / "leak.py").write_text(BUILT.format(name="leak", known="close", trials=""))
    (made / "twin.py").write_text(BUILT.format(name="twin", known="close.iloc[:60]", trials=", trials=4"))
    leak, twin = promoted(made, "leak.py"), promoted(made, "twin.py")
    told = {one["code"]: one["message"] for one in leak["diagnostics"]}
    assert told["NBC-E40"].startswith(
        "the definition knows the sessions that it is tested on: the number of div in X"
    )
    assert told["NBC-E41"].startswith("the best of 4 variants is reported as one trial")
    assert leak["look_ahead"]["verdict"] == "found"
    assert not {one["code"] for one in twin["diagnostics"]} & {"NBC-E40", "NBC-E41"}
    assert twin["look_ahead"] == {"verdict": "none found", "because": "", "stated": True}
    written = json.loads(Path(leak["report"]).with_name("report.json").read_text())
    assert written["look_ahead"] == leak["look_ahead"]
    assert {one["code"] for one in written["findings"]} == {"NBC-E40", "NBC-E41"}
    assert written["figures"]["trials"] == 4
    assert any("4 variants were judged on the way to this report" in one for one in written["warnings"])
    assert (
        f"Look-ahead: {leak['look_ahead']['verdict']}: {leak['look_ahead']['because']}."
        in Path(leak["report"]).read_text()
    )


WITHOUT_A_LOOK = """# %% [meta]
# id: built
# kind: model
# horizon: 10d
# owner: team
# %% [setup]
import sys
{setup}
# %% [features]
level = float(data.close.to_frame().iloc[0].mean())
ret_20 = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="4")
"""
NO_LOOK = """if "nbcode.run._cells" in sys.modules:
    sys.modules["nbcode.run._cells"]._spent = None"""


@pytest.mark.parametrize("setup", [NO_LOOK, ""])
def test_a_look_that_cells_took_away_is_missed_by_who_writes_the_result(setup: str, tmp_path: Path) -> None:
    """Control: honest cells that end in the same definition."""
    (tmp_path / "built.py").write_text(WITHOUT_A_LOOK.format(setup=setup))
    told = promoted(tmp_path, "built.py")["look_ahead"]
    assert told["stated"] is True
    assert ("came to no verdict" in told["because"]) == bool(setup)


FIELD = """
# %% [meta]
# id: field
# kind: model
# horizon: 5d
# owner: quant
# %% [model]
m = Ridge().fit(X=[features.ret(5), data.smooth / data.close], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, folds=3)
"""


def test_a_field_that_knows_later_sessions_is_told(directory: Path) -> None:
    made = directory / "field"
    made.mkdir()
    table = market()["prices"]
    table["smooth"] = table.groupby("symbol")["close"].transform(lambda p: p.rolling(11, center=True).mean())
    table.to_csv(made / "prices.csv", index=False)
    (made / "nbcode.toml").write_text('[data.small]\nprices = "prices.csv"\n[defaults]\ndata = "small"\n')
    (made / "field.py").write_text(FIELD)
    result = promoted(made, "field.py")
    (told,) = [one for one in result["diagnostics"] if one["code"] == "NBC-E42"]
    assert "smooth changes before the price does" in told["message"]
    assert result["look_ahead"]["verdict"] == "found"
    assert "Look-ahead: found: smooth changes before the price does" in Path(result["report"]).read_text()


NEWEST_FIRST = """
# %% [meta]
# id: newest_first
# kind: model
# horizon: 5d
# owner: quant
# inputs:
#   prices: newest_first.csv
# %% [features]
from sklearn.linear_model import LinearRegression
v = inputs["prices"]
g = v.groupby("symbol", sort=False)
v["r1"] = v["close"] / g["close"].shift({before}) - 1
v["r5"] = v["close"] / g["close"].shift({before5}) - 1
v["y"] = g["close"].shift(5) / v["close"] - 1
v = v.dropna()
train, test = v[v["date"] < {first}], v[v["date"] >= {begin}]
# %% [model]
m = LinearRegression().fit(train[["r1", "r5"]], train["y"])
# %% [eval]
report = {{"r2": float(m.score(test[["r1", "r5"]], test["y"]))}}
"""


@pytest.mark.parametrize(("before", "severity"), [("-1", "note"), ("1", "warning")])
def test_a_look_ahead_that_is_only_read_is_a_note_after_a_look_that_found_none(
    before: str, severity: str, directory: Path, tmp_path: Path
) -> None:
    prices = market()["prices"]
    prices.sort_values("date", ascending=False, kind="stable").to_csv(
        tmp_path / "newest_first.csv", index=False
    )
    days = sorted(prices["date"].astype(str).str[:10].unique())
    first, begin = (repr(days[int(part * len(days))]) for part in (0.6, 0.7))
    (tmp_path / "nbcode.toml").touch()
    (tmp_path / "newest_first.py").write_text(
        NEWEST_FIRST.format(before=before, before5=int(before) * 5, first=first, begin=begin)
    )
    result = promoted(tmp_path, "newest_first.py")
    read = [one["severity"] for one in result["diagnostics"] if one["code"] == "NBC-D20"]
    if severity == "note":  # the row before is the day after: newest first
        assert (read, result["look_ahead"]["verdict"]) == (["note"], "none found")
    else:  # the control: nothing is read, and the look finds it
        assert (read, result["look_ahead"]["verdict"]) == ([], "found")
