"""The registry's values as plain data, for the line between a process and the one that holds MLflow.

``version_from_plain(version_to_plain(v)) == v``, and the same for registrations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbcode.primitives import Digest, Json, from_plain, to_plain
from nbcode.registry.registered import RegisteredModel
from nbcode.registry.version import ModelVersion, Registration

_DIGESTS = ("key", "spec_digest", "definition_digest", "artifact_digest")


def version_to_plain(version: ModelVersion) -> Json:
    """Every field."""
    return to_plain(version)


def version_from_plain(plain: object) -> ModelVersion:
    """The version of `version_to_plain`."""
    return from_plain(ModelVersion, plain, "version")


def registered_to_plain(models: tuple[RegisteredModel, ...]) -> Json:
    """Every field of every model."""
    return [to_plain(model) for model in models]


def registered_from_plain(plain: Iterable[object]) -> tuple[RegisteredModel, ...]:
    """The models of `registered_to_plain`."""
    return tuple(from_plain(RegisteredModel, one, "model") for one in plain)


def optional(version: ModelVersion | None) -> Json:
    """The version as plain data, or None."""
    return None if version is None else version_to_plain(version)


def registration_to_plain(wanted: Registration) -> dict[str, Any]:
    """Every field, paths as text."""
    return asdict(wanted) | {
        "artifact": str(wanted.artifact),
        "wheels": [str(wheel) for wheel in wanted.wheels],
        "executed": None if wanted.executed is None else str(wanted.executed),
    }


def registration_from_plain(plain: dict[str, Any]) -> Registration:
    """The registration of `registration_to_plain`."""
    return Registration(
        **plain
        | {name: Digest(plain[name]) for name in _DIGESTS}
        | {
            "artifact": Path(plain["artifact"]),
            "wheels": tuple(map(Path, plain["wheels"])),
            "executed": None if plain["executed"] is None else Path(plain["executed"]),
            "requirements": tuple(plain["requirements"]),
            "sources": tuple((name, text) for name, text in plain["sources"]),
            "rows": tuple((label, text) for label, text in plain["rows"]),
            "parameters": tuple((name, text) for name, text in plain["parameters"]),
            "metrics": tuple((name, value) for name, value in plain["metrics"]),
        }
    )
