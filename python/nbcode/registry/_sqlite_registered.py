"""All that the embedded registry holds, without MLflow: by the tables, where `_sqlite_read` knows them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from nbcode.registry._sqlite_read import known_tables
from nbcode.registry.registered import (
    TAG,
    Figures,
    RegisteredModel,
    StoredVersion,
    models_of,
    runs_wanted,
    with_figures,
)
from nbcode.registry.version import CANDIDATE

_OF_ONE = "AND v.name = :model"
_VERSIONS = """
SELECT v.name, v.version, v.source, v.run_id, t.key, t.value FROM model_versions v
JOIN model_version_tags t ON t.workspace = v.workspace AND t.name = v.name AND t.version = v.version
WHERE v.workspace = 'default' AND v.current_stage != 'Deleted_Internal' AND t.key LIKE 'nbcode.%' {only}
"""
_TAGS = (
    "SELECT name, key, value FROM registered_model_tags WHERE workspace = 'default' AND key LIKE 'nbcode.%'"
)
_ALIASES = "SELECT name, version FROM registered_model_aliases WHERE workspace = 'default' AND alias = ?"
_METRICS = """
SELECT m.run_uuid, m.key, m.value FROM latest_metrics m
JOIN runs r ON r.run_uuid = m.run_uuid AND r.lifecycle_stage = 'active'
JOIN experiments e ON e.experiment_id = r.experiment_id AND e.lifecycle_stage = 'active'
WHERE NOT m.is_nan AND m.run_uuid IN ({runs})
"""
_RUNS_AT_ONCE = 500


def read_tables(database: Path, model: str | None, figures: Figures) -> tuple[RegisteredModel, ...] | None:
    """What `read_registered` says of the same registry; None where the tables are not those that are known here, or cannot be read."""
    with known_tables(database) as connection:
        if connection is None:
            return None
        try:
            return _read(connection, model, figures)
        except sqlite3.Error:
            return None


def _read(connection: sqlite3.Connection, model: str | None, figures: Figures) -> tuple[RegisteredModel, ...]:
    tags: dict[tuple[str, int], dict[str, str]] = {}
    places: dict[tuple[str, int], tuple[str, str]] = {}
    asked = _VERSIONS.format(only=_OF_ONE if model is not None else "")
    for name, number, source, run_id, key, value in connection.execute(asked, {"model": model}):
        tags.setdefault((name, number), {})[key] = value
        places[name, number] = (source or "", run_id or "")
    of_models: dict[str, dict[str, str]] = {}
    for name, key, value in connection.execute(_TAGS):
        of_models.setdefault(name, {})[key] = value
    candidates = {name: int(number) for name, number in connection.execute(_ALIASES, (CANDIDATE,))}
    stored = (
        StoredVersion(
            model=name,
            number=number,
            source=places[name, number][0],
            run_id=places[name, number][1],
            tags=own,
        )
        for (name, number), own in tags.items()
        if own.get(f"{TAG}key", "").startswith("sha256:")
    )
    found = models_of(stored, of_models, candidates)
    return with_figures(found, _figures(connection, runs_wanted(found, figures)))


def _figures(connection: sqlite3.Connection, runs: list[str]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for start in range(0, len(runs), _RUNS_AT_ONCE):
        some = runs[start : start + _RUNS_AT_ONCE]
        asked = _METRICS.format(runs=", ".join("?" * len(some)))
        for run_id, name, value in connection.execute(asked, some):
            found.setdefault(run_id, {})[name] = value
    return found
