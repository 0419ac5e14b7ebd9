"""What a run needs installed, locked; and a fresh environment made from the lock."""

from nbcode.environment._installed import Site
from nbcode.environment._platform import platform_key
from nbcode.environment.creating import (
    check_installed,
    create_environment,
    folder_difference,
    seal_folder,
)
from nbcode.environment.fresh import Creation, FreshEnvironment
from nbcode.environment.lock import (
    EnvironmentLock,
    LockedDistribution,
    Locking,
    WheelPlaces,
    lock_digest,
    normalise,
)
from nbcode.environment.locking import importable_modules, lock_environment
from nbcode.environment.proving import EarlyProofs
from nbcode.environment.verifying import StoredEnvironment, verify_environments

__all__ = [
    "Creation",
    "EarlyProofs",
    "EnvironmentLock",
    "FreshEnvironment",
    "LockedDistribution",
    "Locking",
    "Site",
    "StoredEnvironment",
    "WheelPlaces",
    "check_installed",
    "create_environment",
    "folder_difference",
    "importable_modules",
    "lock_digest",
    "lock_environment",
    "normalise",
    "platform_key",
    "seal_folder",
    "verify_environments",
]
