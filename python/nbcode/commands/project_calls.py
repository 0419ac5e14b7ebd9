"""What every call on a project begins with: its workspace, and the trust that it needs."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.adapters import Adapters
from nbcode.configuration import (
    TrustKind,
    UserState,
    Workspace,
    prepare_store,
    require_writable,
)
from nbcode.primitives import Cancellation, Runtime

if TYPE_CHECKING:
    from nbcode.promotion import Journal, Owner
    from nbcode.registry import Registry

STORE = (TrustKind.STORE, TrustKind.FOREIGN_STORE)
SERVERS = (TrustKind.SERVER, TrustKind.JOURNAL)
CLUSTER = (TrustKind.CLUSTER,)


class ProjectCalls:
    """The adapters and the runtime, and what is opened of a project."""

    def __init__(self, adapters: Adapters, runtime: Runtime) -> None:
        """``adapters`` and ``runtime`` serve every call."""
        self._adapters = adapters
        self._runtime = runtime

    def _journal(self, workspace: Workspace) -> Journal:
        workspace.require(TrustKind.JOURNAL)
        prepare_store(workspace)
        require_writable(workspace.store)
        return self._adapters.journal(workspace)

    def _read(self, workspace: Workspace) -> Journal | None:
        """The journal, None where nothing was promoted yet: reading makes nothing."""
        workspace.require(*STORE, TrustKind.JOURNAL)
        return self._adapters.journal_to_read(workspace)

    def _registry(self, workspace: Workspace, cancellation: Cancellation) -> Registry:
        """Raises ``NbcodeError`` when it is not trusted: no request of any kind goes there."""
        workspace.require(*STORE, TrustKind.SERVER)
        return self._adapters.registry(workspace, cancellation)

    @contextlib.contextmanager
    def _registry_to_read(
        self, workspace: Workspace, instead: str, cancellation: Cancellation | None = None
    ) -> Iterator[Registry]:
        """The registry for whoever only reads it. Raises ``NbcodeError`` where it does not answer, with ``instead`` among the ways out."""
        from nbcode.registry._knock import reading

        server = workspace.registry
        uri, named_by = (None, "") if server is None else (server.uri, server.named_by("registry", "uri"))
        with (
            contextlib.closing(self._registry(workspace, cancellation or Cancellation())) as registry,
            reading(uri, named_by, instead),
        ):
            yield registry


def weaker(isolation: str | None) -> tuple[TrustKind, ...]:
    """What is asked of the user for the sandbox: nothing where he named it himself."""
    return () if isolation else (TrustKind.ISOLATION,)


def owner_of(workspace: Workspace) -> Owner:
    """The user in this project, with the seal that only his nbcode can make."""
    from nbcode.promotion import Owner

    state = UserState()
    return Owner(
        project=str(workspace.root),
        seal=lambda data: state.seal("promotion", data),
        verify_seal=lambda data, seal: state.verify_seal("promotion", data, seal),
    )


def trusted_store(workspace: Workspace) -> Path:
    """The store. Raises ``NbcodeError`` when it is not trusted."""
    workspace.require(*STORE)
    return workspace.store
