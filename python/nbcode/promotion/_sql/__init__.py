"""The journal in a database: SQLite in the store, or a PostgreSQL server that a team shares.

The one window to SQLAlchemy and Alembic. ``tables`` and ``rows`` are plain SQL for both; ``sqlite`` and ``postgres`` hold what
each needs of its own, ``schema`` brings an older journal up by the revisions of ``migrations``.
"""

from nbcode.promotion._sql.journal import SqlJournal
from nbcode.promotion._sql.postgres import AdvisoryLeases, open_postgres, schema_in_postgres
from nbcode.promotion._sql.schema import SCHEMA_VERSION
from nbcode.promotion._sql.sqlite import open_sqlite, read_sqlite, schema_in_sqlite

__all__ = [
    "SCHEMA_VERSION",
    "AdvisoryLeases",
    "SqlJournal",
    "open_postgres",
    "open_sqlite",
    "read_sqlite",
    "schema_in_postgres",
    "schema_in_sqlite",
]
