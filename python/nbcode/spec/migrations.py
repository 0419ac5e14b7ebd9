"""Older specs, brought to the shape of today one version at a time. The original bytes stay in the store, and the
digest they were recorded under stays theirs: a migrated spec is for reading, never for naming."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from nbcode.primitives import Diagnostic, Json
from nbcode.spec.build_spec import SCHEMA_VERSION

Migration = Callable[[Mapping[str, Json]], Mapping[str, Json]]

MIGRATIONS: Mapping[int, Migration] = MappingProxyType({})
"""From each old version to the next one. Empty as long as version 1 is the only one."""


def migrate(
    plain: Mapping[str, Json], migrations: Mapping[int, Migration] = MIGRATIONS, current: int = SCHEMA_VERSION
) -> Mapping[str, Json] | Diagnostic:
    """``plain`` in the shape of version ``current``, or NBC-I03 when there is no way there.

    ``plain["schema_version"]`` is an integer; each migration must raise it by one.
    """
    version = plain["schema_version"]
    while isinstance(version, int) and version < current and version in migrations:
        plain = {**migrations[version](plain), "schema_version": version + 1}
        version += 1
    if version == current:
        return plain
    newer = isinstance(version, int) and version > current
    return Diagnostic(
        code="NBC-I03",
        message=f"build spec of schema version {version}; this nbcode reads version {current}",
        cause="a newer nbcode wrote it" if newer else "no version of nbcode wrote that",
        fixes=("install the newer nbcode",) if newer else ("build the notebook again: `nbcode build`",),
    )
