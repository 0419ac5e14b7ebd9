"""The report's JSON, page and pictures; fitted models on disk; the command line."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import xml.etree.ElementTree as ET
import zipfile
from functools import cache
from html import unescape
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from alpha_bench import features, grid_search
from alpha_bench.definitions.named_estimators import ElasticNet, Ridge, estimator
from alpha_bench.describe import definition_digest, evaluate, fit_final, load_fitted
from alpha_bench.errors import AlphaBenchError
from alpha_bench.names import FIGURES as NAMES
from alpha_bench.panel.panel import Panel
from alpha_bench.session.evaluations import combinatorial_purged_kfold, walk_forward
from alpha_bench.vocabulary.labels import fwd_ret
from alpha_bench.vocabulary.panel_fields import data
from fakes.books import panel_with_groups
from fakes.small_panels import panel_of

FOLD = {
    "search",
    "train_sessions",
    "train_rows",
    "test_first",
    "test_last",
    "coef",
    "intercept",
    "test_sessions",
}
FOREST = estimator("sklearn.ensemble.RandomForestRegressor", n_estimators=3, random_state=0, max_depth=3)
PIPELINE = estimator(
    "sklearn.pipeline.Pipeline",
    steps=[
        ["scale", estimator("sklearn.preprocessing.StandardScaler")],
        ["svr", estimator("sklearn.svm.SVR")],
    ],
)


@cache
def panel():
    rng = np.random.default_rng(0)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, (240, 11)), axis=0))
    close[rng.random(close.shape) < 0.02] = np.nan
    return panel_of({"close": close, "volume": rng.lognormal(10, 1, close.shape)})


def definition(spec=Ridge()):  # noqa: B008
    x = {"fast": features.ret(5), "slow & <b>": features.ret(20) - 1, "size": data.volume.log()}
    return walk_forward(spec.fit(X=x, y=fwd_ret(5)), folds=4, embargo=2)


@cache
def report():
    return evaluate(definition(), panel())


def test_the_json_has_one_shape_and_no_nan() -> None:
    plain = report().to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain
    assert set(plain) == {
        "schema_version", "definition", "definition_digest", "features", "panel", "figures", "folds", "warnings", "daily",
        "look_ahead", "verdict", "paths", "months", "groups", "decay", "portfolio", "years", "drawdowns", "sharpe_interval", "downside", "benchmark",
        "features_alone", "overfitting",
    }  # fmt: skip
    assert set(plain["figures"]) == set(NAMES)
    assert [set(f) for f in plain["folds"]] == [FOLD] * 4
    assert plain["definition_digest"] == definition_digest(definition())
    assert len(plain["daily"]["date"]) == len(plain["daily"]["ic"]) == len(plain["daily"]["pairs"]) == 192
    assert plain["features"][0] == {"name": "fast", "formula": "ret(close, window=5)"}


def test_the_same_evaluation_writes_the_same_bytes() -> None:
    again = evaluate(definition(), panel())
    assert json.dumps(again.to_json()) == json.dumps(report().to_json())
    assert again.to_html() == report().to_html()
    assert again.predictions.equals(report().predictions)


def test_the_page_needs_no_network_and_allows_no_script_but_its_own() -> None:
    page = report().to_html(title="a < b")
    assert "<title>a &lt; b</title>" in page
    addresses = set(re.findall(r"https?://[^\"' )]+", page))
    assert addresses == {"http://www.w3.org/2000/svg"}  # the name of SVG, never fetched
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    digests = ["sha256-" + base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert unescape(policy[1]) == f"default-src 'none'; style-src 'unsafe-inline'; script-src '{digests[0]}'"
    assert len(digests) == 1


@pytest.mark.parametrize("as_path", [True, False])
def test_a_page_with_a_path_is_written_and_the_path_returned(tmp_path: Path, *, as_path: bool) -> None:
    target = tmp_path / "report.html"
    assert report().to_html(target if as_path else str(target)) == str(target)
    assert target.read_text(encoding="utf-8") == report().to_html()
    report().to_html(target, title="mine")
    assert "<title>mine</title>" in target.read_text(encoding="utf-8")
    assert report().to_html("mine") == report().to_html(title="mine")  # a text that is no path is the title


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        AlphaBenchError, match=r"the page cannot be written to .*/gone/report\.html: no such file"
    ) as told:
        report().to_html(tmp_path / "gone" / "report.html")
    assert told.value.code == "R53"


def test_a_page_goes_where_a_link_leads_and_over_no_other_file(tmp_path: Path) -> None:
    link = tmp_path / "link.html"
    link.symlink_to("page.html")
    for title in ("one", "two"):
        report().to_html(link, title=title)
        assert f"<title>{title}</title>" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert link.is_symlink()
    (tmp_path / "n.ipynb").write_text('{"cells": []}')
    with pytest.raises(AlphaBenchError, match="a file that is no page is there") as told:
        report().to_html(tmp_path / "n.ipynb")
    assert (told.value.code, (tmp_path / "n.ipynb").read_text()) == ("R53", '{"cells": []}')


@pytest.mark.parametrize("shown", ["page", "notebook"])
def test_nothing_of_the_data_becomes_markup(shown: str) -> None:
    """Names of features, assets and groups that are markup themselves are shown as text."""
    evil = "</title><script>alert(1)</script>'\"&"
    prices = panel_with_groups()
    panel = Panel(
        dates=prices.dates,
        assets=np.array([f"{evil}{i:03d}" for i in range(45)]),
        fields=prices.fields,
        groups=prices.groups,
        group_names=MappingProxyType({"sector": (evil, "b", "c")}),
    )
    model = Ridge().fit(X={evil: features.ret(5)}, y=fwd_ret(5))
    made = evaluate(walk_forward(model, folds=3), panel)
    page = made.to_html(title=evil) if shown == "page" else made._repr_html_()
    assert page.count("<script") == 1
    assert "alert(1)" in page  # the control: the names are there
    assert page.count("&lt;script&gt;alert(1)") >= 3
    for text in made.pictures().values():
        ET.fromstring(text)


ALWAYS = {"folds", "ic", "months", "quantiles", "coverage"}
OF_A_BOOK = {"turnover", "years", "equity", "underwater", "quantile_paths", "exposures", "capacity", "decay"}


def test_every_picture_is_well_formed_and_says_what_it_is() -> None:
    pictures = evaluate(
        walk_forward(Ridge().fit(X=[features.ret(5)], y=fwd_ret(5)), folds=3), panel_with_groups()
    ).pictures()
    assert set(pictures) == ALWAYS | OF_A_BOOK | {"coefficients", "groups"}
    for text in pictures.values():
        root = ET.fromstring(text)
        assert root.find("{http://www.w3.org/2000/svg}title").text
        assert root.attrib["role"] == "img"
        assert not re.search(r"\bnan\b|\binf\b", text.lower())
        live = root.attrib.get("data-read")
        if live is not None:
            read = json.loads(live)
            assert all(len(texts) == len(read["t"]) for _, texts in read["s"])


def test_keys_and_series_have_the_same_names_and_tell_lines_apart_without_colour() -> None:
    made = evaluate(
        walk_forward(Ridge().fit(X=[features.ret(5)], y=fwd_ret(5)), folds=3), panel_with_groups()
    )
    for text in made.pictures().values():
        root = ET.fromstring(text)
        keys = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if "data-key" in g.attrib]
        series = {
            g.attrib["data-series"]
            for g in root.iter("{http://www.w3.org/2000/svg}g")
            if "data-series" in g.attrib
        }
        assert {k.attrib["data-key"] for k in keys} == series
        dashes = [k[0].attrib.get("stroke-dasharray", "") for k in keys]
        assert len(set(dashes)) == len(dashes)


def test_a_combinatorial_splitter_has_a_picture_of_its_paths() -> None:
    model = Ridge().fit(X=[features.ret(5)], y=fwd_ret(5))
    made = evaluate(combinatorial_purged_kfold(model, groups=4, test_groups=2), panel_with_groups())
    assert set(made.pictures()) == ALWAYS | OF_A_BOOK | {"coefficients", "groups", "paths"}
    page = made.to_html()
    assert page.count("no simulation of trading") == 1 + 1  # in the verdict itself, and among the limits
    assert "<h1>Combinatorial purged k-fold report</h1>" in page
    assert "no simulation of trading" not in report().to_html()
    assert "<h1>Walk-forward report</h1>" in report().to_html()


def test_what_a_search_chose_is_told_by_fold() -> None:
    search = grid_search(Ridge(), {"alpha": [0.1, 10.0]}, folds=2, score="rank_ic")
    model = search.fit(X=[features.ret(5)], y=fwd_ret(5))
    made = evaluate(walk_forward(model, folds=3, trials=4), panel_with_groups())
    page, table = made.to_html(), made.to_frames()["folds"]
    chosen = [fold.search.chosen["alpha"] for fold in made.folds]
    assert table["chosen: alpha"].tolist() == chosen
    for value in chosen:
        assert f"<code>alpha={value}</code>" in page
    assert made.figures["trials"] == made.to_json()["portfolio"]["evidence"]["trials"] == 8
    assert "the best expected of 8 trials without merit" in page
    assert "One trial is declared" not in page


@pytest.mark.skipif(
    not hasattr(os, "sched_setaffinity"), reason="threads are limited by affinity, which this system has not"
)
def test_the_whole_document_has_the_same_bits_on_one_thread_and_on_several() -> None:
    panel = panel_with_groups(700, 150, gaps=0.01)
    lazy = walk_forward(Ridge().fit(X=[features.ret(5), features.ret(20)], y=fwd_ret(5)), folds=3)

    def document() -> str:
        made = evaluate(lazy, panel)
        return json.dumps(made.to_json()) + made.to_html()

    cores = os.sched_getaffinity(0)
    several = document()
    os.sched_setaffinity(0, {min(cores)})
    try:
        assert document() == several
    finally:
        os.sched_setaffinity(0, cores)


def test_a_model_without_coefficients_has_no_picture_of_them() -> None:
    made = evaluate(definition(FOREST), panel())
    assert set(made.pictures()) == ALWAYS | OF_A_BOOK
    assert "Coefficients" not in made.to_html()


def test_a_report_without_one_scored_date_is_still_drawn() -> None:
    flat = panel_of({"close": np.full((240, 11), 50.0), "volume": np.arange(2640.0).reshape(240, 11)})
    made = evaluate(walk_forward(Ridge().fit(X=[data.volume], y=fwd_ret(5)), folds=4), flat)
    assert made.figures["n_dates"] == 0
    assert set(made.figures) == set(NAMES)
    assert made.figures["ic_mean"] is None
    assert made.figures["quantile_returns"] == [None] * 5
    assert "No information coefficient could be formed" in made.to_html()


def test_predictions_are_one_row_each_in_order_of_date_then_asset() -> None:
    table = report().predictions.to_pandas()
    assert list(table.columns) == ["date", "asset", "fold", "prediction", "label"]
    assert table[["date", "asset"]].equals(table[["date", "asset"]].sort_values(["date", "asset"]))
    assert set(table["fold"]) == {1, 2, 3, 4}
    assert len(table) == np.isfinite(report().prediction).sum()


def test_figures_show_themselves_in_a_notebook() -> None:
    assert "Information coefficient" in report()._repr_html_()
    assert re.match(r"Report: \d+ dates, IC [+-]0\.\d+ \(Newey-West t", repr(report()))


# -- fitted models --------------------------------------------------------------------------------------------------

SPECS = [Ridge(), ElasticNet(alpha=1e-4), FOREST, PIPELINE]


@pytest.mark.parametrize("spec", SPECS, ids=lambda s: s.name)
def test_a_saved_model_is_the_same_bytes_each_time_and_predicts_the_same(spec, tmp_path) -> None:
    for name in ("a", "b"):
        fit_final(definition(spec), panel()).save(tmp_path / name)
    files = sorted(p.name for p in (tmp_path / "a").iterdir())
    assert files == sorted(p.name for p in (tmp_path / "b").iterdir())
    for name in files:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    loaded = load_fitted(tmp_path / "a")
    before, after = fit_final(definition(spec), panel()).predict(panel()), loaded.predict(panel())
    assert before.equals(after)
    assert after.notna().to_numpy().any()
    loaded.save(tmp_path / "c")
    assert (tmp_path / "a" / "model.json").read_bytes() == (tmp_path / "c" / "model.json").read_bytes()


def test_the_final_fit_uses_every_row_whose_label_is_known() -> None:
    model = fit_final(definition(), panel())
    *x, y = panel().compute((*model.definition.features, model.definition.label))
    complete = np.isfinite(np.stack([*x, y])).all(axis=0)
    assert model.fit.rows == complete.sum()
    assert model.fitted_through == str(panel().dates[-6])


@pytest.mark.parametrize("names", ["formulas", "labels"])
def test_a_frame_of_features_is_predicted_row_by_row(names: str) -> None:
    model = fit_final(definition(), panel())
    columns = model.definition.names if names == "labels" else [str(f) for f in model.definition.features]
    x = np.stack([v[100] for v in panel().compute(model.definition.features)], axis=1)
    frame = pd.DataFrame(x, columns=list(columns), index=[f"row {i}" for i in range(11)])
    out = model.predict_frame(frame.iloc[::-1, ::-1])
    assert list(out.index) == list(frame.index[::-1])
    np.testing.assert_array_equal(out.to_numpy()[::-1], model.predict(panel()).to_numpy()[100])


def test_a_long_panel_is_predicted_row_by_row() -> None:
    model = fit_final(definition(), panel())
    wide = {
        name: pd.DataFrame(np.array(v), index=panel().dates, columns=panel().assets)
        for name, v in panel().fields.items()
    }
    long = (
        pd.concat({k: w.stack(future_stack=True) for k, w in wide.items()}, axis=1)
        .rename_axis(["date", "symbol"])
        .reset_index()
    )
    shuffled = long.sample(frac=1, random_state=0)
    out = model.predict_frame(shuffled)
    expected = model.predict(panel()).stack(future_stack=True).to_numpy()
    np.testing.assert_array_equal(out.sort_index().to_numpy(), expected)


def test_a_frame_without_the_features_names_what_it_lacks() -> None:
    with pytest.raises(AlphaBenchError, match=r"the frame lacks ret\(close, window=5\)"):
        fit_final(definition(), panel()).predict_frame(pd.DataFrame({"fast": [1.0]}))


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"definition": 3}', "\x80"])
def test_a_directory_that_holds_no_model_is_refused(text: str, tmp_path) -> None:
    (tmp_path / "model.json").write_text(text, encoding="latin-1")
    with pytest.raises(AlphaBenchError, match=r"R3[45]"):
        load_fitted(tmp_path)


def _rewritten(data: bytes, old: str, new: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "schema.json":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            target.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"sklearn.ensemble._forest"', '"os"'),
        ('"__class__": "RandomForestRegressor"', '"__class__": "system"'),
        ('"__loader__": "TreeNode"', '"__loader__": "FunctionNode"'),
        ('"__module__": "sklearn.tree._tree"', '"__module__": "builtins"'),
    ],
)
def test_a_saved_estimator_that_names_another_type_is_refused_before_anything_is_loaded(
    old: str, new: str, tmp_path
) -> None:
    fit_final(definition(FOREST), panel()).save(tmp_path)
    path = tmp_path / "estimator.skops"
    load_fitted(tmp_path)  # the control
    path.write_bytes(_rewritten(path.read_bytes(), old, new))
    with pytest.raises(AlphaBenchError, match="is not a type that a model may hold"):
        load_fitted(tmp_path)


def test_a_pickle_is_refused(tmp_path) -> None:
    import pickle

    fit_final(definition(FOREST), panel()).save(tmp_path)
    (tmp_path / "estimator.skops").write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(AlphaBenchError, match="not a saved estimator"):
        load_fitted(tmp_path)


def test_every_figure_is_an_attribute_and_nothing_else_is() -> None:
    from alpha_bench.evaluation import NamedFigures

    named = [
        name for name, value in vars(NamedFigures).items() if hasattr(value, "__get__") and name[0] != "_"
    ]
    assert named == list(NAMES)
