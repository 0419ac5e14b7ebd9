"""What only the journal on disk has: durability, its schema, its locks."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.promotes import Bench, promote_and_die
from nbcode.configuration import UserState, mark_store
from nbcode.promotion import JournalError, State
from nbcode.promotion._sql import SCHEMA_VERSION, open_sqlite, read_sqlite

FORK = multiprocessing.get_context("fork")


def write_and_die(path: Path) -> None:
    """What is committed last stands in the log alone."""

    def child() -> None:
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("UPDATE promotions SET who = 'in the log'")
        os.kill(os.getpid(), signal.SIGKILL)

    process = FORK.Process(target=child)
    process.start()
    process.join(300)


def test_every_commit_reaches_the_disk_and_readers_do_not_block(tmp_path):
    journal = open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    with journal._reading() as connection:
        said = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous")
        }
    assert said == {"journal_mode": "wal", "synchronous": 2}


@pytest.mark.parametrize("open_journal", [open_sqlite, read_sqlite])
def test_a_journal_of_a_newer_nbcode_is_told(tmp_path, open_journal):
    """I03."""
    open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    with contextlib.closing(sqlite3.connect(tmp_path / "journal.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '99'")
        connection.commit()
    with pytest.raises(
        JournalError,
        match=rf"NBC-I03 the journal has schema 99, this nbcode has {SCHEMA_VERSION}\. .*upgrade nbcode",
    ):
        open_journal(tmp_path / "journal.db", contextlib.nullcontext())


@pytest.mark.parametrize("open_journal", [open_sqlite, read_sqlite])
def test_a_journal_that_is_no_database_is_told(tmp_path, open_journal):
    (tmp_path / "journal.db").write_bytes(b"not a database at all, but long enough to be looked at" * 20)
    with pytest.raises(
        JournalError, match=r"NBC-I15 the journal is damaged\. .*not a database\. Fix: `mkdir .* && mv "
    ):
        open_journal(tmp_path / "journal.db", contextlib.nullcontext())


def test_the_fix_of_a_damaged_journal_works_as_it_is_typed(tmp_path):
    """Its log is moved away with it, and the registry's version is found again."""
    bench = Bench(tmp_path)
    bench.promote()
    path = bench.store / "journal.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    path.with_name("journal.db-wal").write_bytes(b"left over")
    with pytest.raises(JournalError, match=r"NBC-I15 the journal is damaged") as told:
        read_sqlite(path, contextlib.nullcontext()).promotions()
    (fix,) = told.value.diagnostics[0].fixes
    subprocess.run(["sh", "-c", fix.title.split("`")[1]], check=True)
    damaged = bench.store / "journal.db.damaged"
    assert {"journal.db", "journal.db-wal"} <= {p.name for p in damaged.iterdir()}
    again = Bench(tmp_path).promote()
    assert (str(again.status), again.version) == ("done", 1)
    assert sorted(p.name for p in bench.store.glob("journal.db*")) == ["journal.db", "journal.db.damaged"]


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


def test_a_journal_in_a_folder_of_any_name_is_opened(tmp_path):
    folder = tmp_path / "50% done? #2 é"
    journal = open_sqlite(folder / "journal.db", contextlib.nullcontext())
    assert journal.promotions() == ()
    assert read_sqlite(folder / "journal.db", contextlib.nullcontext()).promotions() == ()
    assert sorted(p.name for p in tmp_path.iterdir()) == [folder.name]


def test_reading_a_locked_journal_waits_for_nobody(tmp_path):
    bench = Bench(tmp_path)
    bench.promote()
    other = sqlite3.connect(bench.store / "journal.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with contextlib.closing(other):
        journal = read_sqlite(bench.store / "journal.db", contextlib.nullcontext(), wait_s=0.05)
        assert [p.state for p in journal.promotions()] == [State.DONE]


def test_a_journal_that_was_opened_for_reading_is_not_written(tmp_path):
    bench = Bench(tmp_path)
    bench.promote()
    journal = read_sqlite(bench.store / "journal.db", contextlib.nullcontext())
    (promotion,) = journal.promotions()
    with pytest.raises(JournalError, match=r"NBC-I15 .*readonly database"):
        journal.record(promotion, promotion)


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed: sudo make system")
@pytest.mark.parametrize(
    "left", ["by one that ended", "by one that was killed", "by one that was killed while it wrote"]
)
@pytest.mark.parametrize("disk", ["read-only", "full"])
def test_status_is_read_on_a_disk_that_takes_nothing(tmp_path, disk, left):
    """A killed promote leaves the log of the database, and a lock."""
    bench = Bench(tmp_path)
    bench.promote()
    if left != "by one that ended":
        assert promote_and_die(tmp_path, "run.before", "other") == -signal.SIGKILL
    if left == "by one that was killed while it wrote":
        write_and_die(bench.store / "journal.db")
        assert bench.store.joinpath("journal.db-wal").stat().st_size > 0
    store = tmp_path / ".nbcode"
    mark_store(store, UserState())
    mount = ["--ro-bind", store, store]
    if disk == "full":
        # Of the file system in memory the copy leaves nothing free.
        mount = ["--size", str(64 * 2**20), "--tmpfs", store]
        copy = f"cp -r {tmp_path}/copy/. {store}/ && ! head -c 65M /dev/zero > {store}/rest 2>/dev/null && "
        shutil.copytree(store, tmp_path / "copy")
    else:
        copy = ""
    status = f"{copy}exec {sys.executable} -m nbcode status --json"
    done = subprocess.run(
        ["bwrap", "--dev-bind", "/", "/", *mount, "--chdir", tmp_path, "sh", "-c", status],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    states = [p["state"] for p in json.loads(done.stdout)["promotions"]]
    assert states == (["done"] if left == "by one that ended" else ["submitted", "done"])
    assert [p["who"] for p in json.loads(done.stdout)["promotions"]] == [
        "in the log" if left == "by one that was killed while it wrote" else "quant"
    ] * len(states)


def test_a_journal_that_another_process_is_making_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite itself does not wait while the file's mode changes: it refuses at once."""
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN IMMEDIATE")
    waited: list[float] = []

    def slept(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 3:
            other.execute("ROLLBACK")

    monkeypatch.setattr("time.sleep", slept)
    journal = open_sqlite(tmp_path / "journal.db", contextlib.nullcontext())
    assert len(waited) == 3
    assert journal.promotions() == ()


def test_one_that_stays_locked_is_told(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "journal.db", isolation_level=None)
    other.execute("CREATE TABLE t (x)")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match="NBC-I01"):
        open_sqlite(tmp_path / "journal.db", contextlib.nullcontext(), wait_s=0.0)
