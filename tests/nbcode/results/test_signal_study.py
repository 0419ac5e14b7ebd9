"""What the judge makes of a signal that cells left: the first source with its dates and assets judges it; else the reason is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from alpha_bench import fwd_ret, study
from alpha_bench.panel import Panel, price_panel
from nbcode.primitives import canonical_json
from nbcode.results import add_study, judge_signal
from nbcode.results._pandas import save_signal

DAYS = pd.bdate_range("2021-01-04", periods=120)


def closes(names: str = "ABCDEF") -> pd.DataFrame:
    steps = np.random.default_rng(3).normal(0, 0.02, (len(DAYS), len(names)))
    return pd.DataFrame(50 * np.exp(steps.cumsum(axis=0)), index=DAYS.rename("date"), columns=list(names))


def long(wide: pd.DataFrame, symbol: str = "symbol", close: str = "close") -> pd.DataFrame:
    return wide.stack().rename(close).rename_axis(["date", symbol]).reset_index()


def saved(value: Any, folder: Path) -> Path:
    assert save_signal(value, folder / "model", "scores") == ()
    return folder / "model"


def judged(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "study.json").read_bytes())


SOURCES = {
    "long": lambda: long(closes()),
    "long by ticker, with Close": lambda: long(closes(), "ticker", "Close").assign(sector="x"),
    "wide": closes,
    "wide with dates as a column of texts": lambda: (
        closes().reset_index().assign(date=lambda f: f["date"].astype(str))
    ),
    "a panel": lambda: Panel.of(long(closes())),
}


@pytest.mark.parametrize("source", SOURCES)
def test_a_signal_is_judged_by_prices_of_any_layout(source: str, tmp_path: Path) -> None:
    scores = closes().pct_change(5)
    figures = judge_signal(saved(scores, tmp_path), [SOURCES[source]], tmp_path, horizon=3)
    theirs = study(scores, y=fwd_ret(3), panel=Panel.of(long(closes())))
    assert figures["ic_mean"] == theirs.figures["ic_mean"]
    assert judged(tmp_path)["report"]["daily"] == theirs.to_json()["daily"]
    assert (tmp_path / "study.html").is_file()


def test_the_first_source_that_fits_is_taken(tmp_path: Path) -> None:
    scores = closes().pct_change(5)
    others = [lambda: long(closes("UVWXYZ")), lambda: pd.DataFrame({"a": [1]}), lambda: long(closes())]
    figures = judge_signal(saved(scores, tmp_path), others, tmp_path, horizon=3)
    assert figures["n_dates"] == len(DAYS) - 5 - 3


@pytest.mark.parametrize(
    ("scores", "sources", "why"),
    [
        (closes().mean(axis=1), [closes], "it has one value a date"),
        (closes(), [], "no input holds prices"),
        (closes(), [lambda: pd.DataFrame({"a": [1]})], "the frame holds no prices"),
        (closes(), [lambda: long(closes("UVWXYZ"))], "the factor has no asset in common with the panel"),
        (closes("AB"), [closes], "has a value of three assets or more on no session"),
    ],
)
def test_why_it_is_not_judged_is_told(scores: Any, sources: list[Any], why: str, tmp_path: Path) -> None:
    assert judge_signal(saved(scores, tmp_path), sources, tmp_path, horizon=3) == {}
    assert judged(tmp_path)["judged"] is False
    assert why in judged(tmp_path)["because"]
    assert not (tmp_path / "study.html").exists()


def test_values_that_cannot_be_read_are_no_failure(tmp_path: Path) -> None:
    folder = saved(closes(), tmp_path)
    (folder / "signal.parquet").write_bytes(b"PAR1 and nothing else")
    judge_signal(folder, [closes], tmp_path, horizon=3)
    assert "its values cannot be read" in judged(tmp_path)["because"]


def test_the_study_stands_below_what_the_notebook_stated(tmp_path: Path) -> None:
    stated = {"kind": "python", "figures": {"a <b>": 1.5}, "folds": []}
    (tmp_path / "report.html").write_text("<html><body><p>as it was stated</p></body></html>\n")
    (tmp_path / "report.json").write_bytes(canonical_json(stated))
    judge_signal(saved(closes(), tmp_path), [closes], tmp_path, horizon=3)
    add_study(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert (
        page.index("as it was stated")
        < page.index("judged as a factor by a process that ran no cell")
        < page.index("Factor report")
    )
    assert page.endswith("</body></html>\n")
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert report["study"]["judged"] is True
    assert report["figures"] == {"a <b>": 1.5}
    assert not list(tmp_path.glob("study.*"))


def test_a_frame_is_read_as_prices_only_where_it_holds_some() -> None:
    assert price_panel(closes()).shape == (120, 6)
    assert set(price_panel(long(closes()).assign(Volume=1.0, score=2.0)).fields) == {"close", "volume"}
