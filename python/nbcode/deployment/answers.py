"""What is asked of a cluster, and what it answers: objects by their path, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from nbcode.primitives import dataclass

OK, FORBIDDEN, MISSING = 200, 403, 404


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The HTTP status, and the object that came with it; where the server refuses, that says why (``message``)."""

    status: int
    body: Mapping[str, Any]

    @property
    def fine(self) -> bool:
        """Whether it is what was asked for."""
        return OK <= self.status < 300

    @property
    def forbidden(self) -> bool:
        """Whether the user may not ask this."""
        return self.status == FORBIDDEN

    @property
    def message(self) -> str:
        """Why the server refuses."""
        return str(self.body.get("message", "")) or f"status {self.status}"

    @property
    def items(self) -> tuple[Mapping[str, Any], ...]:
        """The objects of a list; none where it is no list."""
        return tuple(self.body.get("items") or ())


class Cluster(Protocol):
    """A cluster, as one of its users. Every method raises ``NbcodeError`` where it does not answer, or does not know the user."""

    def get(self, path: str) -> Answer:
        """The object or list at a path of the API, such as ``/version``."""

    def create(self, path: str, told: Mapping[str, Any], *, tried: bool = False) -> Answer:
        """Make an object; where it is only ``tried``, nothing is kept of it."""

    def delete(self, path: str) -> Answer:
        """Remove an object."""

    def close(self) -> None:
        """Let the connection go."""


def in_namespace(namespace: str, plural: str, name: str = "", *, group: str = "", version: str = "v1") -> str:
    """The path of objects of a namespace, or of one of them."""
    root = f"/apis/{group}/{version}" if group else f"/api/{version}"
    return f"{root}/namespaces/{namespace}/{plural}" + (f"/{name}" if name else "")
