"""What is said of the servers that a project uses."""

from __future__ import annotations

from dataclasses import replace

from nbcode.configuration import JOURNAL_VARIABLE, Server, TrustKind, Workspace, setting
from nbcode.primitives import Diagnostic, NbcodeError, Severity


def told_registry(workspace: Workspace) -> tuple[Diagnostic, ...]:
    """NBC-I30, a note, where the environment names the registry: which server, and who named it."""
    server = workspace.registry
    if server is None or server.variable is None:
        return ()
    note = Diagnostic(
        code="NBC-I30",
        severity=Severity.NOTE,
        message=f"the registry is {server.uri}",
        cause=f"{server.named_by('registry', 'uri')} names it, and nbcode.toml names none",
        fixes=(
            f"{setting('registry', 'uri')} names it for everybody",
            f"without {server.variable} candidates stay in the store",
        ),
    )
    return (note,)


def with_registry(workspace: Workspace, uri: str | None) -> Workspace:
    """``workspace`` with the registry at ``uri``, which the user has typed: his word is the trust that it needs."""
    if uri is None:
        return workspace
    left = tuple(item for item in workspace.untrusted if item.kind is not TrustKind.SERVER)
    return replace(workspace, registry=Server(uri=uri, option="--registry"), untrusted=left)


def require_shared_registry(workspace: Workspace) -> None:
    """Raise ``NbcodeError`` (NBC-C36) where the journal is shared and the registry is the store's own."""
    if workspace.journal is None or workspace.registry is not None:
        return
    named = workspace.journal.named_by("journal", "uri")
    fixes = [f"name a registry that all of them share: {setting('registry', 'uri')}"]
    if workspace.journal.variable is not None:
        fixes.append(f"unset {JOURNAL_VARIABLE}: the journal is then in the store, beside its registry")
    raise NbcodeError(
        [
            Diagnostic(
                code="NBC-C36",
                message="the journal is on a server, and the registry in this store",
                cause=f"{named} names a journal that other stores share; this store's registry would lack what they promote",
                fixes=tuple(fixes),
            )
        ]
    )
