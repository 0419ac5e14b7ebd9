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


class CollectedPart(TypedDict):
    """One of ``collected``: ``what`` went and ``why``, with ``model`` and ``version`` where it is a version's. ``freed_bytes`` is what it frees alone."""

    what: str
    model: str | None
    version: int | None
    why: str
    freed_bytes: str


class KeptVersion(TypedDict):
    """One of ``kept``: a version that keeps its bytes, and ``because`` of what."""

    model: str
    version: int
    because: str


class GcOutput(TypedDict):
    """``nbcode gc``. ``keep`` is the rule, empty for none; ``freed_bytes`` is what all parts free together, or would with ``dry_run``."""

    store: str
    keep: str
    dry_run: bool
    collected: list[CollectedPart]
    kept: list[KeptVersion]
    freed_bytes: str
    diagnostics: Findings


class StorePart(TypedDict):
    """One of ``parts``: what a store holds, ``what`` it is for."""

    name: str
    what: str
    size_bytes: str
    files: int


class StoredModel(TypedDict):
    """One of ``models``: ``size_bytes`` of what its versions have in this store and its registry, a file counted once that several of them share."""

    model: str
    versions: int
    collected: int
    size_bytes: str


class StoreOutput(TypedDict):
    """``nbcode store du``. ``total_bytes`` is the sum of ``parts``; the ``cache`` is beside the store, and can be made again; ``cache_bytes`` is null
    where it was not counted, without ``--cache``."""

    store: str
    total_bytes: str
    parts: list[StorePart]
    models: list[StoredModel]
    cache: str
    cache_bytes: str | None
    diagnostics: Findings


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
