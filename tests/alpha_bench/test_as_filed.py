"""Fundamentals as they were known: a quarter counts from the session after it was filed, and a restatement from its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench import AlphaBenchError, Panel, Ridge, as_filed, data, features, fwd_ret, walk_forward
from alpha_bench.session.evaluation_report import evaluate

DAYS = pd.bdate_range("2022-01-03", periods=120)
NAMES = ["AA", "BB", "CC"]


def prices() -> Panel:
    rng = np.random.default_rng(0)
    close = 50 * np.exp(rng.normal(0, 0.02, (len(DAYS), len(NAMES))).cumsum(axis=0))
    return Panel.from_wide({"close": pd.DataFrame(close, index=DAYS, columns=NAMES)})


def filings() -> pd.DataFrame:
    rows = [
        ("AA", "2021-12-31", "2022-02-10", 1.0, 10.0),
        ("AA", "2022-03-31", "2022-05-12", 2.0, 20.0),
        ("AA", "2021-12-31", "2022-05-20", 1.5, 15.0),  # an old period restated late
        ("AA", "2022-03-31", "2022-06-01", 2.5, np.nan),  # the newest one restated, without its assets
        ("BB", "2021-12-31", "2022-02-12", 7.0, 70.0),  # a Saturday
        ("XX", "2021-12-31", "2022-02-12", 9.0, 90.0),  # not in the panel
        ("CC", "2022-03-31", "2022-12-31", 8.0, 80.0),  # after the panel
    ]
    made = pd.DataFrame(rows, columns=["symbol", "period_end", "filed", "eps", "assets"])
    return made.astype({"period_end": "datetime64[ns]", "filed": "datetime64[ns]"})


def by_hand(delay: int, column: str, most: int | None = None) -> np.ndarray:
    """Row by row, as one would look it up."""
    out = np.full((len(DAYS), len(NAMES)), np.nan)
    for n, name in enumerate(NAMES):
        own = filings()[filings()["symbol"] == name]
        for t in range(len(DAYS)):
            on = [np.flatnonzero(f < DAYS if delay else f <= DAYS) for f in own["filed"]]
            begins = [at[0] + max(delay - 1, 0) if len(at) else 10_000 for at in on]
            known = own[[b <= t for b in begins]].sort_values(["period_end", "filed"])
            since = max((b for b in begins if b <= t), default=0)
            if len(known) and (most is None or t - since < most):
                out[t, n] = known[column].iloc[-1]
    return out


@pytest.mark.parametrize("delay", [0, 1, 3])
@pytest.mark.parametrize("most", [None, 15])
def test_a_value_is_that_of_the_latest_period_which_was_filed_by_then(delay: int, most: int | None) -> None:
    for table in (filings(), filings().sample(frac=1, random_state=1)):
        panel = prices().as_filed(table, delay=delay, most_sessions=most)
        for column in ("eps", "assets"):
            np.testing.assert_array_equal(panel.fields[column], by_hand(delay, column, most))
    eps = pd.DataFrame(prices().as_filed(filings()).fields["eps"], index=DAYS, columns=NAMES)
    assert np.isnan(eps.loc["2022-02-10", "AA"])
    assert eps.loc["2022-02-11", "AA"] == 1.0
    assert eps.loc["2022-05-25", "AA"] == 2.0  # the restatement of December changes nothing
    assert eps.loc["2022-06-02", "AA"] == 2.5
    assert np.isnan(eps["CC"]).all()
    at_the_end = prices().as_filed(filings().assign(filed=lambda f: f["period_end"]).drop(index=[2, 3]))
    assert (
        at_the_end.fields["eps"][0, 0] == 1.0
    )  # the control: joined on the period's end it is known six weeks early


def test_every_way_in_and_the_frame_give_the_same(tmp_path: Path) -> None:
    filings().to_csv(tmp_path / "f.csv", index=False)
    filings().to_parquet(tmp_path / "f.parquet")
    wanted = prices().as_filed(filings())
    for source in (tmp_path / "f.csv", tmp_path / "f.parquet"):
        assert prices().as_filed(source).digest == wanted.digest
    rows = prices().to_pandas().reset_index().sample(frac=1, random_state=3)
    joined = as_filed(rows, filings())
    assert joined.index.equals(rows.index)
    assert list(joined.columns) == ["date", "symbol", "close", "eps", "assets"]
    assert Panel.of(joined).digest == wanted.digest
    pd.testing.assert_frame_equal(
        as_filed(rows.set_index(["date", "symbol"]), filings()).reset_index(), joined.reset_index(drop=True)
    )


REFUSED: list[tuple[Callable[[], object], str]] = [
    (lambda: prices().as_filed(filings(), filed="period_end", period_end="filed"), r"^E15 .*7 rows were filed before their period ended.*AA, filed 2021-12-31 for 2022-02-10.*change filed= and period_end= about"),
    (lambda: prices().as_filed(pd.concat([filings(), filings().head(1)])), r"^E15 .*1 rows are a second filing of the same period"),
    (lambda: prices().as_filed(filings().rename(columns={"eps": "close"})), r"^E16 column 'close' is in the panel and in the filings"),
    (lambda: as_filed(prices().to_pandas().assign(eps=1.0), filings()), r"^E16 column 'eps' is in the frame and in the filings"),
    (lambda: prices().as_filed(filings(), filed="date"), r"^E15 .*has no column 'date'"),
    (lambda: prices().as_filed(filings(), delay=-1), r"^R02 delay is -1"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_cannot_be_joined_is_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        call()


def test_rows_that_are_dated_by_the_end_of_their_period_are_a_finding_and_a_limit(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = prices().to_pandas().reset_index().rename(columns={"date": "period_end"})
    rows = rows.assign(filed=rows["period_end"] + pd.Timedelta(days=40), eps=rng.random(len(rows)))
    rows.to_parquet(tmp_path / "x.parquet")
    ways = (
        Panel.of(rows, date="period_end"),
        Panel.of(tmp_path / "x.parquet", date="period_end"),
        Panel.of(rows, rename={"period_end": "date"}),
        prices().as_filed(rows.drop(columns="close"), filed="period_end", period_end="period_end"),
    )
    model = Ridge().fit(X=[features.ret(5), data.eps], y=fwd_ret(3))
    plan = walk_forward(model, folds=2, embargo="1d")
    for panel in ways:
        found = panel.validation["dated_before_known"]
        assert (found.severity, found.examples) == ("warning", ("dated by period_end, known from filed",))
        assert [w for w in evaluate(plan, panel).to_json()["warnings"] if "known from filed" in w]  # type: ignore[union-attr]
    for panel in (Panel.of(rows, date="filed"), prices().as_filed(filings())):  # the controls
        assert "dated_before_known" not in [f.code for f in panel.validation.findings]
