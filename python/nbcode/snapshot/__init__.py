"""The notebook's bytes, kept in git."""

from nbcode.snapshot._git import user_name
from nbcode.snapshot.git_snapshots import GitSnapshots
from nbcode.snapshot.snapshots import Snapshot, Snapshots

__all__ = ["GitSnapshots", "Snapshot", "Snapshots", "user_name"]
