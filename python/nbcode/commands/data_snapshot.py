"""`nbcode data snapshot`: the query of a dataset, asked once because the user says so, becomes the file that is pinned."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nbcode.configuration import Workspace
from nbcode.inputs import take_snapshot
from nbcode.primitives import Digest, dataclass

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import DataOutput


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotResult:
    """What was written: ``file`` relative to the project where it is in it."""

    dataset: str
    file: str
    digest: Digest
    size_bytes: int
    rows: int
    columns: tuple[str, ...]

    def to_json(self) -> DataOutput:
        """What `data snapshot --json` prints."""
        return {
            "dataset": self.dataset,
            "file": self.file,
            "digest": self.digest,
            "size_bytes": str(self.size_bytes),
            "rows": self.rows,
            "columns": list(self.columns),
        }


def data_snapshot(workspace: Workspace, name: str) -> SnapshotResult:
    """Ask the query of ``[data.NAME]``. Raises ``NbcodeError``: NBC-E01 no such dataset, C33 no query, T04 not trusted, E51 the query fails, F07 the file cannot be written."""
    made = take_snapshot(workspace, name, environment=os.environ)
    inside = made.path.is_relative_to(workspace.root)
    return SnapshotResult(
        dataset=name,
        file=str(made.path.relative_to(workspace.root) if inside else made.path),
        digest=made.digest,
        size_bytes=made.size_bytes,
        rows=made.rows,
        columns=made.columns,
    )
