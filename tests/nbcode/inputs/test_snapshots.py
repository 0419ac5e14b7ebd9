"""A dataset that is the answer to a query: asked when the user says so, trusted first, the same file for the same rows."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from nbcode.configuration import UserState, Workspace, open_workspace
from nbcode.inputs import Snapshot, pin_inputs, take_snapshot
from nbcode.notebook import Meta
from nbcode.primitives import NbcodeError

META = Meta(id="xsmom_v3", kind="model", horizon="10d", horizon_sessions=10, owner="team")
ROWS = [
    ("2024-01-03", "B", 2.5),
    ("2024-01-02", "B", 2.0),
    ("2024-01-02", "A", 1.0),
    ("2024-01-03", "A", None),
]
SELECT = "select date, symbol, close from prices"


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def warehouse(tmp_path) -> Path:
    path = tmp_path / "warehouse.db"
    with sqlite3.connect(path) as database:
        database.execute("create table prices (date text, symbol text, close real)")
        database.executemany("insert into prices values (?, ?, ?)", ROWS)
    database.close()
    return path


def workspace(root: Path, query: str, connection: str, *, trusted: bool = True) -> Workspace:
    root.mkdir(exist_ok=True)
    lines = [
        "[data.us]",
        'prices = "data/us.parquet"',
        f"query = '''{query}'''",
        f'connection = "{connection}"',
    ]
    (root / "nbcode.toml").write_text("\n".join(lines))
    if trusted:
        UserState().trust(root, open_workspace(root).untrusted, "2024-01-01T00:00:00Z")
    return open_workspace(root)


def taken(root: Path, query: str, connection: str, **environment: str) -> Snapshot:
    return take_snapshot(workspace(root, query, connection), "us", environment=environment)


def refused(found: Workspace, **environment: str) -> str:
    with pytest.raises(NbcodeError, match="NBC-") as error:
        take_snapshot(found, "us", environment=environment)
    (finding,) = error.value.diagnostics
    assert finding.fixes
    return finding.code


def test_the_same_rows_are_the_same_file_whichever_database_has_them(tmp_path, warehouse):
    csv = tmp_path / "prices.csv"
    csv.write_text("date,symbol,close\n2024-01-02,A,1.0\n2024-01-02,B,2.0\n2024-01-03,A,\n2024-01-03,B,2.5\n")
    url = f"sqlite:///{warehouse}"
    one = taken(tmp_path / "a", SELECT, "$WAREHOUSE", WAREHOUSE=url)
    other = taken(tmp_path / "b", f"{SELECT} order by close", url)
    files = f"select date::text as date, symbol, close from read_csv('{csv}')"
    third = taken(tmp_path / "c", files, "duckdb:")
    assert one.digest == other.digest == third.digest
    assert (one.rows, one.columns) == (4, ("date", "symbol", "close"))
    assert pq.read_table(one.path).to_pylist()[1] == {"date": "2024-01-02", "symbol": "B", "close": 2.0}


def test_a_snapshot_is_pinned_as_any_file_and_nothing_asks_again(tmp_path, warehouse):
    found = workspace(tmp_path / "a", SELECT, f"sqlite:///{warehouse}")
    made = take_snapshot(found, "us", environment={})
    warehouse.unlink()  # whoever asked again would fail
    (pinned,) = pin_inputs(found, META).inputs
    assert (pinned.digest, pinned.path) == (made.digest, made.path)


def test_an_untrusted_query_is_not_asked(tmp_path, warehouse):
    found = workspace(tmp_path / "a", SELECT, f"sqlite:///{warehouse}", trusted=False)
    assert refused(found) == "NBC-T04"
    assert not (tmp_path / "a" / "data").exists()
    trusted = workspace(tmp_path / "a", SELECT, f"sqlite:///{warehouse}")
    assert take_snapshot(trusted, "us", environment={}).rows == 4  # control
    changed = workspace(tmp_path / "a", f"{SELECT} where 1", f"sqlite:///{warehouse}", trusted=False)
    assert refused(changed) == "NBC-T04"  # another query is another thing


@pytest.mark.parametrize(
    ("query", "connection"),
    [
        ("select * from nowhere", "duckdb:"),
        ("select 1 as date; select 2", "duckdb:"),
        ("create table x (a int)", "duckdb:"),
        ("copy (select 1) to '/tmp/x.csv'", "duckdb:"),
        ("select 1 as date where false", "duckdb:"),
        ("select 1 as date", "$NOT_SET"),
        ("select 1 as date", "nosuchdialect://host/db"),
        ("select 1 as date", "duckdb:/nowhere/at/all.duckdb"),
        ("delete from prices", "sqlite:///WAREHOUSE"),
        ("select * from nowhere", "sqlite:///WAREHOUSE"),
    ],
)
def test_a_query_that_gives_nothing_is_told(tmp_path, warehouse, query, connection):
    found = workspace(tmp_path / "a", query, connection.replace("WAREHOUSE", str(warehouse)))
    assert refused(found) == "NBC-E51"
    assert not (tmp_path / "a" / "data" / "us.parquet").exists()
    with sqlite3.connect(warehouse) as database:
        assert database.execute("select count(*) from prices").fetchone() == (4,)
    database.close()


def test_a_failed_query_leaves_the_last_snapshot(tmp_path, warehouse):
    made = taken(tmp_path / "a", SELECT, f"sqlite:///{warehouse}")
    before = made.path.read_bytes()
    assert refused(workspace(tmp_path / "a", "select * from nowhere", f"sqlite:///{warehouse}")) == "NBC-E51"
    assert made.path.read_bytes() == before
    assert [p.name for p in made.path.parent.iterdir()] == ["us.parquet"]


def test_a_password_of_the_environment_is_told_nowhere(tmp_path):
    found = workspace(tmp_path / "a", "select 1 as date", "$WAREHOUSE")
    with pytest.raises(NbcodeError, match="WAREHOUSE") as error:
        take_snapshot(found, "us", environment={"WAREHOUSE": "nosuch://user:hunter2@host/db"})
    assert "hunter2" not in str(error.value)


def test_without_duckdb_what_to_install_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(NbcodeError, match="NBC-E51") as error:
        taken(tmp_path / "a", "select 1 as date", "duckdb:")
    assert "alpha-bench[duckdb]" in error.value.diagnostics[0].fix_titles[0]


def test_what_has_no_query_or_no_name_is_told(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "nbcode.toml").write_text('[data.us]\nprices = "us.parquet"\n')
    assert refused(open_workspace(tmp_path / "a")) == "NBC-C33"
    (tmp_path / "a" / "nbcode.toml").write_text('[data.eu]\nprices = "us.parquet"\n')
    assert refused(open_workspace(tmp_path / "a")) == "NBC-E01"
