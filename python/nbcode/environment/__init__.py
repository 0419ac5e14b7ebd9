"""What a run needs installed, locked; and a fresh environment made from the lock."""

from nbcode.environment._installed import Site
from nbcode.environment._platform import platform_key
from nbcode.environment.creating import create_environment, has_environment
from nbcode.environment.fresh import Creation, FreshEnvironment
from nbcode.environment.lock import EnvironmentLock, LockedDistribution, Locking, lock_digest, normalise
from nbcode.environment.locking import known_modules, lock_environment

__all__ = [
    "Creation",
    "EnvironmentLock",
    "FreshEnvironment",
    "LockedDistribution",
    "Locking",
    "Site",
    "create_environment",
    "has_environment",
    "known_modules",
    "lock_digest",
    "lock_environment",
    "normalise",
    "platform_key",
]
