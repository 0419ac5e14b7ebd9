"""Where the journal is and its leases with it: on a server that a team shares, else in the store. Each is loaded when it is
first asked for, so that whoever reads a project without a journal pays for none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.promotion._lease import FileLeases
from nbcode.promotion.journal import JournalSchema

if TYPE_CHECKING:
    from nbcode.configuration import Server
    from nbcode.promotion._sql import SqlJournal
    from nbcode.promotion.leases import Leases

NAME = "journal.db"
_WAIT_S = 30.0


class JournalHome:
    """The journal on ``server``, or, where that is None, in the folder ``store``."""

    def __init__(self, server: Server | None, store: Path, now: Callable[[], str]) -> None:
        """``now`` gives ISO 8601 UTC text. Nothing is opened or made."""
        self._uri = server.uri if server else None
        self._path = store / NAME
        self._now = now
        self.locks = FileLeases(store / "locks", now)
        """Those of the store itself, whose files nobody shares."""

    def leases(self) -> Leases:
        """Of promotions: wherever the journal is, so that whoever shares it shares them."""
        if self._uri is None:
            return self.locks
        from nbcode.promotion._sql import AdvisoryLeases

        return AdvisoryLeases(self._uri, self._now)

    def open(self) -> SqlJournal:
        """The journal, made where it is not there. Raises ``JournalError``."""
        from nbcode.promotion._sql import open_postgres, open_sqlite

        return open_sqlite(self._path, self._held()) if self._uri is None else open_postgres(self._uri)

    def read(self) -> SqlJournal | None:
        """The journal that is there, None where there is none. Raises ``JournalError``."""
        if self._uri is None and not self._path.exists():
            return None
        from nbcode.promotion._sql import open_postgres, read_sqlite, schema_in_postgres

        if self._uri is None:
            return read_sqlite(self._path, self._held())
        return open_postgres(self._uri) if schema_in_postgres(self._uri) else None

    def schema(self) -> JournalSchema:
        """Which schema it has; changes nothing. Raises ``JournalError`` when that cannot be read."""
        from nbcode.promotion._sql import SCHEMA_VERSION, schema_in_postgres, schema_in_sqlite

        found = schema_in_sqlite(self._path) if self._uri is None else schema_in_postgres(self._uri)
        return JournalSchema(found=found, known=SCHEMA_VERSION)

    def _held(self) -> AbstractContextManager[None]:
        return self.locks.acquire("journal", wait_s=_WAIT_S)
