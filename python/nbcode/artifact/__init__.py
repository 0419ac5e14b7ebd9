"""An artifact: a directory whose content is its name. Stored whole or not at all, verified before it is believed."""

from nbcode.artifact._shared import SharedFiles, place_shared
from nbcode.artifact.disk_use import Counted, DiskUse, freed_by
from nbcode.artifact.manifest import (
    MANIFEST_NAME,
    PROVENANCE_NAME,
    Manifest,
    decode_manifest,
    encode_manifest,
    manifest_digest,
)
from nbcode.artifact.modules import modules_of
from nbcode.artifact.provenance import Provenance, made_from_of, origin_of
from nbcode.artifact.report import (
    Figures,
    costs_of,
    evidence_of,
    figures_of,
    judgement_of,
    look_ahead_of,
    numbers_in,
    verdict_of,
)
from nbcode.artifact.store import Artifact, ArtifactMissingError, ArtifactRefusedError, ArtifactStore
from nbcode.artifact.verification import differences, verify

__all__ = [
    "MANIFEST_NAME",
    "PROVENANCE_NAME",
    "Artifact",
    "ArtifactMissingError",
    "ArtifactRefusedError",
    "ArtifactStore",
    "Counted",
    "DiskUse",
    "Figures",
    "Manifest",
    "Provenance",
    "SharedFiles",
    "costs_of",
    "decode_manifest",
    "differences",
    "encode_manifest",
    "evidence_of",
    "figures_of",
    "freed_by",
    "judgement_of",
    "look_ahead_of",
    "made_from_of",
    "manifest_digest",
    "modules_of",
    "numbers_in",
    "origin_of",
    "place_shared",
    "verdict_of",
    "verify",
]
