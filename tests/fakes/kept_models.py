"""The small model as it is stored and registered."""

from __future__ import annotations

from pathlib import Path

from fakes.small_model import model
from nbcode.artifact import ArtifactStore, Provenance
from nbcode.primitives import digest_bytes
from nbcode.registry import Registration
from nbcode.results.needed import write_needs
from nbcode.run.manifest import list_files


def kept(directory: Path) -> Registration:
    """An artifact that holds the small model, as a run leaves it."""
    model().save(directory / "out" / "model")
    write_needs(model(), directory / "out")
    spec = digest_bytes(b"spec")
    provenance = Provenance(
        model_id="small",
        spec_digest=spec,
        definition_digest=None,
        environment_digest=None,
        platform_key="linux",
        pins=(),
    )
    stored = ArtifactStore(directory / "artifacts").put(
        directory / "out", list_files(directory / "out"), provenance
    )
    return Registration(
        model="small",
        key=digest_bytes(b"key"),
        spec_digest=spec,
        definition_digest=digest_bytes(b"definition"),
        artifact_digest=stored.digest,
        artifact=stored.path,
        registered_at="2026-01-05T09:00:00.250Z",
        registered_by="quant",
    )
