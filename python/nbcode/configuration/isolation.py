"""What may be asked for of the sandbox: on the command line, in nbcode.toml, in a run's plan."""

from __future__ import annotations

from enum import StrEnum


class Isolation(StrEnum):
    """A isolation level, or the strongest that holds."""

    AUTO = "auto"
    PROCESS = "process"
    ENVIRONMENT = "environment"
    LANDLOCK = "landlock"
    NAMESPACES = "namespaces"
