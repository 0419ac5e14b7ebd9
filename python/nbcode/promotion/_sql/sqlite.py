"""What SQLite alone needs: WAL, ``synchronous=FULL``, writers that wait for each other, and reading where nothing can be written."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from nbcode.promotion._sql.journal import SqlJournal
from nbcode.promotion._sql.refusals import explained
from nbcode.promotion._sql.schema import SCHEMA_VERSION, bring_up, schema_of
from nbcode.promotion.journal import JournalSchema, refuse_newer

WAIT_S = 30.0
_AGAIN_S = 0.02
_NO_PLACE = frozenset(
    {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
)


def open_sqlite(
    path: Path, initialising: contextlib.AbstractContextManager[None], *, wait_s: float = WAIT_S
) -> SqlJournal:
    """Open the journal at ``path``. It is made, or brought up from an older nbcode's, under the lock ``initialising``.

    Raises ``JournalError`` (NBC-I03) when a newer nbcode wrote it, (NBC-I01) when it stays locked, (NBC-I15) when it cannot
    be used.
    """
    engine = _engine(path, wait_s, query="")
    _durable(engine, wait_s)
    with explained(str(path), wait_s):
        if not path.exists() or _schema(engine) < SCHEMA_VERSION:
            path.parent.mkdir(parents=True, exist_ok=True)
            with initialising, engine.begin() as connection:
                bring_up(connection, str(path))
        else:
            refuse_newer(JournalSchema(found=_schema(engine), known=SCHEMA_VERSION), str(path))
    return SqlJournal(engine, str(path), wait_s)


def read_sqlite(
    path: Path, initialising: contextlib.AbstractContextManager[None], *, wait_s: float = WAIT_S
) -> SqlJournal:
    """Open the journal at ``path``, which exists, for reading alone: on a full or read-only disk too. One of an older nbcode is
    brought up first. Raises ``JournalError`` as :func:`open_sqlite`."""
    engine, found = _opened_to_read(path, wait_s)
    if found < SCHEMA_VERSION:
        return open_sqlite(path, initialising, wait_s=wait_s)
    refuse_newer(JournalSchema(found=found, known=SCHEMA_VERSION), str(path))
    return SqlJournal(engine, str(path), wait_s)


def schema_in_sqlite(path: Path, *, wait_s: float = WAIT_S) -> int:
    """The schema of the journal at ``path``, 0 where there is none. Raises ``JournalError`` when it cannot be read."""
    return _opened_to_read(path, wait_s)[1] if path.exists() else 0


def _opened_to_read(path: Path, wait_s: float) -> tuple[sa.Engine, int]:
    engine = _engine(path, wait_s, query="?mode=ro")
    with explained(str(path), wait_s):
        try:
            return engine, _schema(engine)
        except sa.exc.OperationalError as error:
            if not _whole_without_help(path, error):
                raise
            engine = _engine(path, wait_s, query="?immutable=1")
            return engine, _schema(engine)


def _whole_without_help(path: Path, error: sa.exc.OperationalError) -> bool:
    """Whether the database can be read without the files that SQLite makes beside it in WAL mode, and could not make here: there
    is no log that waits to be written back. Nobody can write to it while we look."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    log = path.with_name(path.name + "-wal")
    return code in _NO_PLACE and not (log.exists() and log.stat().st_size)


def _schema(engine: sa.Engine) -> int:
    with engine.connect().execution_options(nbcode_reads=True) as connection:
        return schema_of(connection)


def _engine(path: Path, wait_s: float, *, query: str) -> sa.Engine:
    """``BEGIN IMMEDIATE`` where one writes: two writers wait for each other instead of failing in the middle."""

    def connect() -> sqlite3.Connection:
        uri = f"file:{quote(str(path))}{query}"
        connection = sqlite3.connect(uri, uri=True, timeout=wait_s, check_same_thread=False)
        connection.isolation_level = None  # the driver must not begin by itself
        connection.execute("PRAGMA foreign_keys=ON")
        return connection

    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("nbcode_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _durable(engine: sa.Engine, wait_s: float) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: object) -> None:
        _to_wal(connection, wait_s)
        connection.execute("PRAGMA synchronous=FULL")


def _to_wal(connection: sqlite3.Connection, wait_s: float) -> None:
    """The mode stays with the file. While another process makes it, SQLite refuses the change at once and does not wait."""
    until = time.monotonic() + wait_s
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(_AGAIN_S)
        else:
            return
