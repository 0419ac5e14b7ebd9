"""Looks do no work twice: what is saved is counted, never timed, and each saving has a control in which it must not be made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import scipy.stats

from fakes.leak_runs import cells_of, looked
from nbcode.leaks.futures.again import Again
from nbcode.leaks.futures.short_ways import short_ways
from nbcode.leaks.lineage.changes import Change
from nbcode.leaks.recording.answers import Answers
from nbcode.leaks.recording.recorder import Recorder
from nbcode.leaks.tables.alone import reads_of
from nbcode.leaks.tables.of_groups import correlation_asked, correlations
from nbcode.namespace import Statements
from nbcode.primitives import Verdict

DAYS = pd.bdate_range("2019-01-01", periods=260)
NAMES = [f"S{n:02d}" for n in range(12)]
CLOSE = pd.DataFrame(
    np.exp(np.random.default_rng(3).normal(0, 0.02, (260, 12)).cumsum(axis=0)), index=DAYS, columns=NAMES
)
LONG = CLOSE.stack().rename("close").rename_axis(["date", "symbol"]).reset_index()

BEGIN = """# %% [meta]
# id: work
# %% [setup]
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
SETUP
# %% [features]
prices = inputs["prices"]
close = prices.pivot(index="date", columns="symbol", values="close")
ret = close.pct_change()
FEATURES
table = pd.DataFrame({"x": x.stack(), "y": (close.shift(-5) / close - 1).stack()}).dropna()
day = table.index.get_level_values(0)
train, test = table[day < "2019-07-01"], table[day >= "2019-07-15"]
# %% [model]
m = Ridge().fit(train[["x"]], train["y"])
# %% [eval]
p = test.assign(p=m.predict(test[["x"]]))
EVAL
"""
PLAIN = {"SETUP": "", "FEATURES": "x = ret.rolling(5).sum()", "EVAL": "report = {'ic': p['p'].corr(p['y'])}"}


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """The looks of a run (``futures``), their recorders, and the ``statements`` that they run."""
    made: dict[str, list[Any]] = {"futures": [], "recorders": [], "statements": []}
    calls, again, run = Again.calls, Recorder.again, Statements.run

    def counted(self: Again, future: Any, **how: Any) -> Any:
        made["futures"].append(future)
        return calls(self, future, **how)

    def recorded(self: Recorder, **how: Any) -> Recorder:
        made["recorders"].append(again(self, **how))
        return made["recorders"][-1]

    def ran(self: Statements, statement: Any, file: str) -> None:
        made["statements"].append((file, statement.lineno))
        run(self, statement, file)

    monkeypatch.setattr(Again, "calls", counted)
    monkeypatch.setattr(Recorder, "again", recorded)
    monkeypatch.setattr(Statements, "run", ran)
    return made


def seen(**parts: str) -> Any:
    text = BEGIN
    for word, part in {**PLAIN, **parts}.items():
        text = text.replace(word, part)
    return looked(cells_of(text), {"prices": LONG}, horizon=5)


def taken(work: dict[str, list[Any]]) -> tuple[int, int]:
    """How many groups and windows were asked again, and how many were not."""
    answers = [one.answers for one in work["recorders"]]
    return sum(one.asked for one in answers), sum(one.taken_over for one in answers)


# -- groups and windows --------------------------------------------------------------------------------------------------------

IC = "ic = p.groupby(level='date').apply(FUNCTION)\nreport = {'ic': ic.mean()}"
ASKED_ONCE = {
    "a correlation and more": "lambda d: d['p'].corr(d['y'], method='spearman') - 1",
    "a name that is a number": "lambda d: d['p'].mean() * SCALE",
    "a function of the cells": "of_a_day",
    "an array": "lambda d: float(np.dot(WEIGHTS, d['p'].to_numpy()[:2]))",
}
ASKED_AGAIN = {
    "something is noted": "lambda d: SEEN.append(1) or d['p'].mean()",
    "it is drawn": "lambda d: d['p'].mean() + np.random.normal()",
    "another table is read": "lambda d: d['p'].mean() - OTHER['p'].mean()",
    "an array is filled": "lambda d: WEIGHTS.fill(1) or d['p'].mean()",
    "a global is set": "counting",
    "an object": "lambda d: d['p'].mean() * HELD.scale",
}
SETUP = """SEEN, WEIGHTS, SCALE, COUNT = [], np.array([1.0, 2.0]), 2.0, 0
OTHER = pd.DataFrame({"p": [1.0]})
class Held:
    scale = 1.0
HELD = Held()
def of_a_day(d):
    return d["p"].max() - SCALE
def counting(d):
    global COUNT
    COUNT += 1
    return d["p"].mean()"""


@pytest.mark.parametrize("function", ASKED_ONCE)
def test_groups_that_are_the_same_are_not_asked_again(function: str, work: dict[str, list[Any]]) -> None:
    found = seen(SETUP=SETUP, EVAL=IC.replace("FUNCTION", ASKED_ONCE[function]))
    asked, over = taken(work)
    assert over > 30  # both cuts among the tested rows have as many before them
    assert over + asked > 200
    assert found.ahead.verdict is Verdict.NONE_FOUND


@pytest.mark.parametrize("function", ASKED_AGAIN)
def test_what_may_give_another_answer_is_asked_again(function: str, work: dict[str, list[Any]]) -> None:
    seen(SETUP=SETUP, EVAL=IC.replace("FUNCTION", ASKED_AGAIN[function]))
    assert taken(work)[1] == 0


CORRELATIONS = {
    "pearson": lambda d: d["a"].corr(d["b"]),
    "by attribute": lambda d: d.a.corr(d.b, method="spearman"),
    "of a column of whole numbers": lambda d: d.whole.corr(d["b"], "spearman"),
}
OTHERS = {
    "more": lambda d: d["a"].corr(d["b"]) + 1,
    "by length": lambda d: d["a"].corr(d["b"]) if len(d) > 3 else 0.0,
    "a table": lambda d: d.corr(),
    "of the index": lambda d: d.index.corr(d["b"]),
    "of some rows": lambda d: d["a"][d["a"] > 0].corr(d["b"]),
    "with a limit": lambda d: d["a"].corr(d["b"], min_periods=5),
    "kendall": lambda d: d["a"].corr(d["b"], method="kendall"),
    "of texts": lambda d: d["word"].corr(d["b"]),
}


def of_groups() -> pd.DataFrame:
    """Groups of many sizes, with values that are missing, equal, and the same throughout a group."""
    draw = np.random.default_rng(5)
    made = pd.DataFrame(
        {"g": draw.integers(0, 12, 300), "a": draw.normal(size=300).round(1), "b": draw.normal(size=300)}
    )
    made = pd.concat([made, pd.DataFrame({"g": [20, 21, 21], "a": [1.0, 2.0, 3.0], "b": [1.0, 2.0, 2.5]})])
    made["whole"] = draw.integers(0, 5, len(made))
    made["word"] = "x"
    return made.assign(
        a=made["a"].where(made["g"] != 3, 0.5),
        b=made["b"].where((made["g"] != 4) & (draw.uniform(size=len(made)) > 0.1)),
    ).reset_index(drop=True)


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize("function", CORRELATIONS)
def test_correlations_of_all_groups_are_had_at_once(function: str) -> None:
    table, asked = of_groups(), CORRELATIONS[function]
    groups = table.groupby("g")
    correlation = correlation_asked(asked, table)
    assert correlation is not None
    found = correlations(correlation, table, groups.ngroup().to_numpy(), groups.ngroups)
    np.testing.assert_allclose(found, groups.apply(asked), rtol=1e-9, atol=1e-12)
    table.loc[5, "b"] = np.inf
    assert correlations(correlation, table, groups.ngroup().to_numpy(), groups.ngroups) is None


@pytest.mark.parametrize("function", OTHERS)
def test_a_function_that_asks_for_anything_else_is_asked_of_each_group(function: str) -> None:
    assert correlation_asked(OTHERS[function], of_groups()) is None


def test_a_figure_of_each_session_is_had_at_once_in_the_looks(work: dict[str, list[Any]]) -> None:
    found = seen(EVAL=IC.replace("FUNCTION", "lambda d: d['p'].corr(d['y'], method='spearman')"))
    assert sum(one.answers.at_once for one in work["recorders"]) > 200
    assert taken(work)[0] == 0
    assert found.ahead.verdict is Verdict.NONE_FOUND


WINDOWS = {
    "of arrays": "x = ret.rolling(5).apply(lambda v: np.dot(v, [1, 2, 3, 4, 5]), raw=True)",
    "of series": "x = ret.rolling(5).apply(lambda v: v.iloc[-1] - v.mean())",
    "of one series": "x = ret.sub(ret['S00'].rolling(4, min_periods=2).apply(lambda v: v.max(), raw=True), axis=0)",
}


@pytest.mark.parametrize("features", WINDOWS)
def test_windows_that_are_the_same_are_not_asked_again(features: str, work: dict[str, list[Any]]) -> None:
    found = seen(FEATURES=WINDOWS[features])
    asked, over = taken(work)
    assert over > asked
    assert found.ahead.verdict is Verdict.NONE_FOUND


def test_windows_of_what_cannot_be_asked_in_part_are_asked_again(work: dict[str, list[Any]]) -> None:
    seen(FEATURES="x = ret.rolling(5, center=True).apply(lambda v: v[0], raw=True).shift(3)")
    assert taken(work)[1] == 0


@pytest.mark.parametrize(
    "features",
    [
        # What the groups hold is the same before the cut; the number that the function reads is not.
        "LEVEL = float(ret.stack().mean())\nx = ret.add(ret.stack().groupby(level=0).apply(lambda s: s.mean() * LEVEL * 1e4), axis=0)",
        "SIZE = np.array([float(ret.iloc[-20:].stack().std())])\nx = ret.rolling(5).apply(lambda v: v.sum() / SIZE[0], raw=True)",
    ],
    ids=["a number of all sessions", "an array of the last ones"],
)
def test_a_function_that_reads_another_number_is_asked_again_and_its_leak_is_told(
    features: str, work: dict[str, list[Any]]
) -> None:
    found = seen(FEATURES=features)
    assert found.ahead.verdict is Verdict.FOUND
    assert "NBC-E23" in {one.code for one in found.diagnostics}


def test_what_is_taken_over_is_what_would_have_been_given() -> None:
    """With another future, with the answers of a first run and without."""
    moved = CLOSE.copy()
    moved.iloc[180:] *= np.random.default_rng(1).lognormal(0, 0.1, (80, 12))
    long = moved.stack().rename("v")
    long.index.names = ["date", "symbol"]

    def asked() -> list[Any]:
        by_day = long.groupby(level="date").apply(lambda s: s.max() - s.min())
        frame = long.reset_index().groupby("date").apply(lambda d: float(d["v"].iloc[0] - d["v"].mean()))
        return [by_day, frame, moved.rolling(7).apply(lambda v: v[0] / v.sum(), raw=True)]

    plain = asked()
    first = Answers(lambda file: file == __file__, lambda: 0)
    second = Answers(lambda file: file == __file__, lambda: 0, first)
    held = long, moved
    long, moved = CLOSE.stack().rename("v").rename_axis(["date", "symbol"]), CLOSE
    first.install()
    asked()
    first.remove()
    long, moved = held
    second.install()
    told = asked()
    second.remove()
    assert second.taken_over > 3 * 170
    for one, other in zip(plain, told, strict=True):
        assert one.equals(other)
    assert [one.equals(other) for one, other in zip(plain, asked(), strict=True)] == [True] * 3


@pytest.mark.parametrize("broken", ["asked_of", "reads_of", "kept_as_it_is"])
def test_what_goes_wrong_in_keeping_changes_no_figure(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(broken)

    monkeypatch.setattr(f"nbcode.leaks.recording.answers.{broken}", fails)
    answers = Answers(lambda file: file == __file__, lambda: 0)
    answers.install()
    told = CLOSE.stack().groupby(level=0).apply(lambda s: s.mean())
    with pytest.raises(ZeroDivisionError, match="division"):
        CLOSE.rolling(5).apply(lambda v: 1 / 0, raw=True)
    answers.remove()
    assert told.equals(CLOSE.stack().groupby(level=0).apply(lambda s: s.mean()))


def test_a_function_is_in_doubt_where_its_doings_are_not_seen() -> None:
    keeper: dict[str, int] = {}
    read = {name: reads_of(eval(text, {"np": np, "KEPT": keeper, "sum": sum}), lambda file: file == "<string>") for name, text in {
        "plain": "lambda v: np.dot(v, v)", "kept": "lambda v: KEPT.setdefault(str(v), 1)", "drawn": "lambda v: np.random.rand()",
        "opened": "lambda v: open('x')", "unknown": "lambda v: NOWHERE", "built in": "lambda v: sum(v)",
    }.items()}  # fmt: skip
    assert {name for name, found in read.items() if found is not None} == {"plain", "built in"}


# -- how far a look goes -------------------------------------------------------------------------------------------------------


def test_a_look_before_the_tested_rows_ends_with_the_last_fit(work: dict[str, list[Any]]) -> None:
    seen()
    last = [statement for statement in work["statements"] if "[eval]" in statement[0]]
    cuts = [future for future in work["futures"] if future.change.of_values]
    assert len(cuts) == 3
    scoring = sum(future.cut >= np.datetime64("2019-08-01") for future in cuts)
    assert scoring == 2
    assert len(last) == 2 * scoring  # the assignment and the figure, and nothing in the look before


def test_a_leak_in_a_statement_that_looks_like_drawing_is_told(work: dict[str, list[Any]]) -> None:
    """The title is computed of later sessions, and what is drawn is the feature."""
    features = (
        "import matplotlib\nmatplotlib.use('agg')\nimport matplotlib.pyplot as plt\n"
        "line = plt.figure().subplots().plot((ret - ret.mean()).to_numpy())\n"
        "x = pd.DataFrame(np.column_stack([one.get_ydata() for one in line]), index=ret.index, columns=ret.columns)"
    )
    assert "NBC-E23" in {one.code for one in seen(FEATURES=features).diagnostics}


# -- names that leave, and cuts after the end ----------------------------------------------------------------------------------


def test_names_leave_in_one_of_the_three_looks(work: dict[str, list[Any]]) -> None:
    assert seen().ahead.verdict is Verdict.NONE_FOUND
    assert [future.leaves for future in work["futures"]].count(True) == 1
    assert len(work["futures"]) == 3


CHOSEN = "ret = ret.loc[:, close.notna().all()]\nx = ret.rolling(5).sum()"


def test_names_that_were_chosen_by_their_future_are_told_by_two_looks(work: dict[str, list[Any]]) -> None:
    """The first moves values too, the second moves these alone, and shows that nothing before the cut is drawn anew."""
    found = seen(FEATURES=CHOSEN, EVAL="n = Ridge().fit(table[['x']], table['y'])")
    assert "names that were chosen by their future" in found.ahead.because
    assert [(one.change, one.leaves) for one in work["futures"]] == [
        (Change.MOVED, True),
        (Change.MOVED, False),
    ]


def test_what_may_be_drawn_anew_is_looked_at_on_the_same_data(work: dict[str, list[Any]]) -> None:
    drawn = seen(FEATURES=f"{CHOSEN} + np.random.default_rng().normal(size=ret.shape)")
    assert drawn.ahead.verdict is not Verdict.FOUND
    assert work["futures"][-1].change is Change.NONE
    work["futures"].clear()
    assert seen(FEATURES="x = ret - ret.mean()").ahead.verdict is Verdict.FOUND  # on no other look the same
    assert work["futures"][-1].change is Change.NONE


def test_names_leave_first_where_all_that_is_learnt_from_are_there_to_the_end(
    work: dict[str, list[Any]],
) -> None:
    seen()
    assert [future.leaves for future in work["futures"]] == [True, False, False]
    work["futures"].clear()
    seen(FEATURES="close.loc['2019-06-03':, 'S03'] = np.nan\nx = close.pct_change().rolling(5).sum()")
    assert [future.leaves for future in work["futures"]] == [False, True, False]


def test_a_cut_that_moves_nothing_decides_the_later_ones(work: dict[str, list[Any]]) -> None:
    early = "ret = ret.loc[:'2019-08-15']\nclose = close.loc[:'2019-08-15']\nx = ret.rolling(5).sum()"
    assert seen(FEATURES=early).ahead.verdict is Verdict.NONE_FOUND
    after = [future for future in work["futures"] if future.cut > np.datetime64("2019-08-15")]
    assert len(after) <= 1


def test_a_table_that_knows_what_it_leaves_off_is_told(work: dict[str, list[Any]]) -> None:
    early = "ret = ((ret - ret.mean()) / ret.std()).loc[:'2019-08-15']\nclose = close.loc[:'2019-08-15']\nx = ret.rolling(5).sum()"
    assert seen(FEATURES=early).ahead.verdict is Verdict.FOUND


# -- a shorter way -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [5, 8, 40])
def test_correlations_and_ranks_are_what_scipy_and_pandas_give(size: int) -> None:
    draw = np.random.default_rng(size)
    for digits in (0, 1, 8):
        for whole in (np.float64, np.float32, np.int64):
            table = pd.DataFrame(
                {"a": draw.normal(0, 3, size).round(digits).astype(whole), "b": draw.normal(size=size)}
            )
            for holes in (0, 1):
                table.loc[:holes, "b"] = np.nan if holes else table["b"].iloc[0]
                plain = given(table)
                with short_ways():
                    short = given(table)
                for one, other in zip(plain, short, strict=True):
                    np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    assert scipy.stats.rankdata([3.0, 1.0]).tolist() == [2.0, 1.0]


def given(table: pd.DataFrame) -> list[Any]:
    """Ranks and correlations of a table, by the ways that cells take."""
    a, b = table["a"], table["b"]
    return [
        scipy.stats.rankdata(a.to_numpy()),
        np.array(scipy.stats.spearmanr(a, b)),
        np.array(scipy.stats.spearmanr(a.to_numpy(), a.to_numpy()[::-1])),
        a.corr(b),
        a.corr(b, method="spearman"),
        a.corr(b, method="kendall"),
        a.corr(b[::-1], method="spearman"),
        a.corr(b, min_periods=5),
    ]


def test_the_shorter_way_is_gone_when_the_looks_are() -> None:
    before = pd.Series.corr, scipy.stats.spearmanr, scipy.stats.rankdata
    with short_ways():
        assert pd.Series.corr is not before[0]
    assert (pd.Series.corr, scipy.stats.spearmanr, scipy.stats.rankdata) == before


def test_changes_are_those_that_the_looks_are_made_of() -> None:
    assert [one for one in Change if one.of_values] == [Change.MOVED, Change.TURNED]


# -- rows that a number alone speaks for ---------------------------------------------------------------------------------------

NUMBERED = """# %% [meta]
# id: numbered
# %% [setup]
import pandas as pd
from sklearn.linear_model import Ridge
def ic_score(y_true, y_pred):
    return pd.Series(y_true).reset_index(drop=True).corr(pd.Series(y_pred), method="spearman")
# %% [features]
by = inputs["prices"].groupby("symbol")["close"]
table = inputs["prices"].assign(x=by.pct_change(5), y=by.shift(-5) / inputs["prices"]["close"] - 1).dropna()
train, test = table[table.date < "2019-07-01"], table[table.date >= "2019-07-15"]
# %% [model]
m = Ridge().fit(train[["x"]], train["y"])
# %% [eval]
report = {"ic": ic_score(test["y"], m.predict(test[["x"]]))}
"""


def test_a_figure_whose_rows_are_numbered_anew_is_not_taken_for_one_of_other_rows() -> None:
    found = looked(cells_of(NUMBERED), {"prices": LONG}, horizon=5)
    assert found.ahead.verdict is Verdict.NONE_FOUND, found.ahead.because
