"""What the cells' process hands to the judge: he takes the columns of this definition on this panel, as plain arrays, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alpha_bench import Ridge, cs, data, feature, walk_forward
from alpha_bench.describe import AlphaBenchError, build, describe, evaluate, own_columns, read_panel
from alpha_bench.operators import custom
from alpha_bench.panel import Panel
from alpha_bench.vocabulary.labels import fwd_ret
from fakes.market_files import write_prices
from nbcode.primitives import Judged, Judgement, NbcodeError
from nbcode.results import given_definition, hand_over, judge
from nbcode.results.given import given_columns, given_looks

COLUMNS = "columns.npz"


@feature(inputs=[cs.demean(data.close)], window=5)
def own(close):  # type: ignore[no-untyped-def]
    return close - np.vstack([np.full((1, close.shape[1]), np.nan), close[:-1]])


def definition(**more: Any) -> dict[str, Any]:
    model = Ridge().fit(X=[own, cs.rank(own)], y=fwd_ret(3), **more)
    return describe(walk_forward(model, folds=3, embargo="2d"))


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Panel:
    return read_panel(write_prices(tmp_path_factory.mktemp("market")), None, {})


@pytest.fixture
def without_code(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes this process one in which no function of a notebook is defined."""
    return lambda: monkeypatch.setattr(custom, "_defined", {})


@pytest.mark.parametrize("more", [{}, {"universe": cs.rank(data.close) > 0.2}])
def test_the_judge_has_the_figures_of_the_function_without_its_code(
    more: dict[str, Any], panel: Panel, tmp_path: Path, without_code: Callable[[], None]
) -> None:
    plain = definition(**more)
    true = dict(evaluate(build(plain), panel).figures)
    hand_over(plain, lambda: panel, tmp_path)
    without_code()
    with pytest.raises(AlphaBenchError, match="not defined here"):
        evaluate(build(plain), panel)
    found = judge(plain, lambda: panel, tmp_path / "out", given=tmp_path)
    assert found == true
    assert (tmp_path / "out" / "model" / "model.json").is_file()


def test_the_report_says_whose_columns_they_are(panel: Panel, tmp_path: Path) -> None:
    from nbcode.artifact import judgement_of

    plain = definition()
    hand_over(plain, lambda: panel, tmp_path)
    judge(plain, lambda: panel, tmp_path / "out", given=tmp_path)
    assert judgement_of(tmp_path / "out") == Judgement(judged=Judged.ON_COLUMNS, columns=("own",))
    assert "on columns of its own code (own)" in (tmp_path / "out" / "report.html").read_text()


def test_a_definition_of_the_language_alone_is_handed_over_as_it_is(panel: Panel, tmp_path: Path) -> None:
    plain = describe(walk_forward(Ridge().fit(X=[cs.rank(data.close)], y=fwd_ret(3)), folds=3))
    hand_over(plain, lambda: panel, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["definition.json"]
    assert given_definition(tmp_path) is not None
    assert given_columns(build(plain), panel, tmp_path) == (panel, ())


def test_nothing_was_handed_over(tmp_path: Path) -> None:
    assert given_definition(tmp_path) is None


Kept = dict[str, Any]


def fewer(kept: Kept) -> Kept:
    return kept | {"values": kept["values"][:, :-1]}


def of_other_dates(kept: Kept) -> Kept:
    return kept | {"dates": kept["dates"] + np.timedelta64(1, "D")}


def of_other_names(kept: Kept) -> Kept:
    return kept | {"symbols": kept["symbols"][::-1].copy()}


def whole_numbers(kept: Kept) -> Kept:
    return kept | {"values": np.zeros(kept["values"].shape, dtype=np.int64)}


def objects(kept: Kept) -> Kept:
    return kept | {"values": kept["values"].astype(object)}


def without_values(kept: Kept) -> Kept:
    return {"dates": kept["dates"]}


@pytest.mark.parametrize(
    "change", [fewer, of_other_dates, of_other_names, whole_numbers, objects, without_values]
)
def test_columns_of_something_else_are_refused(
    change: Callable[[Kept], Kept], panel: Panel, tmp_path: Path
) -> None:
    plain = definition()
    hand_over(plain, lambda: panel, tmp_path)
    assert given_columns(build(plain), panel, tmp_path)[1] == ("own",), "as they are they are taken"
    with np.load(tmp_path / COLUMNS) as kept:
        changed = change(dict(kept))
    np.savez(tmp_path / COLUMNS, **changed)
    with pytest.raises(NbcodeError, match="not those of the model"):
        given_columns(build(plain), panel, tmp_path)


@pytest.mark.parametrize("data_of_it", [None, b"", b"PK\x03\x04 and no more", b"\x93NUMPY\x01\x00"])
def test_what_is_no_file_of_columns_is_refused(
    data_of_it: bytes | None, panel: Panel, tmp_path: Path
) -> None:
    if data_of_it is not None:
        (tmp_path / COLUMNS).write_bytes(data_of_it)
    with pytest.raises(NbcodeError, match="not those of the model"):
        given_columns(build(definition()), panel, tmp_path)


def test_columns_are_asked_for_once_each(panel: Panel) -> None:
    assert len(own_columns(build(definition()))) == 1


def test_variants_that_the_cells_judged_count_as_trials(panel: Panel, tmp_path: Path) -> None:
    plain = describe(walk_forward(Ridge().fit(X=[cs.rank(data.close)], y=fwd_ret(3)), folds=3))
    figures = {}
    for looked_at in (1, 11):
        given = tmp_path / str(looked_at)
        hand_over(plain, lambda: panel, given, looked_at=looked_at)
        figures[looked_at] = judge(plain, lambda: panel, given / "out", given=given)
    assert [figures[n]["trials"] for n in (1, 11)] == [1, 11]
    one, many = (figures[n]["deflated_sharpe"] for n in (1, 11))
    assert isinstance(one, float)
    assert isinstance(many, float)
    assert many < one
    assert "11 variants were judged" in (tmp_path / "11" / "out" / "report.json").read_text()


@pytest.mark.parametrize("text", ["", "true", "-3", '"9"', "[2]"])
def test_a_count_that_is_none_is_one(text: str, tmp_path: Path) -> None:
    (tmp_path / "looks.json").write_text(text)
    assert given_looks(tmp_path) == 1
