"""The names in a namespace, the data behind them, and what the end of a clean run writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from alpha_bench.describe import (
    PLATFORM_NAMES,
    AlphaBenchError,
    ValuesNeeded,
    definition_digest,
    evaluate,
    load_fitted,
    read_panel,
)
from fakes.market_files import write_prices, write_table
from nbcode.namespace import (
    ActiveSession,
    CellName,
    DataSource,
    InputFile,
    PanelFiles,
    open_session,
    open_session_lazily,
)
from nbcode.primitives import Digest, NbcodeError, canonical_json, digest_file
from nbcode.results import PYTHON_DIGEST, ResultDraft, finish

SEED = """
ret_5 = features.ret(window=5)
turn = features.turnover(5)
m = Ridge().fit(X=[ret_5, turn], y=fwd_ret_3d)
report = walk_forward(m, folds=4, embargo="2d")
"""
PANDAS = """
from sklearn.linear_model import Ridge as R
df = inputs["table"]
X, y = df[["a", "b"]], df["y"]
m = R(alpha=0.5)
"""
LAMBDA_OF_NO_CELL = """
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
report = {"r2": 1.0}
m = make_pipeline(FunctionTransformer(eval('lambda x: x')), m).fit(X, y)
"""
OTHER = Digest("sha256:" + "0" * 64)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("market")
    write_prices(directory)
    write_table(directory)
    return directory


@pytest.fixture
def namespace() -> dict[str, object]:
    return {"__name__": "__main__"}


@pytest.fixture
def active(files: Path, namespace: dict[str, object]) -> Iterator[ActiveSession]:
    source = DataSource(
        panel_files=PanelFiles(
            prices=files / "prices.parquet", prices_digest=digest_file(files / "prices.parquet")
        ),
        inputs=(InputFile(name="table", path=files / "table.csv", digest=digest_file(files / "table.csv")),),
    )
    session = open_session(namespace, source, ["fwd_ret_3d"])
    yield session
    session.close()


def run(code: str, active: ActiveSession) -> None:
    exec(code, active.namespace)  # type: ignore[arg-type]


def ended(active: ActiveSession, out: Path, code: str, expected: str | None = None) -> ResultDraft:
    run(code, active)
    return finish(active, out, expected)


def codes(draft: ResultDraft) -> list[str]:
    return [d.code for d in draft.diagnostics]


# --- names


def test_a_namespace_has_exactly_the_platforms_names_and_the_labels(active: ActiveSession) -> None:
    assert set(active.namespace) - {"__name__"} == PLATFORM_NAMES | {"fwd_ret_3d"}


def test_closing_takes_back_what_was_given_and_nothing_else(files: Path) -> None:
    namespace: dict[str, object] = {"mine": 1}
    session = open_session(namespace, DataSource(), ["fwd_ret_3d"])
    namespace["features"] = "the user's own"
    session.close()
    assert namespace == {"mine": 1, "features": "the user's own"}


def test_closing_gives_back_what_was_there_before() -> None:
    namespace: dict[str, object] = {"data": "the user's own"}
    session = open_session(namespace, DataSource())
    assert namespace["data"] != "the user's own"
    session.close()
    assert namespace == {"data": "the user's own"}


def test_nothing_is_read_before_a_cell_asks(tmp_path: Path, namespace: dict[str, object]) -> None:
    source = DataSource(panel_files=PanelFiles(prices=tmp_path / "gone.parquet"))
    session = open_session(namespace, source, ["fwd_ret_3d"])
    run("ret = features.ret(5)", session)
    with pytest.raises(NbcodeError, match=r"NBC-E01 data file gone\.parquet cannot be read"):
        run("ret.to_frame()", session)
    session.close()


def test_a_changed_panel_is_refused(files: Path, namespace: dict[str, object]) -> None:
    source = DataSource(panel_files=PanelFiles(prices=files / "prices.parquet", prices_digest=OTHER))
    session = open_session(namespace, source)
    with pytest.raises(NbcodeError, match=r"NBC-E02 prices\.parquet changed"):
        session.panel()
    session.close()


def test_without_data_values_are_what_is_missing(namespace: dict[str, object]) -> None:
    session = open_session(namespace, DataSource(inputs=(InputFile(name="table"),)))
    for code in ("data.close.to_frame()", "inputs['table']"):
        with pytest.raises(ValuesNeeded, match="R05"):
            run(code, session)
    with pytest.raises(AlphaBenchError, match="did you mean inputs\\['table'\\]"):
        run("inputs['tabel']", session)
    session.close()


def test_a_live_session_finds_its_files_when_a_value_is_asked_for(
    files: Path, namespace: dict[str, object]
) -> None:
    asked: list[int] = []

    def resolve() -> DataSource:
        asked.append(1)
        return DataSource(
            panel_files=PanelFiles(prices=files / "prices.parquet"),
            inputs=(InputFile(name="table", path=files / "table.csv"),),
        )

    session = open_session_lazily(namespace, resolve, ["table"])
    run(SEED.split("m =", maxsplit=1)[0], session)
    assert asked == []
    run("frame, table = ret_5.to_frame(), inputs['table']", session)
    assert asked == [1]
    session.close()


# --- inputs


def test_an_input_is_the_frame_that_pandas_reads(active: ActiveSession, files: Path) -> None:
    run("df = inputs['table']", active)
    pd.testing.assert_frame_equal(active.namespace["df"], pd.read_csv(files / "table.csv"))  # type: ignore[arg-type]


def test_a_parquet_input_is_known_by_its_bytes(
    files: Path, tmp_path: Path, namespace: dict[str, object]
) -> None:
    path = tmp_path / "no_suffix"
    path.write_bytes((files / "prices.parquet").read_bytes())
    session = open_session(namespace, DataSource(inputs=(InputFile(name="x", path=path),)))
    run("df = inputs['x']", session)
    assert len(namespace["df"]) == 160 * 9  # type: ignore[arg-type]
    session.close()


def test_changing_a_frame_does_not_change_the_input(active: ActiveSession, files: Path) -> None:
    changes = """
df = inputs["table"]
df["new"] = 1
df.loc[0, "a"] = 99.0
del df["b"]
df["y"] += 1
df.columns = ["p", "q", "r"]
again = inputs["table"]
"""
    run(changes, active)
    pd.testing.assert_frame_equal(active.namespace["again"], pd.read_csv(files / "table.csv"))  # type: ignore[arg-type]


def test_the_arrays_below_a_frame_cannot_be_written(active: ActiveSession) -> None:
    with pytest.raises(ValueError, match="read-only"):
        run("inputs['table']['a'].to_numpy()[0] = 1.0", active)


def test_a_changed_input_is_refused(files: Path, namespace: dict[str, object]) -> None:
    source = DataSource(inputs=(InputFile(name="table", path=files / "table.csv", digest=OTHER),))
    session = open_session(namespace, source)
    with pytest.raises(NbcodeError, match="NBC-E02 input `table` changed: sha256:0000"):
        run("inputs['table']", session)
    session.close()


def test_an_input_that_is_no_table_is_named(tmp_path: Path, namespace: dict[str, object]) -> None:
    path = tmp_path / "broken.parquet"
    path.write_bytes(b"PAR1 and then nothing")
    session = open_session(namespace, DataSource(inputs=(InputFile(name="x", path=path),)))
    with pytest.raises(NbcodeError, match="NBC-E03 input `x` is not a table"):
        run("inputs['x']", session)
    session.close()


# --- the end of a declarative run


def test_the_result_holds_the_figures_of_evaluate(active: ActiveSession, files: Path, tmp_path: Path) -> None:
    draft = ended(active, tmp_path, SEED)
    assert (draft.ok, draft.kind, codes(draft)) == (True, "declarative", [])
    expected = evaluate(active.namespace["report"], read_panel(files / "prices.parquet", None, {}))
    assert dict(draft.figures) == expected.figures
    document = json.loads((tmp_path / "report.json").read_bytes())
    assert document["figures"] == expected.figures
    assert document["folds"] == [fold.to_plain() for fold in expected.folds]
    assert document == json.loads(canonical_json(expected.to_json()))  # type: ignore[arg-type]


def test_every_file_of_the_result_is_listed(active: ActiveSession, tmp_path: Path) -> None:
    draft = ended(active, tmp_path, SEED)
    assert set(draft.files) == {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert {
        "model/model.json",
        "report.json",
        "report.html",
        "predictions.parquet",
        "pictures/ic.svg",
    } <= set(draft.files)


def test_the_same_run_writes_the_same_bytes(active: ActiveSession, tmp_path: Path) -> None:
    first = ended(active, tmp_path / "one", SEED)
    second = ended(active, tmp_path / "two", SEED)
    assert first == second
    for name in first.files:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_the_saved_model_is_fitted_on_every_row_whose_label_is_known(
    active: ActiveSession, files: Path, tmp_path: Path
) -> None:
    ended(active, tmp_path, SEED)
    panel = read_panel(files / "prices.parquet", None, {})
    known = panel.dates[len(panel.dates) - 1 - 3]
    loaded = load_fitted(tmp_path / "model")
    assert loaded.fitted_through == str(np.datetime64(known, "D"))
    assert np.isfinite(loaded.predict(panel).to_numpy()[-1]).all()


def test_the_definition_must_be_the_one_of_the_spec(active: ActiveSession, tmp_path: Path) -> None:
    run(SEED, active)
    digest = definition_digest(active.namespace["report"])
    assert finish(active, tmp_path / "same", digest).ok
    draft = finish(active, tmp_path / "other", OTHER)
    assert (draft.ok, codes(draft)) == (False, ["NBC-H20"])
    assert not (tmp_path / "other").exists()


def test_a_report_on_another_model_is_refused(active: ActiveSession, tmp_path: Path) -> None:
    draft = ended(active, tmp_path, SEED + "m = Ridge(alpha=3.0).fit(X=[ret_5], y=fwd_ret_3d)")
    assert (draft.ok, codes(draft)) == (False, ["NBC-D15"])


# --- the end of a plain Python run


def test_an_estimator_and_a_dict_of_figures_are_a_result(active: ActiveSession, tmp_path: Path) -> None:
    draft = ended(
        active, tmp_path, PANDAS + "m.fit(X, y)\nreport = {'r2': m.score(X, y), 'n': len(df)}", PYTHON_DIGEST
    )
    assert (draft.ok, draft.kind, draft.definition_digest, codes(draft)) == (
        True,
        "python",
        PYTHON_DIGEST,
        ["NBC-D17"],
    )
    document = json.loads((tmp_path / "report.json").read_bytes())
    assert document["figures"]["n"] == 50
    loaded = load_fitted(tmp_path / "model")
    X = active.namespace["X"]
    np.testing.assert_array_equal(loaded.predict(X), active.namespace["m"].predict(X))  # type: ignore[attr-defined,arg-type]
    frame = X.assign(other=1.0)[["other", "b", "a"]]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(loaded.predict_frame(frame), active.namespace["m"].predict(X))  # type: ignore[attr-defined]


def test_an_unfitted_estimator_is_fitted_on_what_the_cells_gave_it(
    active: ActiveSession, tmp_path: Path
) -> None:
    code = (
        PANDAS
        + "from sklearn.model_selection import cross_val_score\nreport = {'r2': cross_val_score(m, X, y).mean()}"
    )
    draft = ended(active, tmp_path, code)
    assert (draft.ok, codes(draft)) == (True, ["NBC-D17"])
    assert load_fitted(tmp_path / "model").predict(active.namespace["X"]).shape == (50,)  # type: ignore[arg-type]


def test_an_estimator_that_cannot_be_fitted_is_kept_with_a_warning(
    active: ActiveSession, tmp_path: Path
) -> None:
    draft = ended(active, tmp_path, PANDAS + "del X, y\nreport = {'r2': 0.5}")
    assert (draft.ok, codes(draft)) == (True, ["NBC-D15"])
    assert "model/estimator.skops" in draft.files


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("report = {'r2': float('nan')}", "NBC-H08"),
        ("report = {}", "NBC-H08"),
        ("", "NBC-H08"),
        ("report = {'r2': 1.0}; m = R", "NBC-D15"),
        ("report = {'r2': 1.0}; m = None", "NBC-D15"),
        ("report = {'r2': 1.0}; del m", "NBC-D15"),
        (LAMBDA_OF_NO_CELL, "NBC-D16"),
    ],
)
def test_what_is_no_result_is_refused(
    active: ActiveSession, tmp_path: Path, code: str, expected: str
) -> None:
    draft = ended(active, tmp_path, PANDAS + code)
    assert not draft.ok
    assert expected in codes(draft)


def test_a_problem_belongs_to_the_last_cell_of_its_tag(active: ActiveSession, tmp_path: Path) -> None:
    run(PANDAS + "report = {'r2': float('nan')}", active)
    cells = [CellName(index=4, tag="eval"), CellName(index=7, tag="eval"), CellName(index=3, tag="model")]
    (problem, _) = finish(active, tmp_path, cells=cells).diagnostics
    assert (problem.code, str(problem.place)) == ("NBC-H08", "cell 7 [eval]")


def test_our_report_beside_cells_that_took_values_is_the_full_one(
    active: ActiveSession, tmp_path: Path
) -> None:
    draft = ended(active, tmp_path, SEED + "frame = ret_5.to_frame()", PYTHON_DIGEST)
    assert draft.ok
    assert dict(draft.figures)["n_dates"] > 0  # type: ignore[operator]
    assert "model/model.json" in draft.files


def test_a_draft_is_plain_data(active: ActiveSession, tmp_path: Path) -> None:
    plain = ended(active, tmp_path, SEED).to_json()
    assert json.loads(canonical_json(plain)) == json.loads(json.dumps(plain))
