"""What may be asked for of the sandbox: on the command line, in nbcode.toml, in a run's plan."""

from __future__ import annotations

from enum import StrEnum


class Isolation(StrEnum):
    """An isolation level; ``auto`` is the strongest that holds on this machine."""

    AUTO = "auto"
    PROCESS = "process"
    ENVIRONMENT = "environment"
    LANDLOCK = "landlock"
    NAMESPACES = "namespaces"
