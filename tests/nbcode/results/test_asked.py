"""What [meta] asks for, in the names that cells left; and a signal as data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import AlphaBenchError, load_signal
from nbcode.primitives import NbcodeError
from nbcode.results import MISSING, Asked, evaluate, python_definition
from nbcode.results._pandas import save_signal

DAYS = pd.date_range("2020-01-01", periods=4)
WIDE = pd.DataFrame({"A": [1.0, 2, 3, 4], "B": [np.nan, 6.0, 7, 8]}, index=DAYS)


def asked(**texts: str) -> tuple[Asked, ...]:
    return tuple(Asked(key=key.replace("__", "."), text=text, line=7) for key, text in texts.items())


def test_without_a_word_of_meta_the_names_are_m_and_report() -> None:
    found = evaluate({"m": 1, "report": {"ic": 2}})
    assert (found.model, found.report, found.signal, found.called) == (1, {"ic": 2}, MISSING, "m")
    assert evaluate({}).model is MISSING


def test_each_key_is_evaluated_in_the_names_of_the_cells() -> None:
    names = {"models": {5: {"xgb": "best"}}, "ics": [0.5, 0.25], "m": "another"}
    found = evaluate(names, asked(model="models[5]['xgb']", report__ic="max(ics)", report__n="len(ics)"))
    assert (found.model, found.report, found.called) == ("best", {"ic": 0.5, "n": 2}, "models[5]['xgb']")
    whole = evaluate(names, asked(report="{'ic': ics[0]}"))
    assert (whole.model, whole.report) == ("another", {"ic": 0.5})
    assert evaluate(names, asked(signal="ics")).model is MISSING


def test_an_expression_leaves_the_names_as_they_are() -> None:
    names: dict[str, object] = {"ics": [0.5]}
    evaluate(names, asked(report__ic="[x for x in ics][0]"))
    assert set(names) - {"__builtins__"} == {"ics"}


@pytest.mark.parametrize(
    ("key", "text", "code"), [("model", "models['b']", "NBC-D15"), ("report.ic", "1 / 0", "NBC-H08")]
)
def test_what_raises_is_told_at_its_line(key: str, text: str, code: str) -> None:
    with pytest.raises(NbcodeError, match=code) as raised:
        evaluate({"models": {}}, (Asked(key=key, text=text, line=7),), cell=2)
    (found,) = raised.value.diagnostics
    assert found.place is not None
    assert (found.code, found.place.cell, found.place.line) == (code, 2, 7)
    assert key in found.message


def test_a_figure_that_is_none_is_refused_and_what_print_was_given_is_named() -> None:
    for text, fix in (("print(ic)", "ic: ic"), ("names.clear()", "name the value")):
        with pytest.raises(NbcodeError, match="gives None") as raised:
            evaluate({"ic": 0.5, "names": {}}, asked(report__ic=text))
        (found,) = raised.value.diagnostics
        assert found.code == "NBC-H08"
        assert found.fix_titles[0].startswith(fix)
    assert evaluate({"gap": {"ic": None}}, asked(report="gap")).report == {"ic": None}, "not known stays"


def test_the_definition_says_what_is_asked_for() -> None:
    plain = python_definition(asked(model="best", report__ic="ic"), {"x": "../x.csv"})
    assert plain == {"kind": "python", "model": "best", "report": {"ic": "ic"}, "paths": {"x": "../x.csv"}}
    assert python_definition(asked(signal="s")) == {"kind": "python", "signal": "s", "report": "report"}


SAME = {
    "wide": WIDE,
    "long": WIDE.stack(),
    "symbols first": WIDE.stack().swaplevel().sort_index(),
    "one column": WIDE.stack().to_frame("score"),
    "dates as text": WIDE.set_axis(DAYS.astype(str)),
    "unsorted": WIDE.iloc[::-1, ::-1],
    "with a time zone": WIDE.tz_localize("UTC"),
    "float32": WIDE.astype("float32"),
}


@pytest.mark.parametrize("name", SAME)
def test_one_signal_in_any_layout_is_the_same_bytes(name: str, tmp_path: Path) -> None:
    assert save_signal(WIDE, tmp_path / "a", "s") == ()
    assert save_signal(SAME[name], tmp_path / "b", "s") == ()
    for file in ("signal.json", "signal.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_another_value_is_other_bytes(tmp_path: Path) -> None:
    save_signal(WIDE, tmp_path / "a", "s")
    save_signal(WIDE * 2, tmp_path / "b", "s")
    assert (tmp_path / "a" / "signal.parquet").read_bytes() != (
        tmp_path / "b" / "signal.parquet"
    ).read_bytes()


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ([1.0], "NBC-D15"),
        (pd.Series([1.0, 2.0]), "NBC-D15"),
        (WIDE.astype(str) + "x", "NBC-D15"),
        (WIDE.stack().to_frame("a").assign(b=1), "NBC-D15"),
        (WIDE * np.nan, "NBC-H08"),
        (WIDE * np.inf, "NBC-H08"),
        (pd.concat([WIDE["A"], WIDE["A"]]), "NBC-H08"),
    ],
)
def test_what_is_no_signal_is_told_and_nothing_is_written(value: object, code: str, tmp_path: Path) -> None:
    (found,) = save_signal(value, tmp_path / "a", "positions")
    assert found.code == code
    assert "positions" in found.message
    assert not (tmp_path / "a").exists()


def test_a_signal_gives_back_the_dates_that_it_has(tmp_path: Path) -> None:
    save_signal(WIDE, tmp_path, "s")
    signal = load_signal(tmp_path)
    assert signal is not None
    asked_for = pd.DataFrame({"date": ["2020-01-01", "2020-01-02", "2020-01-02"], "symbol": ["B", "B", "Z"]})
    given = signal.predict(asked_for)
    assert given.tolist()[1] == 6.0
    assert given.isna().tolist() == [True, False, True]
    indexed = asked_for.assign(date=pd.to_datetime(asked_for.date)).set_index(["symbol", "date"])
    assert signal.predict(indexed).tolist()[1] == 6.0
    for frame in (asked_for.assign(date="1999-01-01"), asked_for[["symbol"]], asked_for[["date"]]):
        with pytest.raises(AlphaBenchError, match="R36"):
            signal.predict(frame)
    with pytest.raises(
        AlphaBenchError, match="R36 the signal has no value of these symbols on these dates: it has A, B"
    ):
        signal.predict(asked_for.assign(symbol=12.0))


def test_a_signal_by_date_alone_needs_no_symbols(tmp_path: Path) -> None:
    save_signal(WIDE["A"], tmp_path, "s")
    signal = load_signal(tmp_path)
    assert signal is not None
    assert signal.predict(pd.DataFrame(index=DAYS[1:3])).tolist() == [2.0, 3.0]


def test_what_is_damaged_is_no_signal_and_a_model_is_none(tmp_path: Path) -> None:
    assert load_signal(tmp_path) is None
    (tmp_path / "signal.json").write_text('{"kind": "signal", "keys": ["date"]}')
    with pytest.raises(AlphaBenchError, match="R35"):
        load_signal(tmp_path)


@pytest.mark.parametrize(("text", "name"), [("ic", "ic"), ("pnl['ic']", "figure")])
def test_a_report_that_is_one_figure_is_said_as_a_mapping(text: str, name: str) -> None:
    names = {"m": 1, "ic": np.float64(0.5), "pnl": {"ic": 0.5}}
    with pytest.raises(NbcodeError, match="NBC-H08") as raised:
        evaluate(names, asked(report=text), cell=1)
    (told,) = raised.value.diagnostics
    assert told.fix_titles == (
        f"write `# report:` and below it `#   {name}: {text}`; the cells stay as they are",
    )
    assert (told.place and told.place.line) == 7
    mended = evaluate(names, tuple(Asked(key=f"report.{name}", text=text, line=8) for _ in "x"))
    assert mended.report == {name: 0.5}
