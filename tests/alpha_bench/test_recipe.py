"""The recipe of the data goes with a model: raw tables through it give the bits of the panel that it was fitted on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpha_bench import (
    AlphaBenchError,
    DataError,
    Panel,
    Ridge,
    cs,
    data,
    features,
    fit_final,
    fwd_ret,
    group,
)
from alpha_bench.fitting.fitted_model import FittedModel, load_fitted
from alpha_bench.panel.derived_fields import formulas_in_order
from alpha_bench.panel.interchange.tables import FileLayout
from alpha_bench.panel.panel import read_panel
from alpha_bench.panel.recipe import AS_IT_IS, Recipe
from fakes.small_model import NAMES, rows

RENAMED = {"Adj Close": "close", "Vol": "volume"}
DERIVE = {"cap": "price_usd * shares", "turnover": "volume * close / cap"}


@cache
def raw() -> pd.DataFrame:
    """Prices as a vendor writes them."""
    return rows().rename(columns={"date": "Day", "symbol": "Ticker", "close": "Adj Close", "volume": "Vol"})


@cache
def reference() -> pd.DataFrame:
    """One row a symbol, one name more than there is."""
    names = [str(3 + 11 * n) for n in range(NAMES + 1)]
    numbers = np.random.default_rng(1).uniform(1, 50, (len(names), 2))
    made = pd.DataFrame({"Ticker": names, "price_usd": numbers[:, 0], "shares": numbers[:, 1]})
    return made.assign(sector=["X" if n % 2 else "Y" for n in range(len(names))])


@cache
def panel() -> Panel:
    return Panel.of(raw(), date="Day", symbol="Ticker", rename=RENAMED, reference=reference(), derive=DERIVE)


@cache
def fitted() -> FittedModel:
    plan = Ridge().fit(
        X=[features.ret(10), data.turnover, group.rank(data.turnover, data.sector)], y=fwd_ret(2)
    )
    return fit_final(plan, panel())


def hexes(table: pd.DataFrame) -> dict[tuple[str, str], str]:
    return {
        (str(pd.Timestamp(d).date()), str(s)): float(p).hex()
        for d, s, p in zip(table["date"], table["symbol"], table["prediction"], strict=True)
    }


@cache
def wanted() -> dict[tuple[str, str], str]:
    """What the model says of the panel that it was fitted on."""
    wide: Any = fitted().predict(panel())
    long = wide.stack(future_stack=True).rename("prediction").reset_index()
    return hexes(long)


def derived(frame: pd.DataFrame) -> pd.DataFrame:
    made = frame.merge(reference(), on="Ticker").rename(columns=RENAMED)
    made["cap"] = made["price_usd"] * made["shares"]
    made["turnover"] = made["volume"] * made["close"] / made["cap"]
    return made.drop(columns=["price_usd", "shares"])


HELD: dict[str, tuple[Callable[[pd.DataFrame], Any], bool]] = {
    "raw": (lambda f: f, True),
    "in another order": (lambda f: f.sample(frac=1, random_state=3), True),
    "with further columns": (lambda f: f.assign(note="x", open=1.0), True),
    "by raw index": (lambda f: f.set_index(["Day", "Ticker"]), True),
    "polars": (pl.from_pandas, True),
    "arrow": (lambda f: pa.Table.from_pandas(f, preserve_index=False), True),
    "renamed already": (lambda f: f.rename(columns=RENAMED | {"Day": "date", "Ticker": "symbol"}), True),
    "keys renamed only": (lambda f: f.rename(columns={"Day": "date", "Ticker": "symbol"}), True),
    "reference beside the prices": (lambda f: f.merge(reference(), on="Ticker"), False),
    "derived already": (derived, False),
    "half of it derived": (lambda f: derived(f).drop(columns="turnover"), False),
}


@pytest.mark.parametrize("name", HELD)
def test_raw_tables_through_the_recipe_have_the_bits_of_the_panel(name: str, tmp_path: Path) -> None:
    fitted().save(tmp_path)
    make, given = HELD[name]
    found: Any = load_fitted(tmp_path).predict(make(raw()), reference=reference() if given else None)
    got = hexes(found.table())
    assert len(got) == len(rows())
    assert got == {key: wanted()[key] for key in got}
    assert sum(one != "nan" for one in got.values()) > 150


def test_another_formula_gives_other_figures() -> None:
    """The control: the comparison above can fail."""
    made = derived(raw())
    made["turnover"] = made["turnover"] * 1.0000001
    found: Any = fitted().predict(made)
    assert hexes(found.table()) != {key: wanted()[key] for key in hexes(found.table())}


def test_one_day_of_raw_tables_is_that_day_of_the_panel() -> None:
    for day in panel().dates[12::9]:
        found = fitted().predict(raw(), as_of=str(day), reference=reference())
        got = hexes(found)
        assert got == {key: wanted()[key] for key in got}
        assert len(got) == NAMES


def test_wide_raw_frames_are_made_into_the_panel() -> None:
    wide = {name: raw().pivot(index="Day", columns="Ticker", values=name) for name in RENAMED}
    found: Any = fitted().predict(wide, reference=reference())
    long = found.rename_axis("date").rename_axis("symbol", axis=1).stack(future_stack=True)
    assert hexes(long.rename("prediction").reset_index()) == wanted()


def test_a_reference_may_be_a_file_and_be_called_symbol(tmp_path: Path) -> None:
    reference().rename(columns={"Ticker": "symbol"}).to_parquet(tmp_path / "r.parquet")
    found: Any = fitted().predict(raw(), reference=tmp_path / "r.parquet")
    got = hexes(found.table())
    assert got == {key: wanted()[key] for key in got}


def test_needs_say_what_the_raw_tables_have_to_hold() -> None:
    needs = fitted().needs
    assert needs.raw == {"Day": "date", "Ticker": "text", "Adj Close": "number", "Vol": "number"}
    assert needs.reference == {"Ticker": "text", "price_usd": "number", "sector": "text", "shares": "number"}
    assert needs.derived == DERIVE
    assert needs.columns["turnover"] == "number"
    assert json.loads(json.dumps(needs.to_plain()))["derived"] == DERIVE
    plain = fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(rows())).needs
    assert (plain.derived, plain.reference) == ({}, {})
    assert plain.raw == plain.columns


def refused(code: str, data: Any, **given: Any) -> str:
    with pytest.raises(AlphaBenchError, match=rf"^{code} ") as caught:
        fitted().predict(data, **given)
    return f"{caught.value.message} | {caught.value.fix}"


def test_what_cannot_be_made_is_refused_with_what_is_missing() -> None:
    said = refused("R69", raw())
    assert "lacks price_usd, sector, shares, which the model had from a reference table" in said
    assert "cap = price_usd * shares needs it" in said
    said = refused("R36", raw().drop(columns="Vol"), reference=reference())
    assert "lacks volume; turnover = volume * close / cap needs it" in said
    assert "lacks shares" in refused("R36", raw(), reference=reference().drop(columns="shares"))
    twice = pd.concat([reference(), reference()])
    assert "is not there exactly once" in refused("R69", raw(), reference=twice)
    assert "no column 'Ticker'" in refused(
        "R69", raw(), reference=reference().rename(columns={"Ticker": "T"})
    )
    assert "is not there" in refused("R69", raw(), reference="nowhere.csv")
    both = raw().merge(reference()[["Ticker", "shares"]], on="Ticker")
    assert "shares is in the data and in the reference" in refused("R69", both, reference=reference())


def test_a_column_by_both_of_its_names_is_refused() -> None:
    both = raw().assign(close=1.0)
    assert "'Adj Close'" in refused("R70", both, reference=reference())
    assert "'Day'" in refused("R70", raw().assign(date=raw()["Day"]), reference=reference())


def test_names_that_change_places_are_changed() -> None:
    swapped = rows().rename(columns={"close": "volume", "volume": "close"})
    how = {"close": "volume", "volume": "close"}
    made = fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(swapped, rename=how))
    straight = fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(rows()))
    assert made.predict(swapped).equals(straight.predict(rows()))  # type: ignore[union-attr]
    assert not straight.predict(swapped).equals(straight.predict(rows()))  # type: ignore[union-attr]


def test_a_formula_in_the_place_of_a_column_is_computed_where_the_column_is_there() -> None:
    adjusted = rows().assign(factor=np.linspace(1, 2, len(rows())))
    made = fit_final(
        Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(adjusted, derive={"close": "close * factor"})
    )
    by_hand = rows().assign(close=adjusted["close"] * adjusted["factor"])
    wide: Any = made.predict(Panel.of(by_hand))
    found: Any = made.predict(adjusted)
    long = hexes(wide.stack(future_stack=True).rename("prediction").reset_index())
    assert hexes(found.table()) == long
    assert sum(one != "nan" for one in long.values()) > 100
    with pytest.raises(
        AlphaBenchError, match=r"^R36 the frame lacks factor; close = close \* factor needs it"
    ):
        made.predict(by_hand)


@settings(max_examples=80, deadline=None)
@given(
    formulas=st.lists(
        st.sampled_from(["close * 2", "b + c", "c - 1", "a / volume", "-(close)", "b * price_usd", "d"]),
        min_size=4,
        max_size=4,
    ),
    order=st.permutations(["a", "b", "c", "d"]),
)
def test_whatever_is_derived_from_what_a_part_of_it_is_made_alike(
    formulas: list[str], order: list[str]
) -> None:
    derive = dict(zip(order, formulas, strict=True))
    try:
        whole = Panel.of(
            raw(), date="Day", symbol="Ticker", rename=RENAMED, reference=reference(), derive=derive
        )
    except DataError:  # a formula reads what is derived after it
        return
    recipe = whole.recipe
    assert Recipe.from_plain(json.loads(json.dumps(recipe.to_plain()))) == recipe
    for name in order:
        supply = recipe.supplied([name], ["close", "volume"])
        part = Panel.of(
            raw(), date="Day", symbol="Ticker", rename=RENAMED, reference=reference(), derive=supply.formulas
        )
        assert part.digests[name] == whole.digests[name]
        assert not supply.missing


def test_a_recipe_is_kept_with_the_model_and_only_where_there_is_one(tmp_path: Path) -> None:
    fitted().save(tmp_path / "a")
    assert load_fitted(tmp_path / "a").recipe == panel().recipe
    again = tmp_path / "b"
    load_fitted(tmp_path / "a").save(again)
    assert (again / "recipe.json").read_bytes() == (tmp_path / "a" / "recipe.json").read_bytes()
    plain = fit_final(Ridge().fit(X=[cs.rank(features.ret(3))], y=fwd_ret(2)), Panel.of(rows()))
    plain.save(tmp_path / "c")
    assert not (tmp_path / "c" / "recipe.json").exists()
    assert load_fitted(tmp_path / "c").recipe == AS_IT_IS


@pytest.mark.parametrize(
    "spoilt",
    [
        {"schema_version": 2},
        {"more": 1},
        {"rename": []},
        {"layout": {"field": "close"}},
        {"derive": [{"name": "x", "formula": 3}]},
        {"reference": {"x": "number", "y": 1}, "date": 4},
    ],
)
def test_a_recipe_that_is_none_is_refused(spoilt: dict[str, Any], tmp_path: Path) -> None:
    fitted().save(tmp_path)
    plain = json.loads((tmp_path / "recipe.json").read_bytes())
    (tmp_path / "recipe.json").write_text(json.dumps(plain | spoilt))
    with pytest.raises(AlphaBenchError, match=r"^R35 "):
        load_fitted(tmp_path)


def test_a_formula_that_is_code_is_refused_when_the_model_is_loaded(tmp_path: Path) -> None:
    fitted().save(tmp_path)
    plain = json.loads((tmp_path / "recipe.json").read_bytes())
    plain["derive"][0]["formula"] = "__import__('os').system('true')"
    (tmp_path / "recipe.json").write_text(json.dumps(plain))
    with pytest.raises(AlphaBenchError, match=r"^R10 "):
        load_fitted(tmp_path)


def test_a_mapped_panel_keeps_its_recipe(tmp_path: Path) -> None:
    panel().save_mapped(tmp_path)
    assert Panel.open_mapped(tmp_path).recipe == panel().recipe
    assert panel().truncate(20).recipe == panel().recipe


def test_dates_as_the_file_of_the_fit_wrote_them_are_read_so(tmp_path: Path) -> None:
    """A day that two forms of dates read differently is that of the form which nbcode.toml had."""
    written = rows().assign(date=rows()["date"].dt.strftime("%d/%m/%Y"))
    written.to_csv(tmp_path / "p.csv", index=False)
    layout = FileLayout(date_format="%d/%m/%Y")
    made = fit_final(
        Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), read_panel(tmp_path / "p.csv", layout=layout)
    )
    straight: Any = made.predict(rows())
    for frame in (
        written,
        pl.from_pandas(written),
        rows().assign(date=rows()["date"].dt.strftime("%Y-%m-%d")),
    ):
        found: Any = made.predict(frame)
        assert hexes(found.table()) == hexes(straight.table())
    other = fit_final(Ridge().fit(X=[features.ret(3)], y=fwd_ret(2)), Panel.of(rows()))
    with pytest.raises(AlphaBenchError, match=r"^E15 "):
        other.predict(written)


def test_what_is_refused_of_a_renamed_column_is_mended_as_it_says() -> None:
    """The fix is typed as it stands: it names the caller's own column."""
    frame = raw().assign(Day=raw()["Day"].dt.strftime("%d.%m.%Y"))
    with pytest.raises(AlphaBenchError, match=r"^E15 the frame: column 'Day' does not hold dates") as caught:
        fitted().predict(frame, reference=reference())
    typed = caught.value.fix.partition(": ")[2]
    assert typed == 'frame["Day"] = pandas.to_datetime(frame["Day"], format="%d.%m.%Y")'
    exec(typed, {"frame": frame, "pandas": pd})
    mended: Any = fitted().predict(frame, reference=reference())
    assert hexes(mended.table()) == wanted()
    called = frame.rename(columns={"Day": "date"}).assign(date=raw()["Day"].dt.strftime("%d.%m.%Y"))
    with pytest.raises(AlphaBenchError, match=r"column 'date' .* frame\[\"date\"\]"):
        fitted().predict(called, reference=reference())


def test_a_folder_of_parts_is_read_by_the_form_of_its_dates(tmp_path: Path) -> None:
    written = rows().assign(date=rows()["date"].dt.strftime("%d/%m/%Y"))
    (tmp_path / "parts").mkdir()
    for number, part in enumerate((written[:50], written[50:])):
        part.to_parquet(tmp_path / "parts" / f"{number}.parquet", index=False)
    layout = FileLayout(date_format="%d/%m/%Y")
    assert read_panel(tmp_path / "parts", layout=layout).digest == Panel.of(rows()).digest
    with pytest.raises(AlphaBenchError, match=r"^E15 "):
        read_panel(tmp_path / "parts")


@pytest.mark.parametrize("order", [("a", "b", "c"), ("c", "b", "a"), ("b", "a", "c")])
def test_a_formula_waits_for_those_that_it_reads(order: tuple[str, ...]) -> None:
    formulas = {"a": "b * 2", "b": "c + close", "c": "close / 2"}
    derive = {name: formulas[name] for name in order}
    assert [*formulas_in_order(derive, {"close"})] == ["c", "b", "a"]
    rows = pd.DataFrame({"date": ["2024-01-02"] * 2, "symbol": ["A", "B"], "close": [4.0, 8.0]})
    panel = Panel.of(rows, derive=derive)
    assert panel.fields["a"].tolist() == [[12.0, 24.0]]
    assert [one.name for one in panel.recipe.derive] == ["c", "b", "a"]


def test_formulas_that_can_be_computed_as_they_are_written_stay_so() -> None:
    """``close`` is put in the place of the column after ``x`` has read it."""
    assert [*formulas_in_order({"x": "close + 1", "close": "close * 2"}, {"close"})] == ["x", "close"]
    assert [*formulas_in_order({"close": "close * 2", "x": "close + 1"}, {"close"})] == ["close", "x"]


@pytest.mark.parametrize(
    ("derive", "told"),
    [
        ({"a": "b", "b": "a"}, "it reads 'b', and that reads it again"),
        ({"a": "b", "b": "clos"}, "derive: b = 'clos': 'clos' is no column; did you mean 'close'"),
    ],
)
def test_formulas_that_cannot_be_computed_are_refused(derive: dict[str, str], told: str) -> None:
    with pytest.raises(AlphaBenchError, match=rf"R10.*{told}"):
        formulas_in_order(derive, {"close"})
