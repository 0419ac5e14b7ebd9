"""What an artifact says of its own making. Only what the spec and the platform determine: no clock, no host, no user.

How strongly one particular run was confined and how long it took is that run's record, not the artifact's: two runs of one
spec on one platform give one artifact.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from nbcode.artifact.manifest import PROVENANCE_NAME
from nbcode.primitives import Digest, Json, canonical_json, dataclass

_STATEMENT = (
    "R1: a run of this spec on a platform with this platform key and these pins, each asserted in the run, gives this "
    "artifact digest. R2: on another platform its predictions are equal within a relative tolerance of 1e-9."
)
_OF_A_DEFINITION = _STATEMENT.replace("of this spec", "of any spec that is made from this")


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Where an artifact comes from, and under which conditions it comes out again. ``pins`` are (name, value) pairs.

    ``made_from`` stands in the place of the spec's digest where the artifact follows from the definition alone
    (:func:`nbcode.spec.made_from_digest`), so that every form of one model gives the same.
    """

    model_id: str
    spec_digest: Digest
    definition_digest: Digest | None
    environment_digest: Digest | None
    platform_key: str
    pins: tuple[tuple[str, str], ...]
    made_from: Digest | None = None


def encode_provenance(provenance: Provenance) -> bytes:
    """RFC 8785 bytes of ``provenance.json``."""
    document: dict[str, Json] = {
        "schema_version": 1,
        "build_type": "nbcode/clean-run@1",
        "model_id": provenance.model_id,
        **(
            {"spec_digest": provenance.spec_digest}
            if provenance.made_from is None
            else {"made_from": provenance.made_from}
        ),
        "definition_digest": provenance.definition_digest,
        "environment_digest": provenance.environment_digest,
        "platform_key": provenance.platform_key,
        "pins": dict(provenance.pins),
        "reproducibility": _STATEMENT if provenance.made_from is None else _OF_A_DEFINITION,
    }
    return canonical_json(document)


def origin_of(artifact: Path) -> tuple[str, Digest | None]:
    """Of a verified artifact the model's id, and the digest of its spec where it is the artifact of one alone; an empty text and
    None where it does not say."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        plain = json.loads((artifact / PROVENANCE_NAME).read_bytes())
        spec = plain.get("spec_digest")
        return str(plain["model_id"]), None if spec is None else Digest(spec)
    return "", None


def made_from_of(artifact: Path) -> Digest | None:
    """Of a verified artifact what it follows from, where that is its definition and not the spec: every form of the model has it. Else None."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        found = json.loads((artifact / PROVENANCE_NAME).read_bytes()).get("made_from")
        return None if found is None else Digest(found)
    return None
