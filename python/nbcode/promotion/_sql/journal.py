"""The ``Journal`` port on SQLAlchemy Core: plain SQL that SQLite and PostgreSQL both take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa

from nbcode.primitives import Digest
from nbcode.promotion._sql.refusals import explained
from nbcode.promotion._sql.rows import line_of, promotion_of, row_of, transition_of
from nbcode.promotion._sql.tables import ABOUT, PAYLOADS, PROMOTIONS, TRANSITIONS
from nbcode.promotion.journal import JournalConflictError, Sealed, Transition, unsealed
from nbcode.promotion.state import Promotion


class SqlJournal:
    """Made by ``open_sqlite``, ``read_sqlite`` and ``open_postgres``."""

    def __init__(self, engine: sa.Engine, place: str, wait_s: float) -> None:
        """``engine`` has the tables; ``place`` names the database; ``wait_s`` is how long it waits for a lock."""
        self._engine = engine
        self._place = place
        self._wait_s = wait_s

    def begin(self, promotion: Promotion, payload: bytes, sealed: Sealed = unsealed) -> Promotion:
        with self._writing() as (connection, last):
            found = _read(connection, promotion.key)
            if found is not None:
                return found
            begun = sealed(replace(promotion, sequence=last + 1))
            connection.execute(PROMOTIONS.insert().values(row_of(begun)))
            connection.execute(PAYLOADS.insert().values(key=begun.key, bytes=payload))
            _append(connection, last, "", begun)
        return begun

    def read(self, key: Digest) -> Promotion | None:
        with self._reading() as connection:
            return _read(connection, key)

    def payload(self, key: Digest) -> bytes | None:
        with self._reading() as connection:
            found = connection.execute(sa.select(PAYLOADS.c.bytes).where(PAYLOADS.c.key == key)).scalar()
        return None if found is None else bytes(found)

    def record(self, before: Promotion, after: Promotion) -> None:
        with self._writing() as (connection, last):
            _replace(connection, last, before, after)
            if not after.needs_payload:
                connection.execute(PAYLOADS.delete().where(PAYLOADS.c.key == after.key))

    def renew(
        self, before: Promotion, after: Promotion, payload: bytes, sealed: Sealed = unsealed
    ) -> Promotion:
        with self._writing() as (connection, last):
            renewed = sealed(replace(after, sequence=last + 1))
            _replace(connection, last, before, renewed)
            connection.execute(PAYLOADS.delete().where(PAYLOADS.c.key == renewed.key))
            connection.execute(PAYLOADS.insert().values(key=renewed.key, bytes=payload))
        return renewed

    def promotions(self, model: str | None = None) -> tuple[Promotion, ...]:
        latest = (
            sa.select(sa.func.max(TRANSITIONS.c.sequence))
            .where(TRANSITIONS.c.key == PROMOTIONS.c.key)
            .scalar_subquery()
        )
        query = sa.select(PROMOTIONS).order_by(latest.desc())
        if model is not None:
            query = query.where(PROMOTIONS.c.model == model)
        with self._reading() as connection:
            return tuple(promotion_of(row) for row in connection.execute(query))

    def history(self, model: str) -> tuple[Transition, ...]:
        query = (
            sa.select(TRANSITIONS)
            .join(PROMOTIONS, PROMOTIONS.c.key == TRANSITIONS.c.key)
            .where(PROMOTIONS.c.model == model)
            .order_by(TRANSITIONS.c.sequence)
        )
        with self._reading() as connection:
            return tuple(transition_of(row) for row in connection.execute(query))

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[sa.Connection, int]]:
        """A transaction and the number of the ledger's last line. Who writes holds that number until the commit, so the
        lines are committed in the order of their numbers, on a server too."""
        with explained(self._place, self._wait_s), self._engine.begin() as connection:
            last = connection.execute(sa.select(ABOUT.c.last_sequence).with_for_update()).scalar_one()
            yield connection, last

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with (
            explained(self._place, self._wait_s),
            self._engine.connect().execution_options(nbcode_reads=True) as connection,
        ):
            yield connection


def _read(connection: sa.Connection, key: Digest) -> Promotion | None:
    row = connection.execute(sa.select(PROMOTIONS).where(PROMOTIONS.c.key == key)).first()
    return None if row is None else promotion_of(row)


def _replace(connection: sa.Connection, last: int, before: Promotion, after: Promotion) -> None:
    same = (
        (PROMOTIONS.c.key == before.key)
        & (PROMOTIONS.c.state == before.state)
        & (PROMOTIONS.c.attempt == before.attempt)
    )
    if connection.execute(PROMOTIONS.update().where(same).values(row_of(after))).rowcount != 1:
        raise JournalConflictError(f"{before.key} is no longer {before.state} (attempt {before.attempt})")
    _append(connection, last, before.state, after)


def _append(connection: sa.Connection, last: int, before: str, after: Promotion) -> None:
    connection.execute(TRANSITIONS.insert().values(line_of(before, after, last + 1)))
    connection.execute(ABOUT.update().values(last_sequence=last + 1))
