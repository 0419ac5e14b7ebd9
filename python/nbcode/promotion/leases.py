"""The port to leases: one living holder a name, wherever the others are that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from nbcode.primitives import Diagnostic, NbcodeError, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Who holds a lease. ``since`` is ISO 8601 UTC by the holder's own clock."""

    pid: int
    host: str
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since}"


class LeaseHeldError(NbcodeError, TimeoutError):
    """Somebody else holds the lease, and lives."""

    def __init__(self, holder: Holder | None) -> None:
        """``holder`` is None when it could not be read."""
        self.holder = holder
        busy = Diagnostic(
            code="NBC-I17",
            message="another promote of the same spec does not end",
            cause=str(self),
            fixes=("`nbcode status` shows it; try again when it has ended",),
        )
        super().__init__([busy])

    def __str__(self) -> str:
        """Who holds it: the cause that a room gives which knows it as a TimeoutError, as the registry does."""
        return f"held by {self.holder}" if self.holder else "held by another process"


class Leases(Protocol):
    """A lease is free again when its holder lets go or dies, however it dies."""

    def acquire(
        self, name: str, *, wait_s: float, on_wait: Callable[[Holder | None], None] | None = None
    ) -> AbstractContextManager[None]:
        """Hold ``name`` while inside. ``on_wait`` is called once when it is somebody else's.

        Raises :class:`LeaseHeldError` when it is not free within ``wait_s``.
        """
        ...

    def free(self, name: str) -> bool:
        """Whether nobody alive holds ``name`` at this moment. Makes and changes nothing."""
        ...

    def sweep(self) -> None:
        """Remove what dead holders left."""
        ...
