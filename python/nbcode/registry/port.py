"""The port to a registry, and the one exception its adapters raise."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.registry.registered import Figures, RegisteredModel
from nbcode.registry.version import ModelVersion, Registration


class RegistryError(NbcodeError):
    """The registry refused or could not be reached."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        """Take the one diagnostic that the user is to see."""
        super().__init__([diagnostic])


class Exclusive(Protocol):
    """Makes a lock by name: held by one process at a time, freed when its holder dies."""

    def __call__(self, name: str, *, wait_s: float) -> AbstractContextManager[None]:
        """Enter when the lock is ours. Raises ``TimeoutError`` after ``wait_s``."""
        ...


def no_failpoint(name: str) -> None:
    """Pass a place where a test may kill the process: nothing happens at ``name``."""


class Registry(Protocol):
    """Holds model versions. Every method may raise :class:`RegistryError`."""

    def warm(self) -> None:
        """Start what is slow (imports, the first schema) in the background. Never raises, never blocks."""
        ...

    def close(self) -> None:
        """Give back what is held open. Whoever opened a registry calls it; another call would open it again."""
        ...

    def find(self, model: str, key: Digest) -> ModelVersion | None:
        """The version that bears ``key``, or None."""
        ...

    def register(self, wanted: Registration) -> ModelVersion:
        """Make the version, or return the one that already bears its key.

        Raises NBC-I05 when the key is registered with another artifact digest; NBC-I24, before anything is written, when the
        registered model is of another owner or of none, unless it is to be adopted; NBC-I01 when the registry is locked for
        longer than 30 s.
        """
        ...

    def fetch(self, version: ModelVersion, name: str, into: Path) -> Path | None:
        """Copy the file or the folder ``name`` that lies with the model of ``version``, such as ``spec.json``, into the folder ``into``, and
        return where it is; None where the version has none."""
        ...

    def set_candidate(self, version: ModelVersion) -> ModelVersion:
        """Move the alias ``candidate`` to ``version``; the value returned bears it. Idempotent."""
        ...

    def candidate(self, model: str) -> int | None:
        """The number of the version under the alias ``candidate``."""
        ...

    def versions(self, model: str) -> tuple[ModelVersion, ...]:
        """The versions that nbcode registered, newest first. Empty for an unknown model."""
        ...

    def models(self) -> tuple[str, ...]:
        """The names of the models that have a version of ours, sorted."""
        ...

    def registered(
        self, model: str | None = None, *, figures: Figures = Figures.NONE
    ) -> tuple[RegisteredModel, ...]:
        """All that nbcode registered, or what it did under the name ``model``, in order of name, with those ``figures``.

        Raises NBC-I28 when the registry says nothing for 20 s; a long answer comes in pages, and each of them is something.
        """
        ...
