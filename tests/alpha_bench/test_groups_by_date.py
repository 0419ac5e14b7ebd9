"""Texts of the long table are groups as of each date: whoever changed sector is compared with those of the day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import AlphaBenchError, Panel, Ridge, data, features, fwd_ret, group, use, walk_forward
from alpha_bench.expressions import bind
from alpha_bench.fitting import fit_final
from alpha_bench.metrics import prices_of

SESSIONS, NAMES = 80, 9
DAYS = pd.bdate_range("2021-01-04", periods=SESSIONS)
SYMBOLS = [f"S{j}" for j in range(NAMES)]


def ratings() -> np.ndarray[Any, Any]:
    """(T, N) letters; some change half-way, the last asset is not rated before session 20."""
    rng = np.random.default_rng(3)
    texts = np.tile(rng.choice(list("ABC"), NAMES), (SESSIONS, 1)).astype(object)
    texts[SESSIONS // 2 :, ::3] = "D"
    texts[:20, -1] = None
    return texts


def frame() -> pd.DataFrame:
    rng = np.random.default_rng(2)
    close = 50 * np.exp(rng.normal(0, 0.02, (SESSIONS, NAMES)).cumsum(axis=0))
    rows = {"date": np.repeat(DAYS, NAMES), "symbol": np.tile(SYMBOLS, SESSIONS)}
    return pd.DataFrame({**rows, "close": close.ravel(), "rating": ratings().ravel()})


def by_hand(values: pd.DataFrame, texts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """``values`` less the mean of their group on their date, by pandas."""
    long = pd.DataFrame(
        {"x": values.to_numpy().ravel(), "g": texts.ravel(), "t": np.repeat(np.arange(SESSIONS), NAMES)}
    )
    mean = long.groupby(["t", "g"])["x"].transform("mean")
    return (long["x"] - mean).to_numpy().reshape(SESSIONS, NAMES)


def from_wide(rows: pd.DataFrame, _: Path) -> Panel:
    return Panel.from_wide(
        {n: rows.pivot(index="date", columns="symbol", values=n) for n in ("close", "rating")}
    )


def from_two_levels(rows: pd.DataFrame, _: Path) -> Panel:
    return Panel.of(rows.pivot(index="date", columns="symbol", values=["close", "rating"]))


def from_parquet(rows: pd.DataFrame, folder: Path) -> Panel:
    rows.astype({"rating": "category"}).to_parquet(folder / "x.parquet", row_group_size=100)
    return Panel.of(folder / "x.parquet")


def from_csv(rows: pd.DataFrame, folder: Path) -> Panel:
    rows.to_csv(folder / "x.csv", index=False)
    return Panel.of(folder / "x.csv")


def from_arrays(rows: pd.DataFrame, _: Path) -> Panel:
    close = rows["close"].to_numpy().reshape(SESSIONS, NAMES)
    texts = rows["rating"].to_numpy(dtype=object).reshape(SESSIONS, NAMES)
    return Panel.from_arrays(
        DAYS.to_numpy().astype("datetime64[D]"), SYMBOLS, {"close": close}, groups={"rating": texts}
    )


WAYS: list[Callable[[pd.DataFrame, Path], Panel]] = [
    lambda rows, _: Panel.of(rows),
    lambda rows, _: Panel.of(rows.sample(frac=1, random_state=1)),
    lambda rows, _: Panel.of(Panel.of(rows).to_arrow()),
    from_wide,
    from_two_levels,
    from_parquet,
    from_csv,
    from_arrays,
]


@pytest.mark.parametrize("way", WAYS)
def test_a_column_of_texts_is_a_group_as_of_each_date(
    way: Callable[[pd.DataFrame, Path], Panel], tmp_path: Path
) -> None:
    panel = way(frame(), tmp_path)
    texts = ratings()
    ret = features.ret(5).to_frame(panel)
    wanted = by_hand(ret, texts)
    for groups in (data.rating, group.by("rating")):
        found = group.demean(features.ret(5), groups).to_frame(panel).to_numpy()
        np.testing.assert_allclose(found, wanted, atol=1e-15)
        assert not np.isfinite(found[:20, -1]).any()
    of_the_last_day = by_hand(ret, np.tile(texts[-1], (SESSIONS, 1)))
    assert (
        np.nanmax(np.abs(of_the_last_day - wanted)) > 1e-3
    )  # the control: sectors of the last day are others
    assert panel.digest == Panel.of(frame()).digest
    inside = (data.rating == "D").to_frame(panel).to_numpy()
    np.testing.assert_array_equal(inside == 1, texts == "D")
    assert panel.frame(data.rating).to_numpy()[-1, 0] == "D"


def test_codes_under_the_name_of_a_group_are_one() -> None:
    for kind in (int, float, "Int64"):
        rows = (
            frame()
            .assign(sector=np.repeat(np.arange(SESSIONS) // 40, NAMES) * 10 + 10)
            .astype({"sector": kind})
        )
        panel = Panel.of(rows)
        assert panel.group_names["sector"] == ("10", "20")
        assert (data.sector == "20").to_frame(panel).to_numpy().sum() == 40 * NAMES


REFUSED = [
    ((data.rating + 1).to_frame, r"^R45 rating holds a group for each asset; \+ takes numbers"),
    (
        lambda p: group.rank(data.rating, data.rating).to_frame(p),
        r"^R45 rating holds a group.*group\.rank takes numbers",
    ),
    (lambda p: p.compute((data.rating,)), r"^R45 rating holds a group.*numbers are needed"),
    ((data.rating == "Z").to_frame, r"^R45 no asset's rating is 'Z'.*the panel has A"),
    ((data.turnover == "Z").to_frame, r"^R06 the panel has no field 'turnover'"),
    (lambda p: data.close == "A", r"^R09 close == 'A' compares numbers with a str"),
    (lambda p: Panel.of(frame().assign(close="x")), r"^E15 .*close holds .*numbers are needed"),
]


@pytest.mark.parametrize(("use_it", "message"), REFUSED)
def test_a_group_is_not_taken_for_numbers(use_it: Callable[[Panel], object], message: str) -> None:
    with pytest.raises(AlphaBenchError, match=message):
        use_it(Panel.of(frame()))


def test_a_definition_says_the_same_with_and_without_data() -> None:
    def made() -> object:
        ret = group.demean(features.ret(5), data.rating)
        model = Ridge().fit(X=[ret], y=fwd_ret(3), universe=data.rating != "A")
        return walk_forward(model, folds=2, embargo="1d")

    bind(None)
    lazy = made()
    use(Panel.of(frame()))
    try:
        computed = made()
    finally:
        bind(None)
    assert computed.definition.to_plain() == lazy.definition.to_plain()  # type: ignore[attr-defined]
    assert computed.figures["n_dates"] > 0  # type: ignore[attr-defined]


def test_a_model_of_groups_by_date_predicts_from_a_frame_as_from_a_panel() -> None:
    model = Ridge().fit(X=[group.demean(features.ret(5), group.by("rating"))], y=fwd_ret(3))
    fitted = fit_final(model, Panel.of(frame()))
    wide = fitted.predict(Panel.of(frame()))
    rows = frame().sample(frac=1, random_state=0)
    found = fitted.predict_frame(rows)
    wanted = [wide.loc[d, s] for d, s in zip(rows["date"], rows["symbol"], strict=True)]
    np.testing.assert_array_equal(found.to_numpy(), wanted)
    held = fitted.predict_frame(rows.assign(rating="A"))
    assert not np.allclose(held, found, equal_nan=True)  # the control: groups count


def test_what_is_no_group_is_left_out_and_that_is_said() -> None:
    many = frame().loc[lambda f: f.index.repeat(20)].reset_index(drop=True)
    many["symbol"] += "_" + (np.arange(len(many)) % 20).astype(str)
    rows = many.assign(note=[f"n{i}" for i in range(len(many))], blank="", filed=pd.Timestamp("2021-01-01"))
    panel = Panel.of(rows)
    assert set(panel.groups) == {"rating"}
    assert set(panel.validation["column_left_out"].examples) == {"note", "blank", "filed"}
    with pytest.raises(AlphaBenchError, match=r"^E15 groups 'x' have no text at all"):
        Panel.from_arrays(panel.dates, list(panel.assets), {}, groups={"x": np.full(panel.shape, None)})
    with pytest.raises(AlphaBenchError, match=r"^E15 x has shape"):
        Panel.from_arrays(panel.dates, list(panel.assets), {}, groups={"x": np.full((2, 2), "a")})
    close = panel.fields["close"]
    with pytest.raises(AlphaBenchError, match=r"^E16 'close' is a field and a group"):
        Panel.from_arrays(panel.dates, list(panel.assets), {"close": close}, groups={"close": close})


def test_groups_by_date_come_before_those_of_the_reference() -> None:
    reference = pd.DataFrame({"symbol": SYMBOLS, "rating": "X", "country": "US"})
    panel = Panel.of(frame(), reference=reference)
    assert panel.group_names["rating"] == ("A", "B", "C", "D")
    assert panel.validation["group_by_date"].examples == ("rating",)
    assert panel.validation["reference_constant"].examples == ("country",)


def test_symbols_that_differ_in_case_are_a_finding() -> None:
    rows = frame().assign(symbol=lambda f: f["symbol"].replace({"S1": "AAPL", "S2": "aapl ", "S3": "Aapl."}))
    found = Panel.of(rows).validation["similar_symbol"]
    assert (found.severity, found.count, [str(p) for p in found.places]) == ("warning", 1, ["aapl  = 'AAPL'"])
    with pytest.raises(KeyError, match="similar_symbol"):
        Panel.of(frame()).validation["similar_symbol"]
    close = np.ones((3, 2))
    with pytest.raises(AlphaBenchError, match=r"^E15 symbols 'cafe\u0301' and 'caf\u00e9'"):
        Panel.from_arrays(np.arange(3).astype("datetime64[D]"), ["cafe\u0301", "caf\u00e9"], {"close": close})
    case = Panel.from_arrays(np.arange(3).astype("datetime64[D]"), ["AAPL", "aapl"], {"close": close})
    assert case.validation["similar_symbol"].count == 1


def test_a_report_is_broken_down_by_a_classification_not_by_any_text() -> None:
    rows = frame().assign(about=lambda f: f["symbol"] + " " + (f.index // NAMES).astype(str))
    prices = prices_of(Panel.of(rows), fwd_ret(3), 0, 10)
    assert prices is not None
    assert prices.group_names == ("A", "B", "C", "D")
    with_industry = prices_of(Panel.of(rows.assign(industry="Z")), fwd_ret(3), 0, 10)
    assert with_industry is not None
    assert with_industry.group_names == ("Z",)
