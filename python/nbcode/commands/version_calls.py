"""The calls about what was promoted: versions and their pages."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.project_calls import ProjectCalls, trusted_store
from nbcode.commands.servers import told_registry
from nbcode.configuration import (
    Workspace,
    open_workspace,
)
from nbcode.primitives import Cancellation, NbcodeError

if TYPE_CHECKING:
    from nbcode.commands.models import ModelsResult
    from nbcode.commands.report import ReportResult
    from nbcode.commands.show import ShowResult
    from nbcode.promotion import Promotion
    from nbcode.trials import Multiplicity


class VersionCalls(ProjectCalls):
    """Of registered versions."""

    def show(self, model: str, project: Path, *, verify: bool = False) -> ShowResult:
        """See :func:`nbcode.commands.show.show`. A registry that others write to as well is always asked."""
        from nbcode.commands.show import show
        from nbcode.run import read_findings

        workspace = open_workspace(project)
        asked = verify or workspace.registry is not None
        with contextlib.ExitStack() as opened:
            registry = self._registry(workspace, Cancellation()) if asked else None
            if registry is not None:
                opened.callback(registry.close)
            return show(
                model,
                self._read(workspace),
                project=str(workspace.root),
                artifact=lambda digest: workspace.store / "artifacts" / digest.hex,
                findings=lambda run_id: read_findings(workspace.store / "runs" / run_id),
                tried=lambda promotion: self._tried(workspace, promotion),
                registry=registry,
                notes=told_registry(workspace),
            )

    def _tried(self, workspace: Workspace, promotion: Promotion) -> Multiplicity | None:
        from nbcode.promotion import tried
        from nbcode.trials import TrialLedger

        try:
            spec = self._adapters.specs(workspace).read(promotion.spec_digest)
        except NbcodeError:  # gone from the store
            return None
        digest = promotion.artifact_digest
        artifact = None if digest is None else workspace.store / "artifacts" / digest.hex
        return tried(promotion, spec, artifact, TrialLedger(workspace.store).read())

    def report(
        self, model: str, project: Path, *, version: int | None = None, to: Path | None = None
    ) -> ReportResult:
        """See :func:`nbcode.commands.report.report`. Without ``to`` the page is kept in the store."""
        from nbcode.commands.report import report

        workspace = open_workspace(project)
        pages = trusted_store(workspace) / "reports"
        return report(
            self.show(model, project),
            version=version,
            spec=self._adapters.specs(workspace).read,
            path=lambda number: pages / f"{model}-{number}.html",
            to=to,
        )

    def models(self, project: Path) -> ModelsResult:
        """See :func:`nbcode.commands.models.models`."""
        from nbcode.commands.models import models

        workspace = open_workspace(project)
        return models(
            self._read(workspace),
            str(workspace.root),
            lambda digest: workspace.store / "artifacts" / digest.hex,
        )
