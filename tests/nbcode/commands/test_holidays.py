"""A day on which the exchange is closed is not late, where the exchange is named; a session that is not there is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from alpha_bench.errors import AlphaBenchError
from fakes.small_model import rows
from nbcode.commands.score import ChosenData, _instead
from nbcode.configuration import read_config
from nbcode.inputs import PinnedInput, Role, days_missing, why_late
from nbcode.inputs._cuts import late
from nbcode.primitives import Digest, Severity
from nbcode_runtime import score as predict
from nbcode_runtime.scoring import _open_day

CHRISTMAS = "2023-12-25"
"""A Monday on which New York is closed."""


@pytest.mark.parametrize(
    ("last", "as_of", "calendar", "missing"),
    [
        ("2023-12-22", CHRISTMAS, "", 1),  # the control: without a calendar each Monday has a session
        ("2023-12-22", CHRISTMAS, "XNYS", 0),
        ("2023-12-22", "2023-12-26", "XNYS", 1),
        ("2023-12-22", "2023-12-26", "XLON", 0),  # Boxing Day
        ("2023-12-22", "2023-12-24", "", 0),
        ("2023-12-22", "2023-12-24", "24/7", 2),
        ("2023-12-22", "2023-12-22", "XNYS", 0),
        ("2023-12-22", "2023-12-21", "XNYS", 0),
        ("2023-12-20", "2023-12-27", "XNYS", 4),
    ],
)
def test_the_sessions_of_the_exchange_are_counted(last: str, as_of: str, calendar: str, missing: int) -> None:
    assert days_missing(last, as_of, calendar) == missing


def test_a_calendar_that_there_is_not_is_told_even_where_nothing_is_late() -> None:
    with pytest.raises(AlphaBenchError, match=r"^E19 there is no calendar 'XNYC'") as caught:
        days_missing("2023-12-22", "2023-12-22", "XNYC")
    assert "'XNYS'" in caught.value.fix


def prices(calendar: str) -> PinnedInput:
    return PinnedInput(
        name="us", role=Role.PRICES, uri="prices.csv", path=Path("prices.csv"), digest=Digest("sha256:" + "0" * 64),
        size_bytes=1, schema=(), as_of="2023-12-22", calendar=calendar,
    )  # fmt: skip


def test_a_build_tells_late_data_and_a_wrong_name() -> None:
    assert late(prices("XNYS"), CHRISTMAS) is None
    found = late(prices(""), CHRISTMAS)
    assert found is not None
    assert (found.code, found.severity) == ("NBC-H38", Severity.NOTE)
    assert '`calendar = "XNYS"` at [data.us]' in (found.cause or "")
    found = late(prices("XNYS"), "2023-12-26")
    assert found is not None
    assert found.cause == why_late(prices("XNYS")) == "they are late: XNYS had a session since"
    found = late(prices("NYSE-1"), CHRISTMAS)
    assert found is not None
    assert (found.code, found.severity) == ("NBC-E19", Severity.ERROR)
    assert found.message.startswith("[data.us] calendar: ")


def test_nbcode_toml_names_it() -> None:
    reading = read_config('[data.us]\nprices = "p.csv"\ncalendar = "XNYS"\n', Path("nbcode.toml"))
    assert reading.config is not None
    assert reading.config.datasets[0].calendar == "XNYS"
    assert replace(reading.config.datasets[0], calendar="") != reading.config.datasets[0]


def test_the_day_that_is_asked_for_is_the_session_before_a_holiday() -> None:
    assert _open_day("2023-12-22", CHRISTMAS, "XNYS") == "2023-12-22"
    assert _open_day("2023-12-22", "2023-12-21", "XNYS") == "2023-12-21"
    with pytest.raises(AlphaBenchError, match=r"^R66 .* XNYS had a session on 2023-12-26") as caught:
        _open_day("2023-12-22", "2023-12-27", "XNYS")
    assert caught.value.context["last"] == "2023-12-22"


def test_score_predicts_the_session_before_a_holiday(tmp_path: Path) -> None:
    from alpha_bench import Panel, Ridge, features, fit_final, fwd_ret

    table = rows()
    last = pd.Timestamp("2023-12-22")
    moved = table.assign(date=table["date"] + (last - table["date"].max()))
    model = fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(moved))
    moved.to_csv(tmp_path / "prices.csv", index=False)
    found = predict(model, tmp_path / "prices.csv", as_of=CHRISTMAS, calendar="XNYS")
    assert found.session == "2023-12-22"
    with pytest.raises(AlphaBenchError, match="R66"):  # the control
        predict(model, tmp_path / "prices.csv", as_of=CHRISTMAS)
    after = str(dt.date(2023, 12, 26))
    with pytest.raises(AlphaBenchError, match="XNYS had a session on 2023-12-26"):
        predict(model, tmp_path / "prices.csv", as_of=after, calendar="XNYS")


def test_what_is_late_is_told_where_a_calendar_is_named() -> None:
    file = ChosenData(prices=Path("p.csv"))
    assert "--calendar XNYS" in _instead("2023-12-22", file)[1]
    assert "[data.us] in nbcode.toml" in _instead("2023-12-22", replace(file, dataset="us"))[1]
    assert len(_instead("2023-12-22", replace(file, calendar="XNYS"))) == 1
