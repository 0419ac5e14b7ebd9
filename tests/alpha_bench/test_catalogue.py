"""The catalogue says what is there: every word has an entry, every entry an example that runs, and what is sought is found."""

from __future__ import annotations

import json

import numpy as np
import pytest

import alpha_bench
from alpha_bench import catalogue, cs, data, features, group, labels, ts
from alpha_bench.engine.executor import compute
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions.expr import Expr
from alpha_bench.names import PLATFORM_NAMES
from alpha_bench.operators import OPERATORS, Kind, Scope
from alpha_bench.panel.panel import Panel
from alpha_bench.reference.entries import all_entries
from alpha_bench.reference.listing import reference_page
from alpha_bench.session.session import Session

NAMESPACE = Session(None).names()
ENTRIES = {e.name: e for e in all_entries()}
WITH_VALUES = [n for n, e in ENTRIES.items() if e.example]


@pytest.fixture(scope="module")
def panel() -> Panel:
    """Fields and groups for every example: 320 sessions of 12 assets without holes."""
    rng = np.random.default_rng(20)
    shape = (320, 12)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, shape), axis=0))
    spread = np.exp(np.abs(rng.normal(0, 0.01, shape)))
    fields = {
        "close": close, "open": close / np.sqrt(spread), "high": close * spread, "low": close / spread,
        "volume": rng.lognormal(12, 1, shape), "shares_outstanding": np.tile(rng.lognormal(16, 1, 12), (320, 1)),
    }  # fmt: skip
    made = Panel.from_arrays(
        np.datetime64("2020-01-01") + np.arange(320), [f"A{i:02d}" for i in range(12)], fields
    )
    sectors = np.tile(np.arange(12) % 3, (320, 1)).astype(float)
    return Panel(
        dates=made.dates,
        assets=made.assets,
        fields=made.fields,
        groups={"sector": sectors},
        group_names={"sector": ("Energy", "Tech", "Utilities")},
    )


def test_every_word_of_the_vocabulary_has_an_entry() -> None:
    words = {
        f"{m.__name__.rpartition('.')[2]}.{n}" for m in (features, ts, cs, group, labels) for n in m.__all__
    }
    others = set(PLATFORM_NAMES) - {"features", "data", "ts", "cs", "group", "labels", "inputs", "neutralize"}
    assert words | others <= set(ENTRIES)


def test_every_operator_is_told_once() -> None:
    names = [e.name for e in all_entries()]
    assert len(names) == len(set(names))
    ends = {n.rpartition(".")[2] for n in names} | set(names)
    assert {n for n in OPERATORS if n not in ends} == set()
    assert {"x.clip", "x.missing", "sign", "labels.sign"} <= set(names)


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_says_its_formula_its_missing_values_its_source_and_an_example(name: str) -> None:
    declared = OPERATORS[name]
    assert declared.summary.endswith(".")
    assert [f for f in ("formula", "missing", "source", "example") if not getattr(declared, f)] == []


@pytest.mark.parametrize("name", features.__all__)
def test_every_feature_says_more_than_its_name(name: str) -> None:
    entry = ENTRIES[f"features.{name}"]
    assert [
        f for f in ("formula", "missing", "units", "source", "example", "look_back") if not getattr(entry, f)
    ] == []


@pytest.mark.parametrize("name", WITH_VALUES)
def test_every_example_runs_and_has_values(name: str, panel: Panel) -> None:
    made = eval(ENTRIES[name].example, {}, NAMESPACE)
    assert isinstance(made, Expr)
    if made.kind is not Kind.CLASSIFIER:
        assert np.isfinite(compute((made,), panel)[0]).any()


@pytest.mark.parametrize(
    "name", [n for n in WITH_VALUES if n in OPERATORS or n.replace("ts.", "") in OPERATORS]
)
def test_the_example_of_an_operator_uses_it(name: str) -> None:
    declared = OPERATORS.get(name) or OPERATORS[name.replace("ts.", "")]
    made = eval(declared.example, {}, NAMESPACE)
    nodes = {made.op, *(a.op for a in made.args)}
    assert declared.name in nodes or declared.scope is Scope.LEAF


def test_sessions_needed_are_what_the_nodes_need() -> None:
    told = {n: e.look_back for n, e in ENTRIES.items()}
    assert told["features.ret"] == "window"
    assert told["features.volatility"] == "window"
    assert told["features.adv"] == told["ts.mean"] == "window - 1"
    assert told["features.mom_12_1"] == "252"
    assert told["ts.lag"] == "d"
    assert told["cs.rank"] == told["features.size"] == "0"
    assert told["labels.fwd_ret"] == "horizon + delay after t"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("momentum", "features.mom_12_1"),
        ("Amihud 2002", "features.amihud"),
        ("IndNeutralize", "group.demean"),
        ("qcut", "cs.quantile"),
        ("least squares", "cs.neutralize"),
        ("Ref", "ts.lag"),
        ("ts_rank", "ts.rank"),
        ("group_neutralize", "group.demean"),
        ("regression_neut", "cs.neutralize"),
    ],
)
def test_what_is_sought_by_meaning_or_by_anothers_name_is_found(search: str, found: str) -> None:
    """The control: it is not everything."""
    names = [e.name for e in catalogue(search)]
    assert found in names
    assert len(names) < len(catalogue()) / 2


def test_nothing_found_says_what_was_probably_meant() -> None:
    assert repr(catalogue("gausianise")).endswith("did you mean 'gaussianize'?")
    assert "did you mean" in catalogue("gausianise")._repr_html_()
    assert "catalogue() shows everything" in repr(catalogue("qqqqqq"))


def test_the_table_at_the_prompt_has_every_signature_and_fits() -> None:
    table = repr(catalogue())
    assert all(e.signature in table for e in all_entries())
    assert max(map(len, table.splitlines())) <= 160
    assert "cs.winsorize(x, limit=0.01, by='quantile')" in table
    assert "x + y" in table
    few = repr(catalogue("lotteries"))
    assert "Source: Bali, Cakici and Whitelaw (2011)" in few


def test_the_catalogue_is_data() -> None:
    everything = catalogue()
    plain = everything.to_json()
    assert json.loads(json.dumps(plain)) == plain
    frame = everything.to_frame()
    assert list(frame.index) == [e.name for e in everything]
    assert frame.loc["cs.rank", "formula"] == OPERATORS["cs.rank"].formula
    assert everything["amihud"].name == "features.amihud"
    with pytest.raises(
        AlphaBenchError, match=r"more than one 'zscore'.*ts\.zscore, cs\.zscore, group\.zscore"
    ):
        everything["zscore"]
    assert everything["cs.rank"].kind == "cross-section"
    with pytest.raises(AlphaBenchError, match=r"no 'cs\.rnak'.*did you mean 'cs\.rank'"):
        everything["cs.rnak"]


def test_the_notebook_shows_a_table_in_which_nothing_is_markup() -> None:
    html = catalogue()._repr_html_()
    assert html.count("<tr>") == len(catalogue()) + 1
    assert "x &lt; y" in html


def test_the_page_has_an_entry_for_each() -> None:
    page = reference_page()
    assert all(f"### {e.name}\n" in page for e in all_entries())
    assert all(e.example in page for e in all_entries())


def test_the_catalogue_is_a_name_of_the_package_whatever_was_imported_first() -> None:
    assert alpha_bench.catalogue is catalogue
    assert callable(alpha_bench.catalogue)


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("EMA", "ts.ewm(x, halflife=20)"),
        ("exponential", "ts.ewm(x, halflife=20)"),
        ("mad", "ts.median(abs(x - ts.median(x, 20)), 20)"),
        ("delay", "ts.lag(x, 20)"),
        ("Mean", None),
        ("IdxMax", "20 - ts.argmax(x, 20)"),
        ("adv20", "features.adv(20)"),
        ("adv180", "features.adv(180)"),
        ("advice", None),
        ("normalize", "cs.zscore(x)"),
        ("RSI", "ts.mean(features.ret(1).maximum(0), 14) / ts.mean(abs(features.ret(1)), 14)"),
    ],
)
def test_a_word_of_another_library_is_written_first_however_many_entries_speak_of_it(
    word: str, written: str | None
) -> None:
    first = str(catalogue(word)).splitlines()[0]
    assert (first == f"{word} is written {written}") is (written is not None)
    if written is not None:
        names = {"x": data.close, "features": features, "ts": ts, "cs": cs, "data": data}
        assert isinstance(eval(written, names), Expr)
