"""What only the journal on disk has: durability, its schema, its locks."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from fakes.promotes import Bench
from nbcode.promotion import JournalError
from nbcode.promotion._sql import open_sqlite


def test_every_commit_reaches_the_disk_and_readers_do_not_block(tmp_path):
    journal = open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    with journal._reading() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        }
    assert said == {"journal_mode": "wal", "synchronous": 2}


def test_a_journal_of_a_newer_nbcode_is_told(tmp_path):
    """I03."""
    open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("UPDATE about SET schema_version = 99")
        connection.commit()
    with pytest.raises(
        JournalError, match=r"NBC-I03 the journal has schema 99, this nbcode has 2\. .*upgrade nbcode"
    ):
        open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())


def test_a_journal_that_is_no_database_is_told(tmp_path):
    (tmp_path / "journal.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(
        JournalError, match=r"NBC-I15 the journal cannot be read or written\. .*not a database"
    ):
        open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())


def test_a_journal_that_stays_locked_is_told(tmp_path):
    """I01: the sentence, not the bare "database is locked"."""
    bench = Bench(tmp_path)
    bench.promote()
    journal = open_sqlite(bench.store / "journal.db", contextlib.nullcontext(), wait_s=0.05)
    (promotion,) = journal.promotions()
    other = sqlite3.connect(bench.store / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        contextlib.closing(other),
        pytest.raises(JournalError, match=r"NBC-I01 the journal is locked for more than 0\.05 s"),
    ):
        journal.begin(promotion, b"")
