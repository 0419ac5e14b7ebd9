"""What cells of plain Python judge in alpha_bench's language: neither its definition, its panel nor its factor may know what is tested."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import cells_of
from nbcode.leaks import Look, Recorder
from nbcode.leaks.probe import find_leaks
from nbcode.leaks.recording.judged_before import heard
from nbcode.primitives import Verdict

SESSIONS, NAMES = 160, 12
HEAD = """
# %% [meta]
# id: n
# kind: signal
# horizon: 5d
# owner: quant
# inputs:
#   table: table.csv
# %% [setup]
import numpy as np
import pandas as pd
import alpha_bench as ab
from alpha_bench import Ridge, cs, data, features, fwd_ret, study, walk_forward
table = inputs["table"]
# %% [features]
"""
PANEL = "panel = ab.use(ab.Panel.of(table))\nhalf = panel.dates[80]\n"


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (SESSIONS, NAMES)), 0))
    score = rng.normal(0, 1, (SESSIONS, NAMES))
    score[rng.random((SESSIONS, NAMES)) < 0.3] = np.nan
    dates = pd.bdate_range("2022-01-03", periods=SESSIONS)
    keys = pd.MultiIndex.from_product([dates, [f"S{j:02d}" for j in range(NAMES)]], names=["date", "symbol"])
    return pd.DataFrame({"close": close.ravel(), "score": score.ravel()}, keys).reset_index()


def looked(source: str, table: pd.DataFrame, *, listen: bool = True, signal: str = "") -> Look:
    cells, inputs = cells_of(HEAD + source), {"table": table}

    def begin(namespace: dict[str, Any], frames: Mapping[str, Any], _panel: object = None) -> None:
        namespace["__name__"] = "cells"
        namespace["inputs"] = {name: frame.copy() for name, frame in frames.items()}

    namespace: dict[str, Any] = {}
    begin(namespace, inputs)
    recorder = Recorder(cells, asked={"signal": signal} if signal else {})
    with heard() as judged, recorder:
        for cell in cells:
            exec(compile(cell.source, cell.file, "exec"), namespace)
        recorder.ends(namespace)
    return find_leaks(
        cells,
        inputs,
        begin,
        recorder=recorder,
        horizon=5,
        judged=judged if listen else None,
        signal=signal,
    )


def told(look: Look) -> list[str]:
    return [one.code for one in look.diagnostics]


FILLED = "table['score'] = table.groupby('symbol')['score'].{fill}()\n"
SCORED = "# %% [eval]\nr = study(data.score, y=fwd_ret(5))\nreport = {'ic': r.figures['ic_mean']}\n"


def test_a_panel_that_is_filled_backwards_knows_the_future(table: pd.DataFrame) -> None:
    look = looked(FILLED.format(fill="bfill") + PANEL + SCORED, table)
    assert told(look) == ["NBC-E23"]
    assert "data.score" in look.diagnostics[0].message


def test_one_that_is_filled_forwards_does_not(table: pd.DataFrame) -> None:
    look = looked(FILLED.format(fill="ffill") + PANEL + SCORED, table)
    assert (look.ahead.verdict, told(look)) == (Verdict.NONE_FOUND, [])


def test_without_what_was_judged_nothing_is_looked_at(table: pd.DataFrame) -> None:
    look = looked(FILLED.format(fill="bfill") + PANEL + SCORED, table, listen=False)
    assert look.ahead.verdict is Verdict.NOT_LOOKED_AT


FACTOR = """wide = table.pivot(index="date", columns="symbol", values="close")
past = wide.pct_change(10)
factor = (past - past.{over}.mean()) / past.{over}.std()
# %% [eval]
r = study(factor, y=fwd_ret(5))
report = {{"ic": r.figures["ic_mean"]}}
"""


def test_a_factor_that_came_as_values_is_compared_up_to_the_change(table: pd.DataFrame) -> None:
    look = looked(PANEL + FACTOR.format(over="iloc[:]"), table)
    assert told(look) == ["NBC-E23"]
    assert "the factor" in look.diagnostics[0].message
    assert told(looked(PANEL + FACTOR.format(over="expanding(20)"), table)) == []


WINDOW = """tried = {{w: study(features.ret(w), y=fwd_ret(5), {known}).figures["ic_mean"] for w in (2, 5, 10, 15, 20)}}
best = max(tried, key=tried.get)
# %% [eval]
r = study(features.ret(best), y=fwd_ret(5), start=str(half){trials})
report = {{"ic": r.figures["ic_mean"]}}
"""


@pytest.mark.parametrize(
    ("known", "trials", "codes"),
    [
        ("start=str(half)", "", ["NBC-E41"]),
        ("end=str(panel.dates[70])", "", []),
        ("start=str(half)", ", trials=5", []),
    ],
    ids=["on the tested sessions", "on sessions before", "declared"],
)
def test_the_best_of_some_windows(known: str, trials: str, codes: list[str], table: pd.DataFrame) -> None:
    assert told(looked(PANEL + WINDOW.format(known=known, trials=trials), table)) == codes


MEASURED = """known = table{where}
scale = float(known["close"].pct_change().std())
# %% [model]
m = Ridge().fit(X=[features.ret(20) / scale], y=fwd_ret(5))
# %% [eval]
r = walk_forward(m, folds=3)
report = {{"ic": r.figures["ic_mean"]}}
"""


def test_a_number_of_all_sessions_in_a_definition(table: pd.DataFrame) -> None:
    assert told(looked(PANEL + MEASURED.format(where=""), table)) == ["NBC-E40"]
    assert (
        told(looked(PANEL + MEASURED.format(where='[table["date"] <= table["date"].unique()[25]]'), table))
        == []
    )


def test_prices_that_are_restated_by_one_factor_a_name_are_no_knowledge(table: pd.DataFrame) -> None:
    restated = table.rename(columns={"close": "adj_close"}).assign(close=table["close"])
    source = (
        PANEL
        + "# %% [eval]\nr = study(data.adj_close / data.adj_close.lag(5), y=fwd_ret(5))\nreport = {'ic': r.figures['ic_mean']}\n"
    )
    assert told(looked(source, restated)) == []


def test_what_is_drawn_anew_each_time_is_not_looked_at(table: pd.DataFrame) -> None:
    source = PANEL + (
        "factor = table.pivot(index='date', columns='symbol', values='close').map(lambda _: np.random.default_rng().normal())\n"
        "# %% [eval]\nr = study(factor, y=fwd_ret(5))\nreport = {'ic': r.figures['ic_mean']}\n"
    )
    assert looked(source, table).ahead.verdict is Verdict.NOT_LOOKED_AT


SIGNED = """
ideas = {{1: features.ret(1), 2: -1 * features.ret(5), 3: features.ret(10), 4: -1 * features.ret(2)}}
seen = {{w: study(x, y=fwd_ret(5){end}).figures["ic_mean"] for w, x in ideas.items()}}
parts = [x.to_frame() * (1.0 if seen[w] > 0 else -1.0) for w, x in ideas.items()]
sig = sum(parts)[str(panel.dates[90])[:10]:]
# %% [eval]
report = {{"n": float(len(sig))}}
"""


def test_signs_by_figures_of_the_signals_own_sessions_are_told(table: pd.DataFrame) -> None:
    leak = looked(PANEL + SIGNED.format(end=""), table, signal="sig")
    twin = looked(PANEL + SIGNED.format(end=", end=str(panel.dates[80])[:10]"), table, signal="sig")
    assert (leak.ahead.verdict, "NBC-E41" in told(leak)) == (Verdict.FOUND, True)
    assert twin.ahead.verdict is Verdict.NONE_FOUND


KNOWN = """
r = study(features.ret(5), y=fwd_ret(5), end=str(panel.dates[80])[:10])
close = table.pivot(index="date", columns="symbol", values="close")
sig = close.pct_change(5){later}
# %% [eval]
report = {{"corr": float(sig.stack().corr((close.shift(-5) / close - 1).stack()))}}
"""


def test_what_a_look_found_stands_beside_a_clean_judgement(table: pd.DataFrame) -> None:
    leak = looked(PANEL + KNOWN.format(later=".shift(-2)"), table, signal="sig")
    twin = looked(PANEL + KNOWN.format(later=""), table, signal="sig")
    assert (leak.ahead.verdict, told(leak)) == (Verdict.FOUND, ["NBC-E23"])
    assert twin.ahead.verdict is Verdict.NONE_FOUND
