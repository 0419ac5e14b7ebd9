"""A look that was not made never passes for one that found nothing: every way out of the probe says what, why, and what helps."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fakes.leak_runs import begin, cells_of, looked, recorded
from nbcode.leaks import Look
from nbcode.leaks.probe import find_leaks
from nbcode.leaks.recording import scored
from nbcode.namespace import Code, cell_file
from nbcode.primitives import Severity, Verdict

SETUP = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import Ridge"
TABLE = (
    "prices = inputs['prices']\n"
    "close = prices.pivot(index='date', columns='symbol', values='close')\n"
    "table = pd.DataFrame({'x': close.pct_change(5).stack(), 'y': close.shift(-5).stack()}).dropna()"
)
HONEST, FIT = TABLE + "\nX, y = table[['x']], table['y']", "m = Ridge().fit(X, y)"
LEAK = HONEST.replace("close.pct_change(5)", "(close / close.mean())")


def prices(sessions: int = 120, names: int = 6, date: str = "date") -> pd.DataFrame:
    days = pd.bdate_range("2020-01-01", periods=sessions)
    moves = np.random.default_rng(7).normal(0, 0.01, (sessions, names))
    wide = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=days, columns=list("ABCDEF")[:names])
    long = wide.rename_axis(index=date, columns="symbol").stack().rename("close").reset_index()
    return long.assign(**{date: long[date].dt.strftime("%Y-%m-%d")})


def undated(sessions: int = 120) -> pd.DataFrame:
    return pd.DataFrame({"a": np.arange(float(sessions)), "b": np.arange(float(sessions)) ** 2})


def look(
    features: str,
    model: str = FIT,
    inputs: dict[str, pd.DataFrame] | None = None,
    others: dict[str, Path] | None = None,
    *,
    between: str = "",
    setup: str = SETUP,
) -> Look:
    """What the probe comes to; ``between`` is an [eval] cell before the model's."""
    held = {"prices": prices()} if inputs is None else inputs
    sources = [("setup", setup), ("features", features), ("eval", between), ("model", model)]
    cells = [
        Code(tag=tag, index=n, file=cell_file(n, tag), source=text)
        for n, (tag, text) in enumerate(sources, 1)
        if text
    ]
    return looked(cells, held, horizon=5, others=others or {})


@dataclass(frozen=True, kw_only=True)
class Way:
    """A notebook that cannot be looked at, and ``mended`` as the fix says: that one can."""

    name: str
    given: dict[str, Any]
    because: str
    fix: str
    mended: dict[str, Any] = field(default_factory=lambda: {"features": HONEST})


ONE_ROW_A_DAY = "table = inputs['prices']\nX, y = table[['a']], table['b']"
DATED = undated().assign(date=pd.bdate_range("2020-01-01", periods=120).strftime("%Y-%m-%d"))
ARRAY = TABLE + "\nX, y = np.ones((50, 2)), np.arange(50.0)"
SUM = float(prices()["close"].sum())
CHECKED = f"\ndef checked(table):\n    if abs(table['close'].sum() - {SUM!r}) > 1e-6:\n        raise ValueError\n    return table"
WAYS = [
    Way(
        name="no date column",
        given={"features": ONE_ROW_A_DAY, "inputs": {"prices": undated()}},
        because="prices has no column of dates",
        fix="give prices a column `date`, the day of each row",
        mended={"features": ONE_ROW_A_DAY, "inputs": {"prices": DATED}},
    ),
    Way(
        name="an input that is no table",
        given={"features": "X, y = np.ones((50, 2)), np.arange(50.0)", "inputs": {}, "others": {"config": Path("c.json")}},
        because="config is no table with dates (.json)",
        fix="declare the prices as CSV or parquet, with a column `date`",
        mended={"features": HONEST, "others": {"config": Path("c.json")}},
    ),
    Way(
        name="a table that cannot be read",
        given={"features": "X, y = np.ones((50, 2)), np.arange(50.0)", "inputs": {}, "others": {"p": Path("p.csv")}},
        because="p cannot be read as a table",
        fix="declare the prices as CSV or parquet, with a column `date`",
    ),
    Way(
        name="too few sessions",
        given={"features": HONEST, "inputs": {"prices": prices(29)}},
        because="the inputs have 29 sessions, and it needs 30 to change the later ones",
        fix="promote on inputs of 30 sessions or more",
        mended={"features": HONEST, "inputs": {"prices": prices(40)}},
    ),
    Way(
        name="nothing is fitted",
        given={"features": HONEST, "model": "m = Ridge()"},
        because="no cell fits, applies or splits with a library whose calls are recorded",
        fix="fit with scikit-learn, LightGBM, XGBoost, CatBoost or statsmodels, or with a class that has fit and predict",
    ),
    Way(
        name="rows without dates",
        given={"features": ARRAY},
        because="`X` does not say of which date its rows are",
        fix='keep the dates: X = table.set_index("date")[columns]',
        mended={"features": TABLE + "\ntable = table.reset_index()\ncolumns = ['x']\nX, y = table.set_index(\"date\")[columns], table['y']"},
    ),
    Way(
        name="cells fail on other data",
        given={"features": LEAK.replace("inputs['prices']", "checked(inputs['prices'])"), "between": "", "setup": SETUP + CHECKED},
        because="a [setup] cell raises ValueError on data with another future",
        fix="write a check of the data as a statement of its own: assert table['close'].gt(0).all()",
    ),
    Way(
        name="drawn without a seed",
        given={
            "features": HONEST,
            "model": "part = table.sample(frac=0.5, random_state=np.random.default_rng())\nm = Ridge().fit(part[['x']], part['y'])",
        },
        because="`part[['x']]` is another one each time that the cells run",
        fix="draw with a seed: random_state=0",
        mended={
            "features": HONEST,
            "model": "part = table.sample(frac=0.5, random_state=0)\nm = Ridge().fit(part[['x']], part['y'])",
        },
    ),
    Way(
        name="made of an input that has no dates",
        given={
            "features": "prices = inputs['prices']\ntable = prices[['date']].assign(x=np.resize(inputs['other']['a'], len(prices)))\n"
            "X, y = table[['x']], table['x'] ** 2",
            "inputs": {"prices": prices(), "other": undated()},
        },
        because="`X` is the same whatever the dated inputs hold: other has no column of dates",
        fix="give other a column `date`, the day of each row",
    ),
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_look_that_cannot_be_made_is_a_warning_with_what_why_and_what_helps(way: Way) -> None:
    seen = look(**way.given)
    assert (seen.ahead.verdict, seen.ahead.because) == (Verdict.NOT_LOOKED_AT, way.because)
    (told,) = seen.diagnostics
    assert (told.code, told.severity, told.message) == (
        "NBC-E23",
        Severity.WARNING,
        "look-ahead was not looked at",
    )
    assert told.cause.startswith(way.because)
    assert told.fix_titles == (way.fix,)
    assert told.place is None or told.place.line is None  # its source would be a fourth line


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_what_the_fix_says_makes_it_lookable(way: Way) -> None:
    seen = look(**way.mended)
    assert (seen.ahead.verdict, seen.ahead.because, seen.diagnostics) == (Verdict.NONE_FOUND, "", ())


def test_a_look_that_was_made_says_what_it_found() -> None:
    seen = look(LEAK)
    (told,) = seen.diagnostics
    assert (seen.ahead.verdict, seen.ahead.because) == (Verdict.FOUND, told.message)
    assert told.message.startswith("`X` knows the future: ")


def test_no_input_at_all_is_a_note() -> None:
    made_up = "X, y = np.arange(10.0).reshape(-1, 1), np.arange(10.0)"
    for model in (FIT, "m = Ridge()"):
        seen = look(made_up, model, inputs={})
        (told,) = seen.diagnostics
        assert told.severity is Severity.NOTE
        assert str(seen.ahead) == "not looked at, because no input is declared and no panel is used"


def test_a_table_without_dates_beside_one_that_was_looked_at_is_not_complained_of() -> None:
    given = {"prices": prices(), "sectors": pd.DataFrame({"symbol": list("ABCDEF"), "sector": [1, 2, 3] * 2})}
    joined = (
        HONEST
        + "\nX = X.assign(sector=X.index.get_level_values('symbol').map(inputs['sectors'].set_index('symbol')['sector']))"
    )
    for features in (HONEST, joined):
        seen = look(features, inputs=given, others={"config": Path("config.json")})
        assert (seen.ahead.verdict, seen.diagnostics) == (Verdict.NONE_FOUND, ())


def test_training_rows_that_are_made_of_an_input_without_dates_are_told_too() -> None:
    def training(of: str) -> str:
        return (
            f"prices = inputs['prices']\ntable = prices[['date']].assign(x={of})\n"
            "train = table[table['date'] < '2020-04-01']\nX, y = train[['x']], train['x'] ** 2"
        )

    given = {"prices": prices(), "other": undated()}
    seen = look(training("np.resize(inputs['other']['a'], len(prices))"), inputs=given)
    assert seen.ahead.verdict is Verdict.NOT_LOOKED_AT
    assert "is the same whatever the dated inputs hold" in seen.ahead.because
    assert look(training("prices['close']"), inputs=given).ahead.verdict is Verdict.NONE_FOUND


def test_what_was_not_followed_beside_what_was_is_a_note() -> None:
    model = FIT + "\nRidge().fit(np.ones((50, 2)), np.arange(50.0))"
    seen = look(HONEST, model)
    (told,) = seen.diagnostics
    assert seen.ahead.verdict is Verdict.NONE_FOUND
    assert str(seen.ahead) == (
        "none found, but not all was looked at: `np.ones((50, 2))` does not say of which date its rows are"
    )
    assert (told.severity, told.code) == (Severity.NOTE, "NBC-E23")


@pytest.mark.parametrize(
    "model",
    [
        "def other(part):\n    rows = part[['x']]\n    return Ridge().fit(rows, part['y'])\nm = other(table)",
        "m = Ridge().fit(np.column_stack([X['x'], X['x'] ** 2]), y)",
        "m = [Ridge(alpha=a).fit(X.to_numpy(), y.to_numpy()) for a in (1.0, 2.0)]",
        "data = {'x': X.values, 'y': y.values}\nm = Ridge().fit(**{'X': data['x'], 'y': data['y']})",
        "assert abs(prices['close'].sum() - SUM) < 1e-6\nm = Ridge().fit(X, y)".replace("SUM", repr(SUM)),
        "if abs(prices['close'].sum() - SUM) > 1e-6:\n    raise ValueError\nm = Ridge().fit(X, y)".replace(
            "SUM", repr(SUM)
        ),
        "m = [Ridge(alpha=a) for a in (1.0, 2.0)]\nfor one in m:\n    getattr(one, 'fit')(X, y)",
        "from sklearn.pipeline import make_pipeline\nm = make_pipeline(Ridge()).fit(X, y)",
    ],
    ids=[
        "function",
        "stacked",
        "arrays in a comprehension",
        "by keyword",
        "assert",
        "raise",
        "getattr",
        "pipeline",
    ],
)
def test_however_it_is_learnt_from_it_is_looked_at(model: str) -> None:
    assert (look(HONEST, model).ahead.verdict, look(HONEST, model).diagnostics) == (Verdict.NONE_FOUND, ())
    assert look(LEAK, model).ahead.verdict is Verdict.FOUND


def test_rows_that_begin_after_the_cut_are_looked_at_by_a_cut_of_their_own() -> None:
    late = (
        "\nlate = table[table.index.get_level_values('date') > '2020-05-01']\nX, y = late[['x']], late['y']"
    )
    assert look(HONEST + late).ahead.verdict is Verdict.NONE_FOUND
    assert look(LEAK + late).ahead.verdict is Verdict.FOUND


def test_an_eval_cell_that_the_model_needs_is_run_again_too() -> None:
    chosen = {"between": "best = 2.0", "model": "m = Ridge(alpha=best).fit(X, y)"}
    assert look(HONEST, **chosen).ahead.verdict is Verdict.NONE_FOUND
    assert look(LEAK, **chosen).ahead.verdict is Verdict.FOUND


def test_training_rows_of_any_number_of_ends_are_looked_at() -> None:
    ends = ["2020-03-02", "2020-03-16", "2020-03-30", "2020-04-13", "2020-04-20"]
    model = "dates = X.index.get_level_values('date')\n" + "\n".join(
        f"m = Ridge().fit(X[dates < '{end}'], y[dates < '{end}'])" for end in ends
    )
    assert (look(HONEST, model).ahead.verdict, look(HONEST, model).ahead.because) == (Verdict.NONE_FOUND, "")
    assert look(LEAK, model).ahead.verdict is Verdict.FOUND


@pytest.mark.parametrize("date", ["trade_date", "date"])
def test_days_are_known_under_any_name_where_they_are_written_as_days(date: str) -> None:
    given = {"prices": prices(date=date)}
    features = HONEST.replace("'date'", f"'{date}'")
    assert look(features, inputs=given).ahead.verdict is Verdict.NONE_FOUND
    assert look(LEAK.replace("'date'", f"'{date}'"), inputs=given).ahead.verdict is Verdict.FOUND


def test_days_and_names_may_be_whole_numbers_under_a_name_that_says_so() -> None:
    def whole(name: str) -> dict[str, pd.DataFrame]:
        frame = prices().rename(columns={"date": name})
        return {"prices": frame.assign(**{name: frame[name].str.replace("-", "").astype(int)})}

    dated = HONEST.replace("close.pct", "close.sort_index().pct")
    assert look(dated, inputs=whole("date")).ahead.verdict is Verdict.NONE_FOUND
    numbered = prices().assign(
        symbol=prices()["symbol"].map({name: n for n, name in enumerate("ABCDEF", 10_001)})
    )
    for features, verdict in ((HONEST, Verdict.NONE_FOUND), (LEAK, Verdict.FOUND)):
        assert look(features, inputs={"prices": numbered}).ahead.verdict is verdict
    permnos = whole("permno")
    seen = look(dated.replace("'date'", "'permno'"), inputs=permnos)
    assert seen.ahead.because == "prices has no column of dates"


@pytest.mark.parametrize(
    "model",
    [
        "import lightgbm as lgb\nm = lgb.train({'verbose': -1, 'num_leaves': 3}, lgb.Dataset(X, y), 1)",
        "import lightgbm as lgb\nm = lgb.train({'verbose': -1, 'num_leaves': 3}, lgb.Dataset(data=X, label=y), 1)",
        "import statsmodels.api as sm\nm = sm.OLS(y, X).fit()",
        "import statsmodels.api as sm\nm = sm.OLS(y, sm.add_constant(X)).fit()",
        "import xgboost as xgb\nm = xgb.train({'max_depth': 1}, xgb.DMatrix(np.asarray(X), y), 1)",
    ],
)
def test_tables_of_native_boosters_and_of_statsmodels_are_followed(model: str) -> None:
    assert look(HONEST, model).ahead.verdict is Verdict.NONE_FOUND
    assert look(LEAK, model).ahead.verdict is Verdict.FOUND


ARRAYS = (
    "close = inputs['prices'].pivot(index='date', columns='symbol', values='close')\n"
    "close.index = pd.to_datetime(close.index)\nmean = np.log(close.mean(axis=1))\n"
    "ahead = (mean.shift(-5) - mean).to_numpy()\nsignal = mean.diff(5)"
)
FIGURE = "known = np.isfinite(ahead) & signal.notna()\nreport = {'corr': np.corrcoef(signal[known], ahead[known])[0, 1]}"


@pytest.mark.parametrize("what", ["figures_in", "row_of_numbers"])
def test_what_cannot_be_recorded_is_said_and_the_signal_is_kept_beside_it(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = cells_of(f"# %% [setup]\n{SETUP}\n# %% [features]\n{ARRAYS}\n# %% [eval]\n{FIGURE}")
    assert looked(cells, {"prices": prices()}, horizon=5, signal="signal").ahead.because == ""

    def refuses(*_: object) -> object:
        raise TypeError("no such thing has a length")

    def look() -> Look:
        monkeypatch.setattr(scored, what, refuses)
        _, recorder = recorded(cells, {"prices": prices()}, signal="signal", complete=False)
        monkeypatch.undo()
        assert any(one.is_signal for one in recorder.lineage.scored)
        return find_leaks(
            cells, {"prices": prices()}, begin, recorder=recorder, horizon=5, signal="signal", figures=()
        )

    ahead = look().ahead
    assert ahead.verdict is Verdict.NONE_FOUND
    assert "not all was looked at" in ahead.because
    assert "could not be recorded (TypeError)" in ahead.because
