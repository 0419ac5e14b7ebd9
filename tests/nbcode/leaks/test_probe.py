"""The last look of a plain Python run: whether what is learnt knows the future, seen by running the features on another one."""

from __future__ import annotations

import contextlib
import io
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fakes.seeded_leaks import NOTEBOOKS, market
from nbcode.leaks import Look, Recorder, probe_leaks
from nbcode.leaks.futures.again import reseed
from nbcode.namespace import Code, DataSource, InputFile, PanelFiles, Statements, cell_file, open_session
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic, Severity

BY_NAME = {leak.name: leak for leak in NOTEBOOKS}


@pytest.fixture
def source(tmp_path: Path) -> DataSource:
    for name, frame in market().items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    return DataSource(inputs=tuple(InputFile(name=n, path=tmp_path / f"{n}.csv") for n in market()))


def looked(
    cells: list[tuple[str, str]], source: DataSource, labels: list[str] | None = None
) -> tuple[Diagnostic, ...]:
    """What is told after a run of ``cells``, (tag, source) each."""
    return look(cells, source, labels).diagnostics


def look(cells: list[tuple[str, str]], source: DataSource, labels: list[str] | None = None) -> Look:
    """What the probe comes to after a run of ``cells``."""
    codes = [
        Code(tag=tag, index=number, file=cell_file(number, tag), source=text)
        for number, (tag, text) in enumerate(cells, 1)
    ]
    reseed()
    namespace: dict[str, object] = {"__name__": "__main__"}
    active = open_session(namespace, source, labels or [])
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            with (
                Recorder(codes) as recorder,
                Statements(namespace, [text for _, text in cells]) as statements,
            ):
                for code in codes:
                    statements.run_cell(code.source, code.file)
        return probe_leaks(active, codes, source, recorder=recorder, horizon=10)
    finally:
        active.close()


def notebook(name: str, part: str) -> list[tuple[str, str]]:
    leak = BY_NAME[name]
    found = parse_notebook(leak.source(getattr(leak, part)).encode(), "notebook.py").notebook
    assert found is not None
    return [(c.tag, c.source) for c in found.cells if c.tag not in {None, "meta"}]


SETUP = "import numpy as np\nimport pandas as pd\nfrom sklearn.linear_model import Ridge\nprices = inputs['prices']"


def simple(features: str, model: str = "m = Ridge().fit(X, y)") -> list[tuple[str, str]]:
    return [("setup", SETUP), ("features", features), ("model", model)]


WIDE = (
    "close = prices.pivot(index='date', columns='symbol', values='close')\n"
    "table = pd.DataFrame({'x': (FEATURE).stack(), 'y': (close.shift(-10) / close - 1).stack()}).dropna()\n"
    "X, y = table[['x']], table['y']"
)


def test_cells_that_await_are_run_again_like_others(source: DataSource) -> None:
    setup = "import os\nfrom __future__ import annotations\nasync def same(x: Nowhere):\n    return x\n"
    features = "class Held:\n    prices: Nowhere\nprices = await same(inputs['prices'])\n"
    for part, codes in (("leak", ["NBC-E23"]), ("twin", [])):
        (tag, first), *rest = notebook("a centred window", part)
        cells = [("setup", setup), (tag, first), ("features", features), *rest]
        assert [d.code for d in looked(cells, source)] == codes


def test_a_row_that_another_future_changes_is_told_with_its_cell_both_values_and_what_to_do(
    source: DataSource,
) -> None:
    (told,) = looked(notebook("a centred window", "leak"), source)
    assert (told.code, told.severity) == ("NBC-E23", Severity.WARNING)
    assert told.place is not None
    assert (told.place.cell, told.place.tag) == (3, "model")
    assert "`train[columns]` knows the future" in told.message
    assert "with another future" in str(told.cause)
    assert looked(notebook("a centred window", "twin"), source) == ()


@pytest.mark.parametrize(
    ("feature", "leaks"),
    [
        ("close.pct_change(5)", False),
        ("close.pct_change(5).rank(axis=1)", False),
        ("close.expanding().mean()", False),
        ("close.ewm(halflife=5).mean()", False),
        ("close.iloc[::-1].rolling(5).mean().iloc[::-1]", True),
        ("close / close.iloc[-1]", True),
        ("close.interpolate()", False),  # these prices have no holes before they end
        ("(close - close.mean()) / close.std()", True),
        ("close.rank(pct=True)", True),
        ("close.shift(-1)", True),
    ],
)
def test_features_of_wide_frames_are_seen_through_their_index(
    source: DataSource, feature: str, leaks: bool
) -> None:
    found = looked(simple(WIDE.replace("FEATURE", feature)), source)
    assert [d.code for d in found if d.code != "NBC-E24"] == (["NBC-E23"] if leaks else [])


PANEL = (
    "x = FEATURE.stack()\ny = fwd_ret_10d.to_frame().stack()\n"
    "table = pd.concat({'x': x, 'y': y}, axis=1).dropna()\nX, y = table[['x']], table['y']"
)


@pytest.mark.parametrize(
    ("feature", "leaks"),
    [
        ("features.ret(20).to_frame()", False),
        ("cs.rank(features.ret(20)).to_frame()", False),
        ("features.ret(20).to_frame().shift(-5)", True),
        ("(data.close.to_frame() / data.close.to_frame().iloc[-1])", True),
    ],
)
def test_what_pandas_does_to_the_platforms_own_features_is_looked_at_too(
    source: DataSource, feature: str, leaks: bool
) -> None:
    cells = [
        ("setup", SETUP.replace("\nprices = inputs['prices']", "")),
        ("features", PANEL.replace("FEATURE", feature)),
    ]
    prices = next(file.path for file in source.inputs if file.name == "prices")
    panel = DataSource(panel_files=PanelFiles(prices=prices))
    found = looked([*cells, ("model", "m = Ridge().fit(X.to_numpy(), y)")], panel, labels=["fwd_ret_10d"])
    assert [d.code for d in found] == (["NBC-E23"] if leaks else [])


def test_an_array_is_dated_by_the_frame_it_was_made_of(source: DataSource) -> None:
    scaled = "from sklearn.preprocessing import StandardScaler\nA = StandardScaler().fit_transform(X)\n"
    split = "from sklearn.model_selection import TimeSeriesSplit, cross_val_score\ns = cross_val_score(Ridge(), A, y, cv=TimeSeriesSplit(3, gap=600))"
    honest = WIDE.replace("FEATURE", "close.pct_change(5)")
    assert [d.code for d in looked(simple(honest, scaled + split), source)] == ["NBC-E23"]
    assert looked(simple(honest, scaled + "m = Ridge().fit(A, y)"), source) == ()  # its own rows scale it


def test_a_scaler_inside_a_pipeline_or_on_training_rows_is_honest(source: DataSource) -> None:
    honest = WIDE.replace("FEATURE", "close.pct_change(5)")
    pipeline = "from sklearn.preprocessing import StandardScaler\nfrom sklearn.pipeline import make_pipeline\nm = make_pipeline(StandardScaler(), Ridge()).fit(X, y)"
    training = (
        "dates = X.index.get_level_values('date')\ntrain = X[dates < '2020-09-01']\n"
        "scaled = (train - train.mean()) / train.std()\nm = Ridge().fit(scaled, y[dates < '2020-09-01'])"
    )
    assert looked(simple(honest, pipeline), source) == ()
    assert looked(simple(honest, training), source) == ()


def test_sampling_with_a_seed_is_not_taken_for_knowledge(source: DataSource) -> None:
    honest = WIDE.replace("FEATURE", "close.pct_change(5)")
    model = "part = X.sample(frac=0.3, random_state=1)\nm = Ridge().fit(part, y[part.index])"
    assert looked(simple(honest, model), source) == ()


def test_names_that_were_chosen_by_what_became_of_them_are_told(source: DataSource) -> None:
    found = looked(notebook("the largest names of the last day", "leak"), source)
    assert found[0].code == "NBC-E23"
    chosen = (
        WIDE.replace("FEATURE", "close.pct_change(5)")
        .replace(
            "close = ",
            "alive = prices.groupby('symbol')['date'].transform('max') == prices['date'].max()\nclose = ",
        )
        .replace("prices.pivot", "prices[alive].pivot")
    )
    told = looked(simple(chosen), source)
    assert {d.code for d in told} == {"NBC-E23", "NBC-E24"}
    assert "chosen by their future" in told[0].message


def test_survivors_are_told_only_where_names_leave(source: DataSource, tmp_path: Path) -> None:
    assert [
        d.code for d in looked(notebook("only the names of today's reference table", "leak"), source)
    ] == ["NBC-E24"]
    whole = market()["prices"]
    whole = whole[whole["symbol"].isin(market()["reference"]["symbol"])]
    whole.to_csv(tmp_path / "prices.csv", index=False)
    assert looked(notebook("only the names of today's reference table", "leak"), source) == ()


def test_the_inputs_are_not_changed_by_the_look(source: DataSource) -> None:
    before = {n: f.copy() for n, f in market().items()}
    looked(notebook("a centred window", "leak"), source)
    for name, frame in market().items():
        pd.testing.assert_frame_equal(frame, before[name])
    assert np.isfinite(market()["prices"]["close"]).all()
