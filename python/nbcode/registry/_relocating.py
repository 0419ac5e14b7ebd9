"""An embedded registry that came to another place with its store. MLflow keeps absolute places; they are written anew where it is opened."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("logged_models", "artifact_location"),
)
_ENDING = "/registry/artifacts"
"""Where a store's own registry keeps files; an experiment of somebody else's that keeps them elsewhere is left alone."""


def old_places(database: Path) -> tuple[str, ...]:
    """The places (URIs) where the registry in ``database`` keeps files and is not any more; empty where it was not moved."""
    if not database.parent.as_posix().endswith("/registry"):
        return ()
    try:
        with contextlib.closing(
            sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True, timeout=1.0)
        ) as connection:
            rows = connection.execute("SELECT DISTINCT artifact_location FROM experiments").fetchall()
    except sqlite3.Error:
        return ()
    here = _here(database)
    return tuple(
        place
        for (place,) in rows
        if isinstance(place, str)
        and place.startswith("file:///")
        and place.endswith(_ENDING)
        and place != here
    )


def relocate(database: Path) -> tuple[str, ...]:
    """Write the place of ``database`` for its old ones, all at once; returns these. Nothing is done where the file cannot be written.

    Raises:
        sqlite3.OperationalError: another process writes to it for longer than 30 s.
    """
    old = old_places(database)
    if not old:
        return ()
    here = _here(database)
    with contextlib.closing(sqlite3.connect(database, timeout=30.0, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table, column in _PLACES:
            for place in old if table in tables else ():
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE {column} = ? OR substr({column}, 1, ?) = ?",  # noqa: S608 - names of ours
                    (here, len(place) + 1, place, len(place) + 1, f"{place}/"),
                )
        connection.execute("COMMIT")
    return old


def _here(database: Path) -> str:
    return (database.parent / "artifacts").resolve().as_uri()
