"""`nbcode export MODEL VERSION`: a version as one file, from the registry and nothing else."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.fetched import bring, the_version
from nbcode.commands.named_file import NamedFile
from nbcode.primitives import Digest, dataclass
from nbcode.registry import ModelVersion, Registry
from nbcode.registry.archive import RECORD_NAME, ArchivedVersion, list_archived, write_archive

if TYPE_CHECKING:
    from nbcode.commands.outputs.kept import ExportOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportResult:
    """What was written. ``digest`` is the archive's: equal for every export of this version from this registry."""

    version: ModelVersion
    file: Path
    digest: Digest
    size_bytes: int

    def to_json(self) -> ExportOutput:
        """What `export --json` prints."""
        return {
            "model": self.version.model,
            "version": self.version.version,
            "file": str(self.file),
            "digest": self.digest,
            "size_bytes": str(self.size_bytes),
            "artifact_digest": self.version.artifact_digest,
            "spec_digest": self.version.spec_digest,
        }


def export(
    model: str, number: int, registry: Registry, *, address: str, to: Path, scratch: Path
) -> ExportResult:
    """Fetch version ``number`` of ``model`` from the ``registry`` at ``address`` into ``scratch``, verify it, and write it to ``to``.

    Raises ``NbcodeError``: NBC-I19 for a version that is not there, NBC-I46 and NBC-I47 for bytes that are not its own, NBC-X08 where
    another file is at ``to``.
    """
    named = NamedFile(
        path=to,
        what="archive",
        ours=lambda head: head.startswith(RECORD_NAME.encode() + b"\0"),
        instead=f"nbcode export {model} {number} -o FILE",
    )
    named.prepare()
    version = the_version(registry, model, number)
    bring(registry, version, scratch / "fetched")
    record = ArchivedVersion(
        model=version.model,
        version=version.version,
        key=version.key,
        spec_digest=version.spec_digest,
        artifact_digest=version.artifact_digest,
        registered_at=version.registered_at,
        registered_by=version.registered_by,
        owner=version.owner,
        path=version.path,
        line=version.line,
        notebook=version.notebook,
        snapshot=version.snapshot,
        registry=address,
        files=list_archived(scratch / "fetched"),
    )
    whole = io.BytesIO()
    digest = write_archive(record, scratch / "fetched", whole)
    named.write(whole.getvalue())
    return ExportResult(version=version, file=to, digest=digest, size_bytes=whole.tell())
