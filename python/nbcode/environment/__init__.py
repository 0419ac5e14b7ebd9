"""What a run needs installed, locked."""

from nbcode.environment.lock import EnvironmentLock, LockedDistribution, Locking, lock_digest, normalise

__all__ = ["EnvironmentLock", "LockedDistribution", "Locking", "lock_digest", "normalise"]
