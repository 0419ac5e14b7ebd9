"""A look at the embedded registry without MLflow, whose import alone takes longer than everything else that `exists` needs.

Only reads, only where the schema is one that is known here; whatever is not as expected gives None, and MLflow is asked.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

from nbcode.primitives import Digest
from nbcode.registry.version import CANDIDATE, NOTEBOOK, ModelVersion

KNOWN_REVISIONS = frozenset({"dc11669786a5"})
"""Schema revisions (``alembic_version``) of which the tables below are known: MLflow 3.17."""
TAG = "nbcode."

_VERSIONS = """
SELECT v.version, v.source, t.key, t.value FROM model_versions v
JOIN model_version_tags t ON t.workspace = v.workspace AND t.name = v.name AND t.version = v.version
WHERE v.name = ? AND v.workspace = 'default' AND v.current_stage != 'Deleted_Internal' AND t.key LIKE 'nbcode.%'
"""
_ALIAS = "SELECT version FROM registered_model_aliases WHERE name = ? AND alias = ? AND workspace = 'default'"


def read_versions(database: Path, model: str) -> tuple[ModelVersion, ...] | None:
    """The versions of ``model`` that nbcode registered, newest first; None when they cannot be read this way."""
    try:
        uri = f"{database.resolve().as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=1.0)) as connection:
            revisions = {row[0] for row in connection.execute("SELECT version_num FROM alembic_version")}
            if not revisions or not revisions <= KNOWN_REVISIONS:
                return None
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


def version_of(
    model: str, number: int, source: str, tags: dict[str, str], candidate: int | None
) -> ModelVersion:
    """A version from its number and tags. Raises ``KeyError``, ``ValueError`` for tags that are not ours."""
    definition = tags.get(f"{TAG}definition_digest")
    return ModelVersion(
        model=model,
        version=number,
        key=Digest(tags[f"{TAG}key"]),
        spec_digest=Digest(tags[f"{TAG}spec_digest"]),
        artifact_digest=Digest(tags[f"{TAG}artifact_digest"]),
        registered_at=tags[f"{TAG}registered_at"],
        registered_by=tags.get(f"{TAG}registered_by", ""),
        source=source,
        alias=CANDIDATE if candidate == number else None,
        notebook=tags.get(f"{TAG}notebook"),
        snapshot=tags.get(f"{TAG}snapshot"),
        account=tags.get(f"{TAG}registered_as"),
        adopted_from=tags.get(f"{TAG}adopted_from"),
        owner=tags.get(f"{TAG}owner", ""),
        definition_digest=None if definition is None else Digest(definition),
        path=tags.get(f"{TAG}path", NOTEBOOK),
        line=tags.get(f"{TAG}line", ""),
    )
