"""A look at the embedded registry without MLflow, whose import alone takes longer than everything else that `exists` needs.

Only reads, only where the schema is one that is known here; whatever is not as expected gives None, and MLflow is asked.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from nbcode.registry.registered import TAG, version_of
from nbcode.registry.version import CANDIDATE, ModelVersion

KNOWN_REVISIONS = frozenset({"dc11669786a5"})
"""Schema revisions (``alembic_version``) of which the tables below are known: MLflow 3.17."""

_VERSIONS = """
SELECT v.version, v.source, t.key, t.value FROM model_versions v
JOIN model_version_tags t ON t.workspace = v.workspace AND t.name = v.name AND t.version = v.version
WHERE v.name = ? AND v.workspace = 'default' AND v.current_stage != 'Deleted_Internal' AND t.key LIKE 'nbcode.%'
"""
_ALIAS = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ? AND workspace = 'default'"


@contextlib.contextmanager
def known_tables(database: Path) -> Iterator[sqlite3.Connection | None]:
    """The database opened to read; None where it cannot be read, or has not the tables that are known here."""
    with contextlib.ExitStack() as opened:
        try:
            uri = f"{database.resolve().as_uri()}?mode=ro"
            connection = opened.enter_context(contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1.0)))
            revisions = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
        except sqlite3.Error:
            revisions = set()
        yield connection if revisions and revisions <= KNOWN_REVISIONS else None


def read_versions(database: Path, model: str) -> tuple[ModelVersion, ...] | None:
    """The versions of ``model`` that nbcode registered, newest first; None when they cannot be read this way."""
    with known_tables(database) as connection:
        if connection is None:
            return None
        try:
            rows = connection.execute(_VERSIONS, (model,)).fetchall()
            alias = connection.execute(_ALIAS, (model, CANDIDATE)).fetchone()
            return _versions(model, rows, alias[0] if alias else None)
        except (sqlite3.Error, KeyError, ValueError):
            return None


def _versions(
    model: str, rows: list[tuple[int, str, str, str]], candidate: int | None
) -> tuple[ModelVersion, ...]:
    sources = {number: source for number, source, _, _ in rows}
    tags: dict[int, dict[str, str]] = {number: {} for number in sources}
    for number, _, key, value in rows:
        tags[number][key] = value
    return tuple(
        version_of(model, number, sources[number], tags[number], candidate)
        for number in sorted(sources, reverse=True)
        if f"{TAG}key" in tags[number]
    )
