"""The notebook's bytes, kept in git."""

from nbcode.snapshot.snapshots import Snapshot, Snapshots
from nbcode.snapshot.taking import GitSnapshots

__all__ = ["GitSnapshots", "Snapshot", "Snapshots"]
