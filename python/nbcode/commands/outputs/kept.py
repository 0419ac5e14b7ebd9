"""Of what is kept: `export`, `import`, `rebuild`, `store du`, `gc`."""

from __future__ import annotations

from typing import TypedDict

from nbcode.primitives import Digest


class ExportOutput(TypedDict):
    """``nbcode export``. ``digest`` is the archive's."""

    model: str
    version: int
    file: str
    digest: Digest
    size_bytes: str
    artifact_digest: Digest
    spec_digest: Digest


class ImportOutput(TypedDict):
    """``nbcode import``. ``status`` is ``imported``, or ``exists`` where the registry had the version."""

    status: str
    model: str
    version: int
    alias: str | None
    digest: Digest
    artifact_digest: Digest
    spec_digest: Digest
    from_registry: str
    from_version: int
