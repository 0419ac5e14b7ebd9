"""Of what is kept: `export`, `import`, `rebuild`, `store du`, `gc`."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from nbcode.commands.outputs.stopped import Findings
from nbcode.primitives import Digest
from nbcode.primitives.json_schema import Written


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


class RebuiltInput(TypedDict):
    """An input of the version, and where it was found."""

    name: str
    role: str
    digest: Digest
    path: str


class DifferingFileJson(TypedDict):
    """A file of the artifact that came out otherwise; null where there is none."""

    path: str
    registered: Digest | None
    rebuilt: Digest | None


class RebuildOutput(TypedDict):
    """``nbcode rebuild``. ``folder`` is what was kept, null where nothing was."""

    status: Annotated[str, Written(Literal["equal", "different"])]
    model: str
    version: int
    spec_digest: Digest
    artifact_digest: Digest
    rebuilt_digest: Digest
    differing: list[DifferingFileJson]
    inputs: list[RebuiltInput]
    sources: str
    isolation: str
    seconds: float
    folder: str | None
    diagnostics: Findings
