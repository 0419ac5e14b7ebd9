"""The calls about what the whole team has registered: what the registry holds, and what became of it when."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.project_calls import ProjectCalls, owner_of
from nbcode.commands.servers import told_registry
from nbcode.configuration import Workspace, open_workspace
from nbcode.primitives import Digest, NbcodeError, Severity

if TYPE_CHECKING:
    from nbcode.commands.adoption import AdoptionResult
    from nbcode.commands.audit import AuditResult
    from nbcode.commands.models import ModelsResult
    from nbcode.commands.status import StatusResult
    from nbcode.registry import Figures, RegisteredModel


class TeamCalls(ProjectCalls):
    """Of the registry, whoever wrote to it."""

    def models(self, project: Path, *, local: bool = False) -> ModelsResult:
        """See :mod:`nbcode.commands.models`. ``local``: the ledger of this project alone, no registry is asked."""
        from nbcode.commands.models import ModelsResult, models_of_ledger, models_of_registry
        from nbcode.registry import Figures

        workspace = open_workspace(project)

        def artifact(digest: Digest) -> Path:
            return workspace.store / "artifacts" / digest.hex

        if local:
            specs = self._adapters.specs(workspace)

            def owner(digest: Digest) -> str:
                with contextlib.suppress(NbcodeError):
                    return specs.read(digest).meta.owner
                return ""

            return models_of_ledger(self._read(workspace), str(workspace.root), artifact, owner)
        found = self._registered(
            workspace,
            figures=Figures.SHOWN,
            instead="`nbcode models --local` tells what this store's ledger has",
        )
        return ModelsResult(
            models=models_of_registry(found, artifact),
            project=str(workspace.root),
            registry=place_of_registry(workspace),
            diagnostics=told_registry(workspace),
        )

    def status(self, project: Path, *, local: bool = False, everywhere: bool = False) -> StatusResult:
        """See :func:`nbcode.commands.status.status`. ``local``: the registry is not asked. Where it does not answer, that is said beside the journal."""
        from nbcode.commands.status import differences, status
        from nbcode.registry import Figures

        workspace = open_workspace(project)
        journal = self._read(workspace)
        found = status(
            journal,
            self._adapters.leases(workspace).free,
            owner_of(workspace),
            shared=workspace.journal is not None,
            everywhere=everywhere,
        )
        if local or journal is None or not any(one.promotion.version for one in found.promotions):
            return found
        try:
            there = self._registered(
                workspace, figures=Figures.NONE, instead="`nbcode status --local` asks nobody"
            )
        except NbcodeError as error:
            warned = tuple(replace(one, severity=Severity.WARNING) for one in error.diagnostics)
            return replace(found, diagnostics=warned)
        return replace(found, differs=differences(journal, str(workspace.root), there))

    def adoption(
        self, project: Path, *, since: datetime | None = None, until: datetime | None = None
    ) -> AdoptionResult:
        """See :func:`nbcode.commands.adoption.adoption`."""
        from nbcode.commands.adoption import adoption
        from nbcode.registry import Figures

        workspace = open_workspace(project)
        found = self._registered(
            workspace, figures=Figures.NONE, instead="`nbcode status --local` tells what was promoted here"
        )
        return adoption(
            found,
            registry=place_of_registry(workspace),
            now=self._runtime.now(),
            since=since,
            until=until,
            notes=told_registry(workspace),
        )

    def audit(self, project: Path, *, since: datetime | None, until: datetime | None = None) -> AuditResult:
        """See :func:`nbcode.commands.audit.audit`; without ``since`` from the beginning."""
        from nbcode.commands.audit import audit
        from nbcode.registry import Figures

        workspace = open_workspace(project)
        found = self._registered(
            workspace, figures=Figures.NONE, instead="`nbcode status --local` tells what was promoted here"
        )
        return audit(
            found,
            self._read(workspace),
            project=str(workspace.root),
            registry=place_of_registry(workspace),
            since=since or datetime.min.replace(tzinfo=UTC),
            until=until or self._runtime.now(),
            notes=told_registry(workspace),
        )

    def _registered(
        self, workspace: Workspace, model: str | None = None, *, figures: Figures, instead: str
    ) -> tuple[RegisteredModel, ...]:
        """What the registry holds. Raises ``NbcodeError`` where it does not answer, with ``instead`` among the ways out."""
        with self._registry_to_read(workspace, instead) as registry:
            return registry.registered(model, figures=figures)


def place_of_registry(workspace: Workspace) -> str:
    """The address of the server, or the file of the embedded registry."""
    server = workspace.registry
    return str(workspace.store / "registry" / "mlflow.db") if server is None else server.uri
