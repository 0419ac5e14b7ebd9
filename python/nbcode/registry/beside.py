"""The files that lie beside a version's artifact (requirements, wheels, MLmodel, spec, what was promoted): a listing of them, whose digest the version bears.

The artifact's own digest is of the model and its report. Who loads a version installs from what lies beside it, so that is vouched for too.
"""

from __future__ import annotations

import json
from pathlib import Path

from nbcode.primitives import Digest, canonical_json, digest_bytes, digest_file

LISTING = "files.json"
_OF_MLFLOW = frozenset({"registered_model_meta"})
"""What MLflow leaves beside a model that it has loaded."""


def write_listing(model: Path, artifact: str) -> Digest:
    """List what is in the folder ``model`` beside the folder ``artifact``, as a file of it; returns the digest of the listing."""
    data = canonical_json(dict(_listed(model, artifact)))
    (model / LISTING).write_bytes(data)
    return digest_bytes(data)


def beside_differences(model: Path, artifact: str, digest: str) -> tuple[str, ...]:
    """Each way in which what is beside the artifact is not what the listing of ``digest`` says; empty when it is."""
    try:
        data = (model / LISTING).read_bytes()
    except OSError:
        return (f"{LISTING} is missing",)
    if digest_bytes(data) != digest:
        return (f"{LISTING} is not the one that was registered",)
    expected, found = json.loads(data), _listed(model, artifact)
    return (
        *(f"{name} is missing" for name in sorted(expected.keys() - found.keys())),
        *(f"{name} was not there" for name in sorted(found.keys() - expected.keys())),
        *(f"{name} was changed" for name in sorted(found) if expected.get(name, found[name]) != found[name]),
    )


def _listed(model: Path, artifact: str) -> dict[str, str]:
    """Name and digest of each file; what is no plain file has no digest, and so equals none."""
    found = {}
    for path in sorted(model.rglob("*")):
        name = path.relative_to(model)
        if name.parts[0] == artifact or str(name) in {LISTING, *_OF_MLFLOW}:
            continue
        if path.is_symlink() or not (path.is_dir() or path.is_file()):
            found[name.as_posix()] = "no plain file"
        elif path.is_file():
            found[name.as_posix()] = str(digest_file(path))
    return found
