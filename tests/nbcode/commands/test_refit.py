"""What a refit accepts of the data that are there: newer ones, whose sessions are like those that the fit before had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from fakes.specs import EXAMPLE
from nbcode.commands.promote import Status
from nbcode.commands.refit import NothingNewError, Source, accepted, as_it_was
from nbcode.configuration import RefitConfig
from nbcode.inputs import PinnedInput, Role, rows_before
from nbcode.inputs._cuts import cut_at
from nbcode.primitives import Exit, NbcodeError, Severity, digest_bytes, digest_file
from nbcode.registry import ModelVersion
from nbcode.spec import BuildSpec, spec_digest

DAYS = pd.bdate_range("2017-03-01", periods=90)
NAMES = [f"N{n:02}" for n in range(30)]
LIMITS = RefitConfig()


def day(number: int) -> str:
    return DAYS[number].date().isoformat()


def market() -> pd.DataFrame:
    close = 50 * np.cumprod(1 + np.random.default_rng(5).normal(0, 0.02, (len(DAYS), len(NAMES))), axis=0)
    rows = {
        "date": np.repeat(DAYS.strftime("%Y-%m-%d"), len(NAMES)),
        "symbol": NAMES * len(DAYS),
        "close": close.ravel(),
    }
    return pd.DataFrame(rows)


@dataclass(kw_only=True)
class Desk:
    """A project with one file of prices; what is built there, and what a refit of it says."""

    root: Path
    kind: str
    calendar: str = ""

    @property
    def store(self) -> Path:
        return self.root / "store"

    def write(self, table: pd.DataFrame) -> Path:
        path = self.root / f"prices.{self.kind}"
        table.to_csv(path, index=False) if self.kind == "csv" else table.to_parquet(path, index=False)
        return path

    def pin(self, table: pd.DataFrame, as_of: str | None) -> PinnedInput:
        path = self.write(table)
        whole = PinnedInput(
            name="sp500", role=Role.PRICES, uri=path.name, path=path, digest=digest_file(path), size_bytes=1, schema=(), calendar=self.calendar,
        )  # fmt: skip
        return whole if as_of is None else cut_at(whole, as_of, self.store)

    def build(self, table: pd.DataFrame, as_of: str | None) -> tuple[BuildSpec, PinnedInput]:
        pinned = self.pin(table, as_of)
        (one,) = EXAMPLE.inputs
        known = replace(one, digest=pinned.digest, as_of=pinned.as_of, schema=())
        meta = replace(EXAMPLE.meta, as_of=as_of or "")
        return replace(EXAMPLE, inputs=(known,), meta=meta), pinned

    def refit(
        self, table: pd.DataFrame, as_of: str, *fits: tuple[BuildSpec, PinnedInput], candidate: int = -1
    ) -> list[str]:
        """What is told of a refit where there were ``fits`` before, of which one is the ``candidate``; the codes."""
        spec, pinned = self.build(table, as_of)
        line = tuple(version(n, one) for n, (one, _) in enumerate(fits, 1))
        source = Source(
            version=line[0], spec=fits[0][0], data=b"", notebook=self.root / "n.py", line=line, before=fits[candidate][0],
            last=fits[-1][0],
        )  # fmt: skip
        digest = spec.definition.digest
        built = SimpleNamespace(
            spec=spec, inputs=(pinned,), spec_digest=spec_digest(spec), definition_digest=digest
        )
        try:
            accepted(source, built, as_of, LIMITS, self.store)  # type: ignore[arg-type]
        except NbcodeError as error:
            self.error = error
            return [one.code for one in error.diagnostics]
        return []


def version(number: int, spec: BuildSpec) -> ModelVersion:
    return ModelVersion(
        model="m", version=number, key=spec_digest(spec), spec_digest=spec_digest(spec), artifact_digest=digest_bytes(b"a"),
        registered_at="2026-01-05T09:00:00Z", source="", line=f"1.{number - 1}" if number > 1 else "", alias="candidate",
    )  # fmt: skip


@pytest.fixture(params=["csv", "parquet"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    return Desk(root=tmp_path, kind=request.param)


def spoilt(table: pd.DataFrame, number: int, how: str) -> pd.DataFrame:
    """One session of it as no vendor should deliver it."""
    that = table.date == day(number)
    close = table.close
    return {
        "half of the names are gone": table[~(that & (table.symbol > "N14"))],
        "a third of the closes is missing": table.assign(close=close.mask(that & (table.index % 3 == 0))),
        "negative": table.assign(close=close.where(~that, -close)),
        "a hundred times too large": table.assign(close=close.where(~that, close * 100)),
    }[how]


HOW = (
    "half of the names are gone", "a third of the closes is missing", "negative", "a hundred times too large",
)  # fmt: skip


def test_a_new_session_is_accepted(desk: Desk) -> None:
    table = market()
    assert desk.refit(table, day(81), desk.build(table, day(80))) == []


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("number", [81, 80, 40, 3])
def test_a_session_that_is_new_or_delivered_again_is_held(desk: Desk, how: str, number: int) -> None:
    table = market()
    fit = desk.build(table, day(80))
    assert {*desk.refit(spoilt(table, number, how), day(81), fit)} == {"NBC-I38"}
    assert desk.error.exit_code is Exit.SAFETY


@pytest.mark.parametrize("how", HOW)
def test_the_day_of_the_last_fit_delivered_again_is_held(desk: Desk, how: str) -> None:
    table = market()
    assert {*desk.refit(spoilt(table, 80, how), day(80), desk.build(table, day(80)))} == {"NBC-I38"}


@pytest.mark.parametrize("how", HOW)
def test_where_the_rows_before_are_gone_the_last_sessions_are_held(desk: Desk, how: str) -> None:
    table = market()
    again = table.assign(close=table.close * 1.001)  # so that nothing of it has the digest of before
    (spec, _) = desk.build(again, day(80))
    away = replace(spec, inputs=tuple(replace(one, digest=digest_bytes(b"away")) for one in spec.inputs))
    fit = (away, desk.pin(again, day(80)))
    assert desk.refit(table, day(81), fit) == []
    assert {*desk.refit(spoilt(table, 60, how), day(81), fit)} == {"NBC-I38"}


def test_what_was_accepted_by_hand_is_not_held_again(desk: Desk) -> None:
    table = spoilt(market(), 80, "a hundred times too large")
    assert desk.refit(table, day(81), desk.build(table, day(80))) == []


def test_a_first_fit_that_was_not_cut_has_all_rows_of_its_file(desk: Desk) -> None:
    table = market()
    until = table[table.date <= day(80)]
    with pytest.raises(NothingNewError, match="version 1 has these data"):
        desk.refit(until, day(80), desk.build(until, None))
    assert desk.refit(table, day(81), desk.build(until, None)) == []  # control: there are others


def test_a_first_fit_that_was_not_cut_is_compared_with_its_whole_file(desk: Desk) -> None:
    """A wrong session, which the fit had so."""
    table = spoilt(market(), 79, "a hundred times too large")
    assert desk.refit(table, day(80), desk.build(table, None)) == []


def test_no_row_since_the_last_fit_is_that_fit(desk: Desk, tmp_path: Path) -> None:
    table = market()
    until = table[table.date <= day(82)]  # a Friday
    friday = DAYS[82].date()
    assert friday.weekday() == 4
    sunday = (DAYS[82] + pd.Timedelta(days=2)).date().isoformat()
    first, second = desk.build(table, day(81)), desk.build(until, day(82))
    with pytest.raises(NothingNewError, match="version 2 has these data") as found:
        desk.refit(until, sunday, first, second)
    said = as_it_was(found.value, sunday, lambda _: tmp_path / "nowhere")
    assert (said.status, said.version, said.line, said.alias) == (Status.EXISTS, 2, "1.1", "candidate")
    assert said.exit_code is Exit.DONE
    (note,) = said.diagnostics
    assert (note.code, note.severity) == ("NBC-I50", Severity.NOTE)
    assert f"those of version 2 (1.1): no row has come since {day(82)}" in note.message


def test_control_a_row_that_came_on_sunday_is_new(desk: Desk) -> None:
    table = market()
    until = table[table.date <= day(82)]
    sunday = (DAYS[82] + pd.Timedelta(days=2)).date().isoformat()
    late = pd.concat([until, until[until.date == day(82)].assign(date=sunday)])
    assert desk.refit(late, sunday, desk.build(until, day(82))) == []


def test_a_day_before_that_of_the_last_fit_is_refused(desk: Desk) -> None:
    table = market()
    fits = desk.build(table, day(70)), desk.build(table, day(80))
    assert desk.refit(table, day(75), *fits) == ["NBC-I51"]
    assert desk.error.exit_code is Exit.USER
    (one,) = desk.error.diagnostics
    assert f"`nbcode refit m --as-of {day(80)}`, or a later day" in [fix.title for fix in one.fixes]
    assert desk.refit(table, day(80), *fits) == []  # the fix: it is there


def test_after_a_fit_was_set_back_its_sessions_are_held_to_the_limits_again(desk: Desk) -> None:
    """They were accepted once, and somebody took the fit on them back: what is the candidate now never had them."""
    wrong = spoilt(market(), 81, "a hundred times too large")
    good, bad = desk.build(wrong, day(80)), desk.build(wrong, day(81))
    assert desk.refit(wrong, day(82), good, bad) == []  # the control: what the fit before had so is accepted
    assert desk.refit(wrong, day(82), good, bad, candidate=0) == ["NBC-I38"]
    mended = market()
    assert desk.refit(mended, day(82), good, bad, candidate=0) == []
    assert desk.refit(mended, day(80), desk.build(mended, day(79)), bad, candidate=0) == ["NBC-I51"]


def test_a_day_that_has_a_fit_gives_that_one_whenever_it_is_asked_for(desk: Desk) -> None:
    table = market()
    fits = desk.build(table, day(70)), desk.build(table, day(80))
    assert desk.refit(table, day(70), *fits) == []


def test_late_data_are_asked_for_again(desk: Desk) -> None:
    table = market()
    until = table[table.date <= day(80)]
    assert desk.refit(until, day(81), desk.build(until, day(80))) == ["NBC-H38"]
    assert desk.error.exit_code is Exit.RETRY


def test_a_holiday_of_the_exchange_is_not_late(desk: Desk) -> None:
    table = market()
    good_friday = "2017-04-14"
    until = table[table.date < good_friday]
    before = desk.build(until, "2017-04-12")
    assert desk.refit(until, good_friday, before) == ["NBC-H38"]
    desk.calendar = "XNYS"
    assert desk.refit(until, good_friday, before) == []
    assert desk.refit(until, "2017-04-17", before) == ["NBC-H38"]
    (found,) = desk.error.diagnostics
    assert found.cause == "they are late: XNYS had a session since"


def test_the_rows_of_an_earlier_build_are_found_by_their_digest(desk: Desk) -> None:
    table = market()
    before = desk.pin(table, day(80))
    now = desk.pin(table, day(81))
    seek: Callable[..., PinnedInput | None] = rows_before
    found = seek(now, before.digest, date_column="date", as_of=None, store=desk.store)
    assert found is not None
    assert digest_file(found.path) == before.digest
    before.path.chmod(0o644)
    before.path.write_bytes(b"another")  # what lies there is not believed: it is cut anew
    assert seek(now, before.digest, date_column="date", as_of=None, store=desk.store) is None
    assert seek(now, digest_bytes(b"none"), date_column="date", as_of=day(80), store=desk.store) is None
