"""Where a live kernel is, and the data that belongs to it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from fakes.market_files import write_prices, write_table
from nbcode.kernel.live import LiveSession
from nbcode.kernel.location import meta_in_cell, notebook_path, resolve_data
from nbcode.primitives import NbcodeError

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n"
CONFIG = '[data.market]\nprices = "prices.parquet"\n[defaults]\ndata = "market"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_prices(tmp_path)
    write_table(tmp_path)
    (tmp_path / "nbcode.toml").write_text(CONFIG)
    (tmp_path / "research").mkdir()
    return tmp_path


def live(project: Path, notebook: Path | None = None) -> LiveSession:
    return LiveSession(namespace={}, folder=project / "research", notebook=notebook)


@pytest.mark.parametrize("said_by", ["jupyter", "vs code"])
def test_the_front_end_says_which_notebook_it_is(project: Path, said_by: str) -> None:
    path = project / "research" / "n.ipynb"
    path.write_text("{}")
    namespace = {"__vsc_ipynb_file__": str(path)} if said_by == "vs code" else {}
    environment = {"JPY_SESSION_NAME": str(path)} if said_by == "jupyter" else {}
    assert notebook_path(namespace, environment, project) == path


@pytest.mark.parametrize("said", ["", "gone.ipynb", "0b9a7f5c-5d0e", "nbcode.toml"])
def test_a_session_that_is_no_notebook_is_none(project: Path, said: str) -> None:
    assert notebook_path({}, {"JPY_SESSION_NAME": said}, project) is None


def test_a_cell_with_the_marker_or_of_meta_lines_alone_is_meta() -> None:
    for source in (META, META.removeprefix("# %% [meta]\n"), "\n" + META):
        reading = meta_in_cell(source)
        assert reading is not None
        assert reading.meta is not None
        assert reading.meta.id == "a_model"


@pytest.mark.parametrize(
    "source", ["x = 1", "# a comment", "", META.removeprefix("# %% [meta]\n") + "x = 1", "# id: x"]
)
def test_any_other_cell_is_not(source: str) -> None:
    assert meta_in_cell(source) is None


def test_the_data_are_those_of_the_project_above(project: Path) -> None:
    source, _ = resolve_data(project / "research", None)
    assert source.panel_files is not None
    assert source.panel_files.prices == project / "prices.parquet"


def test_columns_may_have_other_names(tmp_path: Path) -> None:
    frame = pd.read_parquet(write_prices(tmp_path)).rename(columns={"date": "day", "symbol": "ticker"})
    frame.to_parquet(tmp_path / "prices.parquet")
    config = CONFIG.replace("[defaults]", 'date = "day"\nsymbol = "ticker"\n[defaults]')
    (tmp_path / "nbcode.toml").write_text(config)
    session = LiveSession(namespace={}, folder=tmp_path, notebook=None)
    assert session.namespace["features"].ret(5).to_frame().shape == (160, 9)  # type: ignore[attr-defined]
    session.close()


def test_an_unknown_dataset_is_told_with_the_nearest(project: Path) -> None:
    reading = meta_in_cell(META + "# data: markt\n")
    assert reading is not None
    with pytest.raises(NbcodeError, match="no dataset is named `markt`"):
        resolve_data(project, reading.meta)


def test_a_label_is_there_when_a_cell_mentions_it(project: Path) -> None:
    session = live(project)
    assert "fwd_ret_7d" not in session.namespace
    session.before_cell("%%time\nm = Ridge().fit(X=[features.ret(5)], y=fwd_ret_7d)")
    assert str(session.namespace["fwd_ret_7d"]).startswith("fwd_ret(close, horizon=7")
    session.close()
    assert session.namespace == {}


def test_a_label_of_ones_own_is_not_overwritten(project: Path) -> None:
    session = live(project)
    session.namespace["fwd_ret_7d"] = "mine"
    session.before_cell("fwd_ret_7d")
    assert session.namespace["fwd_ret_7d"] == "mine"
    session.close()


def test_the_saved_notebook_says_what_is_declared_before_any_cell_runs(project: Path) -> None:
    path = project / "research" / "n.py"
    path.write_text(META + '# inputs: {table: "table.csv"}\n# %% [model]\nm = 1\n')
    session = live(project, path)
    assert "fwd_ret_10d" in session.namespace
    assert len(session.namespace["inputs"]["table"]) == 50  # type: ignore[index]
    session.close()


def test_a_meta_cell_that_is_run_declares(project: Path) -> None:
    session = live(project)
    assert session.before_cell(META + '# inputs: {table: "table.csv"}\n') == ()
    assert len(session.namespace["inputs"]["table"]) == 50  # type: ignore[index]
    assert "fwd_ret_10d" in session.namespace
    session.close()


def test_an_expression_lives_on_when_the_data_change(project: Path) -> None:
    session = live(project)
    ret = session.namespace["features"].ret(5)  # type: ignore[attr-defined]
    assert ret.to_frame().shape == (160, 9)
    session.before_cell(META + "# data: sample\n")
    assert ret.to_frame().shape != (160, 9)
    session.close()


def test_a_file_that_changed_is_read_again_and_that_is_told(project: Path) -> None:
    session = live(project)
    session.before_cell(META + '# inputs: {table: "table.csv"}\n')
    assert len(session.namespace["inputs"]["table"]) == 50  # type: ignore[index]
    assert session.before_cell("x = 1") == ()
    (project / "table.csv").write_text("a,b\n1,2\n")
    (note,) = session.before_cell("x = 1")
    assert (str(note.severity), "table.csv changed" in note.message) == ("note", True)
    assert len(session.namespace["inputs"]["table"]) == 1  # type: ignore[index]
    assert session.before_cell("x = 1") == ()
    session.close()


def test_another_default_in_the_configuration_is_followed(project: Path) -> None:
    session = live(project)
    ret = session.namespace["features"].ret(5)  # type: ignore[attr-defined]
    session.before_cell("fwd_ret_7d")
    assert ret.to_frame().shape == (160, 9)
    (project / "nbcode.toml").write_text(CONFIG.replace('data = "market"', 'data = "sample"'))
    session.before_cell("x = 1")
    assert ret.to_frame().shape != (160, 9)
    assert "fwd_ret_7d" in session.namespace
    session.close()


def test_a_wrong_meta_cell_is_told_and_changes_nothing(project: Path) -> None:
    session = live(project)
    before = session.namespace["inputs"]
    found = session.before_cell("# %% [meta]\n# id: a_model\n# hrizon: 10d\n")
    assert "NBC-C12" in [d.code for d in found]
    assert session.namespace["inputs"] is before
    session.close()
