"""Is an artifact still what its name says? Every difference is reported, not only the first."""

from __future__ import annotations

from pathlib import Path

from nbcode.primitives import Diagnostic, Digest, Place
from nbcode_runtime import differences

__all__ = ["differences", "verify"]


def verify(path: Path, digest: Digest | None = None) -> tuple[Diagnostic, ...]:
    """NBC-I06 for each way in which the directory ``path`` is not the artifact of its name (or of ``digest``): manifest,
    missing, extra or changed files, links. Empty when it is."""
    return tuple(
        Diagnostic(
            code="NBC-I06",
            message=f"artifact {path.name[:12]} is not what was stored",
            cause=cause,
            fixes=("take it from a copy, or build the spec again",),
            place=Place(path=str(path)),
        )
        for cause in differences(path, None if digest is None else digest.hex)
    )
