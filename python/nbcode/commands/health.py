"""What doctor finds, as values, and what it asks of a machine."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nbcode.environment import StoredEnvironment
from nbcode.primitives import Exit, dataclass, masked

if TYPE_CHECKING:
    from nbcode.commands.outputs.machine import DoctorOutput, HealthFinding


class Level(StrEnum):
    """How a thing is: good, good enough, or in the way of a promote."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: str
    name: str
    level: Level
    text: str
    fix: str = ""

    def __post_init__(self) -> None:
        """No password leaves in a finding, whoever's words it quotes."""
        object.__setattr__(self, "text", masked(self.text))

    def to_json(self) -> HealthFinding:
        """Plain data."""
        return {
            "area": self.area,
            "name": self.name,
            "level": str(self.level),
            "text": self.text,
            "fix": self.fix,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """Everything that was looked at, in the order in which it is reported."""

    findings: tuple[Finding, ...]

    @property
    def exit_code(self) -> Exit:
        """ENVIRONMENT when anything is in the way."""
        return Exit.ENVIRONMENT if any(f.level is Level.FAIL for f in self.findings) else Exit.DONE

    def to_json(self) -> DoctorOutput:
        """Plain data."""
        return {
            "status": "done" if self.exit_code is Exit.DONE else "failed",
            "findings": [f.to_json() for f in self.findings],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class LevelHealth:
    """Whether an isolation level of the sandbox holds here."""

    name: str
    available: bool
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """A place on the disk. ``problem`` says why it cannot be written, or is empty."""

    problem: str
    free_bytes: int
    network: bool


class Machine(Protocol):
    """What doctor asks of the machine. Every question answers; none raises."""

    def python(self) -> tuple[str, str]:
        """Version of the interpreter, and its path."""

    def platform(self) -> str:
        """System and processor."""

    def distributions(self) -> Mapping[str, str]:
        """Name -> version of what nbcode stands on; a missing one has an empty version."""

    def program(self, name: str) -> str:
        """The version line of a program, or an empty text where it is not here."""

    def levels(self) -> tuple[LevelHealth, ...]:
        """The sandbox's isolation levels from the weakest to the strongest."""

    def space(self, directory: Path) -> Space:
        """Whether ``directory``, or the nearest one above that exists, can be written."""

    def kernels_compiled(self, cache: Path) -> bool:
        """Whether alpha_bench's kernels are compiled already."""

    def environments(self, cache: Path) -> tuple[StoredEnvironment, ...]:
        """The environments that are kept, read to the last byte."""

    def registry(self, uri: str) -> str:
        """Why the server does not answer, or an empty text."""

    def held_locks(self, directory: Path) -> tuple[str, ...]:
        """Who holds a lock of the store, one text a lock."""

    def jupyter_kernel(self) -> Path | None:
        """Where the nbcode kernel is installed."""
