"""The registry's values as plain data, for the line between a process and the one that holds MLflow.

``version_from_plain(version_to_plain(v)) == v``, and the same for registrations and the diagnostics of a refusal.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from nbcode.primitives import Diagnostic, Digest
from nbcode.registry.version import ModelVersion, Registration

_DIGESTS = ("key", "spec_digest", "definition_digest", "artifact_digest")


def version_to_plain(version: ModelVersion) -> dict[str, Any]:
    """Every field."""
    return asdict(version)


def version_from_plain(plain: dict[str, Any]) -> ModelVersion:
    """The version of `version_to_plain`."""
    return ModelVersion(**_with_digests(plain))


def optional(version: ModelVersion | None) -> dict[str, Any] | None:
    """The version as plain data, or None."""
    return None if version is None else version_to_plain(version)


def registration_to_plain(wanted: Registration) -> dict[str, Any]:
    """Every field, the artifact's folder as text."""
    return asdict(wanted) | {"artifact": str(wanted.artifact)}


def registration_from_plain(plain: dict[str, Any]) -> Registration:
    """The registration of `registration_to_plain`."""
    return Registration(
        **_with_digests(plain)
        | {
            "artifact": Path(plain["artifact"]),
            "parameters": tuple((name, text) for name, text in plain["parameters"]),
            "metrics": tuple((name, value) for name, value in plain["metrics"]),
        }
    )


def diagnostic_to_plain(refusal: Diagnostic) -> dict[str, Any]:
    """A refusal of the registry is about no place in a notebook."""
    return {
        "code": refusal.code,
        "message": refusal.message,
        "cause": refusal.cause,
        "fixes": list(refusal.ways_out),
    }


def diagnostic_from_plain(plain: dict[str, Any]) -> Diagnostic:
    """The diagnostic of `diagnostic_to_plain`."""
    return Diagnostic(**plain | {"fixes": tuple(plain["fixes"])})


def _with_digests(plain: dict[str, Any]) -> dict[str, Any]:
    return plain | {name: Digest(plain[name]) for name in _DIGESTS if name in plain}
