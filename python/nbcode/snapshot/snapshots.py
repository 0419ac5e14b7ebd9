"""A snapshot: the notebook's bytes, kept in git where nothing but garbage collection of its ref can lose them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from nbcode.primitives import Diagnostic, Digest, dataclass
from nbcode.spec import SnapshotReference


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """One notebook in one commit.

    ``path`` is inside the repository; ``repository`` is the git directory; ``ref`` keeps the commit alive;
    ``head_state`` is what the repository was in, such as ``branch main at 1a2b3c; merge in progress``;
    ``notes`` are findings that did not hinder.
    """

    commit: str
    blob: str
    notebook_digest: Digest
    path: str
    repository: str
    ref: str
    head_state: str
    notes: tuple[Diagnostic, ...] = ()

    def reference(self) -> SnapshotReference:
        """What a build spec says of it."""
        return SnapshotReference(
            commit=self.commit, blob=self.blob, notebook_digest=self.notebook_digest, path=self.path
        )


class Snapshots(Protocol):
    """Keeps notebooks. The same bytes at the same path for the same model are one snapshot, whoever takes it."""

    def take(
        self, notebook_path: Path, data: bytes, *, model_id: str, message: str, recorded_at: datetime
    ) -> Snapshot:
        """Keep ``data`` as the content of ``notebook_path``; ``recorded_at`` is UTC and dates the commit.

        Raises:
            NbcodeError: with a code of section F, when the repository cannot take it.
        """
        ...

    def read(self, commit: str) -> bytes | None:
        """The bytes that ``commit`` keeps; None where it is not here."""
        ...
