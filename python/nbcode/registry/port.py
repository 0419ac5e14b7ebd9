"""The port to a registry, and the one exception its adapters raise."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.registry.registered import Figures, RegisteredModel
from nbcode.registry.version import ModelVersion, Registration

NO_FILES = "NBC-I47"
"""The code of a version whose files, or the one that was asked for, are not where the registry says."""


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

        A version whose bytes were collected gets them back. Raises NBC-I05 when the key is registered with another artifact digest; NBC-I24, before anything is written, when the
        registered model is of another owner or of none, unless it is to be adopted; NBC-I01 when the registry is locked for
        longer than 30 s.
        """
        ...

    def fetch(self, version: ModelVersion, into: Path, *, only: str = "") -> Path:
        """Bring the files of ``version``, or ``only`` the file or the folder of that name among them, from where the registry says that they
        are, into the folder ``into``, which is made anew; returns where they are now. They are not verified. Raises NBC-I47 where there are none."""
        ...

    def set_candidate(self, version: ModelVersion) -> ModelVersion:
        """Move the alias ``candidate`` to ``version``; the value returned bears it. Idempotent."""
        ...

    def candidate(self, model: str) -> int | None:
        """The number of the version under the alias ``candidate``."""
        ...

    def owner_of(self, model: str) -> str | None:
        """Whose the registered model is: empty where no owner is known to nbcode, since another tool made it; None where there is none."""
        ...

    def in_use(self) -> Mapping[tuple[str, int], str]:
        """Why the bytes of a version (model, number) may be asked for by somebody: an alias or a stage, whoever set it, or another version that has
        no bytes of its own."""
        ...

    def collect(self, version: ModelVersion, *, at: str, by: str) -> ModelVersion:
        """Remove the bytes of ``version``, and write at it when and by whom; its record, figures and spec stay. Idempotent: what a kill left half done
        is done by the next. Registering its key again gives the bytes back.

        Raises NBC-I49, and removes nothing, for a version that is :meth:`in_use`, and for one whose files are a server's.
        """
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
