"""The notebook's bytes, kept in git."""

from nbcode.snapshot.snapshots import Snapshot, Snapshots

__all__ = ["Snapshot", "Snapshots"]
