"""Which schema a journal has, and the way up to this nbcode's by the revisions of ``migrations``."""

from __future__ import annotations

import threading
from pathlib import Path

import sqlalchemy as sa

from nbcode.promotion.journal import JournalSchema, refuse_newer

SCHEMA_VERSION = 6
_ONE_AT_A_TIME = threading.Lock()  # Alembic's ``op`` is one a process


def schema_of(connection: sa.Connection) -> int:
    """The number of the revision that the journal is at; 0 where there is none. The first two were written without Alembic."""
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return int(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())
    if "about" in tables:
        return int(connection.exec_driver_sql("SELECT schema_version FROM about").scalar_one())
    return 0


def bring_up(connection: sa.Connection, place: str) -> None:
    """Make the tables, or bring those of an older nbcode up, in the transaction of ``connection``: all or nothing.

    The caller sees to it that nobody else does so. Raises ``JournalError`` (NBC-I03) for a newer schema.
    """
    found = schema_of(connection)
    refuse_newer(JournalSchema(found=found, known=SCHEMA_VERSION), place)
    if found == SCHEMA_VERSION:
        return
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.operations import Operations
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    revisions = ScriptDirectory.from_config(config)
    context = MigrationContext.configure(connection)
    with _ONE_AT_A_TIME, Operations.context(context):
        for revision in reversed([*revisions.iterate_revisions(str(SCHEMA_VERSION), str(found or "base"))]):
            revision.module.upgrade()
            context.stamp(revisions, revision.revision)
