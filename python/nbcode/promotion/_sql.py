"""The journal in a database, through SQLAlchemy Core. The only file that imports it.

Embedded: SQLite, WAL, ``synchronous=FULL``, every write in ``BEGIN IMMEDIATE``, so that two writers wait for each other
instead of failing. What SQLite alone needs is in :func:`_sqlite`; everything else is plain SQL for any server.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from nbcode.primitives import Diagnostic, Digest
from nbcode.promotion.journal import JournalConflictError, JournalError, Transition
from nbcode.promotion.state import Failure, Promotion, State

SCHEMA_VERSION = 2
WAIT_S = 30.0

_METADATA = sa.MetaData()
_ABOUT = sa.Table("about", _METADATA, sa.Column("schema_version", sa.Integer, nullable=False))
_PROMOTIONS = sa.Table(
    "promotions",
    _METADATA,
    sa.Column("key", sa.String(71), primary_key=True),
    sa.Column("model", sa.String(63), nullable=False, index=True),
    sa.Column("spec_digest", sa.String(71), nullable=False),
    sa.Column("definition_digest", sa.String(71), nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("begun_at", sa.String(32), nullable=False),
    sa.Column("updated_at", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("snapshot", sa.String(64)),
    sa.Column("run_id", sa.String(128)),
    sa.Column("isolation_asked", sa.String(32), nullable=False),
    sa.Column("isolation", sa.String(32)),
    sa.Column("artifact_digest", sa.String(71)),
    sa.Column("verified_at", sa.String(32)),
    sa.Column("version", sa.Integer),
    sa.Column("superseded", sa.Boolean, nullable=False),
    sa.Column("seconds", sa.Text, nullable=False),
    sa.Column("failure", sa.Text),
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("notebook_digest", sa.String(71)),
    sa.Column("account", sa.Text),
    sa.Column("adopt", sa.Boolean, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
)
_TRANSITIONS = sa.Table(
    "transitions",
    _METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("before", sa.String(16), nullable=False),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("code", sa.String(16)),
)
_PAYLOADS = sa.Table(
    "payloads",
    _METADATA,
    sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)


class SqlJournal:
    """The ``Journal`` port on a SQLAlchemy engine. Made by :func:`open_sqlite`."""

    def __init__(self, engine: sa.Engine, wait_s: float) -> None:
        """``engine`` has the tables; ``wait_s`` is how long it waits for a lock."""
        self._engine = engine
        self._wait_s = wait_s

    def begin(self, promotion: Promotion, payload: bytes) -> Promotion:
        with self._writing() as connection:
            found = _read(connection, promotion.key)
            if found is not None:
                return found
            connection.execute(_PROMOTIONS.insert().values(_row(promotion)))
            connection.execute(_PAYLOADS.insert().values(key=promotion.key, bytes=payload))
            connection.execute(_TRANSITIONS.insert().values(_line("", promotion)))
        return promotion

    def read(self, key: Digest) -> Promotion | None:
        with self._reading() as connection:
            return _read(connection, key)

    def payload(self, key: Digest) -> bytes | None:
        with self._reading() as connection:
            found = connection.execute(sa.select(_PAYLOADS.c.bytes).where(_PAYLOADS.c.key == key)).scalar()
        return None if found is None else bytes(found)

    def record(self, before: Promotion, after: Promotion) -> None:
        with self._writing() as connection:
            _replace(connection, before, after)
            if after.finished:
                connection.execute(_PAYLOADS.delete().where(_PAYLOADS.c.key == after.key))

    def renew(self, before: Promotion, after: Promotion, payload: bytes) -> None:
        with self._writing() as connection:
            _replace(connection, before, after)
            connection.execute(_PAYLOADS.delete().where(_PAYLOADS.c.key == after.key))
            connection.execute(_PAYLOADS.insert().values(key=after.key, bytes=payload))

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        query = sa.select(_PROMOTIONS).order_by(_PROMOTIONS.c.updated_at.desc(), _PROMOTIONS.c.key)
        if model is not None:
            query = query.where(_PROMOTIONS.c.model == model)
        with self._reading() as connection:
            return tuple(_promotion(row) for row in connection.execute(query))

    def history(self, model: str) -> tuple[Transition, ...]:
        query = (
            sa.select(_TRANSITIONS)
            .join(_PROMOTIONS, _PROMOTIONS.c.key == _TRANSITIONS.c.key)
            .where(_PROMOTIONS.c.model == model)
            .order_by(_TRANSITIONS.c.sequence)
        )
        with self._reading() as connection:
            return tuple(_transition(row) for row in connection.execute(query))

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sa.Connection]:
        with _explained(self._wait_s), self._engine.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with (
            _explained(self._wait_s),
            self._engine.connect().execution_options(nbcode_reads=True) as connection,
        ):
            yield connection


def open_sqlite(
    path: Path, initialising: contextlib.AbstractContextManager[None], *, wait_s: float = WAIT_S
) -> SqlJournal:
    """Open the journal at ``path``, making it under the lock ``initialising`` when it is not there.

    Raises ``JournalError`` (NBC-I03) when another version of nbcode wrote it, (NBC-I01) when it stays locked.
    """
    engine = _sqlite(path, wait_s)
    with _explained(wait_s):
        if not path.exists() or not _has_tables(engine):
            path.parent.mkdir(parents=True, exist_ok=True)
            with initialising, engine.begin() as connection:
                _METADATA.create_all(connection)
                if connection.execute(sa.select(_ABOUT)).first() is None:
                    connection.execute(_ABOUT.insert().values(schema_version=SCHEMA_VERSION))
        with engine.connect().execution_options(nbcode_reads=True) as connection:
            found = connection.execute(sa.select(_ABOUT.c.schema_version)).scalar_one()
    if found != SCHEMA_VERSION:
        raise JournalError(_other_schema(str(path), found))
    return SqlJournal(engine, wait_s)


def _has_tables(engine: sa.Engine) -> bool:
    with engine.connect().execution_options(nbcode_reads=True) as connection:
        names = set(sa.inspect(connection).get_table_names())
        if not set(_METADATA.tables) <= names:
            return False
        return connection.execute(sa.select(_ABOUT)).first() is not None


def _sqlite(path: Path, wait_s: float) -> sa.Engine:
    """An engine whose writing transactions are ``BEGIN IMMEDIATE`` and whose commits reach the disk."""
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.NullPool)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]  # the driver must not begin by itself
        for pragma in (
            f"busy_timeout={round(wait_s * 1000)}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        reads = connection.get_execution_options().get("nbcode_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


@contextlib.contextmanager
def _explained(wait_s: float) -> Iterator[None]:
    """Turn what a database says into what the user must see."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise JournalError(_database_said(str(error.orig), wait_s)) from error


def _database_said(text: str, wait_s: float) -> Diagnostic:
    if "locked" in text or "busy" in text:
        return Diagnostic(
            code="NBC-I01",
            message=f"the journal is locked for more than {wait_s:g} s",
            cause=text,
            fixes=(
                "try again when the other nbcode has finished",
                "look for a hung process with `nbcode status`",
            ),
        )
    return Diagnostic(
        code="NBC-I15",
        message="the journal cannot be read or written",
        cause=text,
        fixes=("check the free space and the permissions of the store (.nbcode)",),
    )


def _other_schema(path: str, found: int) -> Diagnostic:
    age = "newer" if found > SCHEMA_VERSION else "older"
    return Diagnostic(
        code="NBC-I03",
        message=f"the journal has schema {found}, this nbcode has {SCHEMA_VERSION}",
        cause=f"{path} was written by a {age} nbcode",
        fixes=("upgrade nbcode",) if found > SCHEMA_VERSION else ("use the nbcode that wrote it",),
    )


def _read(connection: sa.Connection, key: Digest) -> Promotion | None:
    row = connection.execute(sa.select(_PROMOTIONS).where(_PROMOTIONS.c.key == key)).first()
    return None if row is None else _promotion(row)


def _replace(connection: sa.Connection, before: Promotion, after: Promotion) -> None:
    same = (
        (_PROMOTIONS.c.key == before.key)
        & (_PROMOTIONS.c.state == before.state)
        & (_PROMOTIONS.c.attempt == before.attempt)
    )
    if connection.execute(_PROMOTIONS.update().where(same).values(_row(after))).rowcount != 1:
        raise JournalConflictError(f"{before.key} is no longer {before.state} (attempt {before.attempt})")
    connection.execute(_TRANSITIONS.insert().values(_line(before.state, after)))


def _line(before: str, after: Promotion) -> dict[str, object]:
    return {
        "key": after.key,
        "attempt": after.attempt,
        "before": str(before),
        "after": str(after.state),
        "at": after.updated_at,
        "who": after.who,
        "version": None if after.superseded else after.version,
        "code": after.failure.code if after.failure else None,
    }


def _row(p: Promotion) -> dict[str, object]:
    failure = p.failure
    return {
        "key": p.key,
        "model": p.model,
        "spec_digest": p.spec_digest,
        "definition_digest": p.definition_digest,
        "platform": p.platform,
        "notebook": p.notebook,
        "who": p.who,
        "begun_at": p.begun_at,
        "updated_at": p.updated_at,
        "state": str(p.state),
        "attempt": p.attempt,
        "snapshot": p.snapshot,
        "run_id": p.run_id,
        "isolation_asked": p.isolation_asked,
        "isolation": p.isolation,
        "artifact_digest": p.artifact_digest,
        "verified_at": p.verified_at,
        "version": p.version,
        "superseded": p.superseded,
        "seconds": json.dumps(p.seconds),
        "failure": json.dumps([failure.code, failure.message, failure.diagnostics]) if failure else None,
        "project": p.project,
        "notebook_digest": p.notebook_digest,
        "account": p.account,
        "adopt": p.adopt,
        "seal": p.seal,
    }


def _promotion(row: sa.Row[tuple[object, ...]]) -> Promotion:
    found: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    failure = found.pop("failure")
    artifact = found.pop("artifact_digest")
    notebook = found.pop("notebook_digest")
    return Promotion(
        key=Digest(found.pop("key")),
        spec_digest=Digest(found.pop("spec_digest")),
        definition_digest=Digest(found.pop("definition_digest")),
        artifact_digest=Digest(artifact) if artifact else None,
        notebook_digest=Digest(notebook) if notebook else None,
        state=State(found.pop("state")),
        seconds=tuple((name, seconds) for name, seconds in json.loads(found.pop("seconds"))),
        failure=_failure(json.loads(failure)) if failure else None,
        **found,
    )


def _failure(found: list[Any]) -> Failure:
    code, message, diagnostics = found
    return Failure(code=code, message=message, diagnostics=tuple(diagnostics))


def _transition(row: sa.Row[tuple[object, ...]]) -> Transition:
    found: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    found.pop("sequence")
    return Transition(key=Digest(found.pop("key")), **found)
