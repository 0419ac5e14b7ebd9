"""A journal of each schema that was ever written is brought up with its rows whole."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from nbcode.primitives import digest_bytes
from nbcode.promotion import JournalError, State
from nbcode.promotion._lease import FileLeases
from nbcode.promotion._sql import SCHEMA_VERSION, open_sqlite, read_sqlite
from nbcode.promotion._sql.tables import METADATA

GOLDEN = Path(__file__).parents[2] / "golden" / "journal"
FORK = multiprocessing.get_context("fork")
TABLES = {
    "promotions": "SELECT * FROM promotions ORDER BY key",
    "transitions": "SELECT * FROM transitions ORDER BY sequence",
    "payloads": "SELECT * FROM payloads ORDER BY key",
}


def old_journal(path: Path, schema: int) -> Path:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript((GOLDEN / f"schema_{schema}.sql").read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def rows(path: Path) -> dict[str, list[dict[str, object]]]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return {name: [dict(row) for row in connection.execute(query)] for name, query in TABLES.items()}


@pytest.mark.parametrize("open_journal", [open_sqlite, read_sqlite])
@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_every_row_of_an_old_journal_is_there_afterwards(tmp_path, schema, open_journal):
    path = old_journal(tmp_path / "journal.db", schema)
    before = rows(path)
    journal = open_journal(path, contextlib.nullcontext())
    after = rows(path)
    assert {name: len(found) for name, found in before.items()} == {
        "promotions": 4, "transitions": 23, "payloads": 1,
    }  # fmt: skip
    for name, found in before.items():
        kept = [{column: row[column] for column in old} for old, row in zip(found, after[name], strict=True)]
        assert kept == found
    assert [p.state for p in journal.promotions()] == [
        State.FAILED, State.DONE, State.SUBMITTED, State.DONE,
    ]  # fmt: skip


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_the_order_of_an_old_journal_is_that_of_its_ledger(tmp_path, schema):
    """The superseded one has the earlier clock and the later line; the failed one was begun twice."""
    journal = open_sqlite(old_journal(tmp_path / "journal.db", schema), contextlib.nullcontext())
    order = sorted(journal.promotions(), key=lambda p: p.sequence)
    assert [(p.notebook, p.sequence) for p in order] == [
        ("a/done.py", 1), ("a/waiting.py", 2), ("a/superseded.py", 14), ("a/failed.py", 22),
    ]  # fmt: skip
    waiting = order[1]
    assert journal.payload(waiting.key) == b"# waiting \xff\n"
    (failed,) = (p for p in order if p.failure)
    assert (failed.failure.message, failed.attempt) == ("cell 3 raised: ‘É’", 2)
    assert journal.begin(order[0], b"") == order[0]
    nobodys, known = ("", ""), ("/home/quant/research", "5" * 64)
    assert (order[0].project, order[0].seal) == (nobodys if schema == 1 else known)


def test_new_lines_go_on_where_an_old_ledger_ends(tmp_path):
    journal = open_sqlite(old_journal(tmp_path / "journal.db", 1), contextlib.nullcontext())
    new = replace(journal.promotions()[0], key=digest_bytes(b"new"))
    assert journal.begin(new, b"").sequence == 24


@pytest.mark.parametrize("schema", range(SCHEMA_VERSION))
def test_a_journal_that_was_brought_up_is_as_one_that_is_made_new(tmp_path, schema):
    """And both are as the tables say. Alembic compares."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    path = tmp_path / "journal.db"
    if schema:
        old_journal(path, schema)
    journal = open_sqlite(path, contextlib.nullcontext())
    with journal._reading() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all() == [
            str(SCHEMA_VERSION)
        ]
    assert differences == []


def test_eight_processes_that_open_an_old_journal_bring_it_up_once(tmp_path):
    path = old_journal(tmp_path / "journal.db", 1)
    leases = FileLeases(tmp_path / "locks", lambda: "2026-01-05T09:00:00Z")
    answers = FORK.Queue()
    together = FORK.Barrier(8)

    def child() -> None:
        together.wait()
        journal = open_sqlite(path, leases.acquire("journal", wait_s=300.0))
        answers.put(len(journal.promotions()))

    processes = [FORK.Process(target=child) for _ in range(8)]
    for process in processes:
        process.start()
    assert [answers.get(timeout=300) for _ in processes] == [4] * 8
    for process in processes:
        process.join(300)


def test_a_migration_that_fails_half_way_leaves_the_old_journal_as_it_was(tmp_path):
    path = old_journal(tmp_path / "journal.db", 1)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(
            "ALTER TABLE promotions ADD COLUMN sequence INTEGER"
        )  # what the revision adds second
        connection.commit()
    before = rows(path)
    with pytest.raises(JournalError, match=r"NBC-I15 .*duplicate column name: sequence"):
        open_sqlite(path, contextlib.nullcontext())
    assert rows(path) == before
    with contextlib.closing(sqlite3.connect(path)) as connection:
        names = {row[1] for row in connection.execute("PRAGMA table_info(about)")}
    assert names == {"schema_version"}


@pytest.mark.parametrize("schema", range(1, SCHEMA_VERSION))
def test_an_nbcode_from_before_alembic_refuses_what_was_brought_up(tmp_path, schema):
    """It compares this number with its own, 1 or 2."""
    path = old_journal(tmp_path / "journal.db", schema)
    open_sqlite(path, contextlib.nullcontext())
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT schema_version FROM about").fetchall() == [(3,)]
