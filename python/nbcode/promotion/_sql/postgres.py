"""What PostgreSQL alone needs: its driver, its settings, and leases as advisory locks, which a whole team shares."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterator

import sqlalchemy as sa

from nbcode.configuration import setting
from nbcode.primitives import Diagnostic
from nbcode.promotion._sql.journal import SqlJournal
from nbcode.promotion._sql.refusals import explained
from nbcode.promotion._sql.schema import SCHEMA_VERSION, bring_up, schema_of
from nbcode.promotion.journal import JournalError, JournalSchema, refuse_newer
from nbcode.promotion.leases import Holder, LeaseHeldError

WAIT_S = 30.0
POLL_S = 0.1
CONNECT_TIMEOUT_S = 10
# A holder whose machine died, or was cut off, is found out by the server within about a minute.
_KEEPALIVE = "-c tcp_keepalives_idle=30 -c tcp_keepalives_interval=10 -c tcp_keepalives_count=3"
_HOLDER = sa.text(
    "SELECT a.application_name FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
    " WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1"
    " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND CAST(l.classid AS bigint) = :high AND CAST(l.objid AS bigint) = :low"
)


def open_postgres(uri: str, *, wait_s: float = WAIT_S) -> SqlJournal:
    """Open the journal in the database ``uri`` (``postgresql://host/database``). It is made, or brought up from an older
    nbcode's, under an advisory lock of the transaction.

    Raises ``JournalError`` (NBC-I03) when a newer nbcode wrote it, (NBC-I01) when it stays locked, (NBC-I29) when the server
    does not answer, (NBC-I15) when it refuses or the driver is not installed.
    """
    engine, place = _engine(uri, wait_s)
    with explained(place, wait_s):
        with engine.connect() as connection:
            found = schema_of(connection)
        refuse_newer(JournalSchema(found=found, known=SCHEMA_VERSION), place)
        if found < SCHEMA_VERSION:
            with engine.begin() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_number("journal schema"))))
                bring_up(connection, place)
    return SqlJournal(engine, place, wait_s)


def schema_in_postgres(uri: str, *, wait_s: float = WAIT_S) -> int:
    """The schema of the journal in the database ``uri``, 0 where it has none; makes nothing. Raises ``JournalError`` (NBC-I29)
    when the server cannot be used."""
    engine, place = _engine(uri, wait_s)
    with explained(place, wait_s), engine.connect() as connection:
        return schema_of(connection)


class AdvisoryLeases:
    """The ``Leases`` port as session-level advisory locks: the server frees them when the holder's connection ends.

    Each holder has a connection of its own while it holds. A pooler between nbcode and the server must keep sessions.
    """

    def __init__(self, uri: str, now: Callable[[], str]) -> None:
        """Nothing is connected before the first call."""
        self._engine, self._place = _engine(uri, WAIT_S)
        self._engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._now = now

    @contextlib.contextmanager
    def acquire(
        self, name: str, *, wait_s: float, on_wait: Callable[[Holder | None], None] | None = None
    ) -> Iterator[None]:
        """Hold ``name`` while inside. ``on_wait`` is called once when it is somebody else's.

        Raises :class:`LeaseHeldError` when it is not free within ``wait_s``, ``JournalError`` without a server.
        """
        with contextlib.ExitStack() as stack:
            with explained(self._place, wait_s):
                connection = stack.enter_context(self._engine.connect())
                self._take(connection, name, wait_s, on_wait)
            try:
                yield
            finally:
                # A connection that broke has let go already.
                with contextlib.suppress(sa.exc.DBAPIError):
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(_number(name))))

    def free(self, name: str) -> bool:
        """Whether nobody alive holds ``name`` at this moment. Makes and changes nothing."""
        with explained(self._place, WAIT_S), self._engine.connect() as connection:
            return not _holding(connection, name)

    def sweep(self) -> None:
        """The server has freed what dead holders held."""

    def _take(
        self,
        connection: sa.Connection,
        name: str,
        wait_s: float,
        on_wait: Callable[[Holder | None], None] | None,
    ) -> None:
        # The server keeps 63 bytes of it, so the host, which may be long, comes last.
        me = f"nbcode {os.getpid()} {self._now()} {socket.gethostname()}"
        connection.execute(sa.select(sa.func.set_config("application_name", me, False)))
        until_s = time.monotonic() + wait_s
        heard = False
        while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_number(name)))).scalar_one():
            holder = next((_holder(recorded) for recorded in _holding(connection, name)), None)
            if time.monotonic() >= until_s:
                raise LeaseHeldError(holder)
            if on_wait and not heard:
                on_wait(holder)
                heard = True
            time.sleep(POLL_S)


def _engine(uri: str, wait_s: float) -> tuple[sa.Engine, str]:
    """An engine and its name for messages, without the password."""
    try:
        url = sa.make_url(uri).set(drivername="postgresql+psycopg")
        given = url.query.get("options", ())
        settings = f"-c lock_timeout={round(wait_s * 1000)} -c synchronous_commit=on {_KEEPALIVE}"
        options = " ".join([*([given] if isinstance(given, str) else given), settings])
        engine = sa.create_engine(
            url,
            poolclass=sa.NullPool,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": options},
        )
    except sa.exc.ArgumentError:
        raise JournalError(
            Diagnostic(
                code="NBC-I15",
                message="the journal's address is none",
                cause="an address has the form postgresql://user@host/database",
                fixes=(f"correct {setting('journal', 'uri')}",),
            )
        ) from None
    except ModuleNotFoundError as error:
        raise JournalError(
            Diagnostic(
                code="NBC-I15",
                message="a journal on PostgreSQL needs a driver that is not installed",
                cause=str(error),
                fixes=("`pip install 'nbcode[postgres]'`",),
            )
        ) from error
    return engine, url.set(drivername="postgresql", query={}).render_as_string(hide_password=True)


def _number(name: str) -> int:
    """The lock of ``name``: 64 bits of its digest, signed as the server wants them."""
    return int.from_bytes(hashlib.sha256(f"nbcode:{name}".encode()).digest()[:8], "big", signed=True)


def _holding(connection: sa.Connection, name: str) -> list[str | None]:
    """The ``application_name`` of whoever holds ``name``: one or nothing."""
    number = _number(name) % 2**64
    return list(connection.execute(_HOLDER, {"high": number >> 32, "low": number % 2**32}).scalars())


def _holder(recorded: str | None) -> Holder | None:
    """None for what no nbcode wrote: whoever takes the same number by hand."""
    match (recorded or "").split(" ", 3):
        case ["nbcode", pid, since, host] if pid.isdecimal():
            return Holder(pid=int(pid), host=host, since=since)
        case _:
            return None
