"""The calls about what was promoted: versions and their pages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.commands.project_calls import trusted_store
from nbcode.commands.servers import told_registry
from nbcode.commands.team_calls import TeamCalls, place_of_registry
from nbcode.configuration import (
    Workspace,
    open_workspace,
)
from nbcode.primitives import NbcodeError, Severity

if TYPE_CHECKING:
    from nbcode.commands.report import ReportResult
    from nbcode.commands.show import ShowResult
    from nbcode.promotion import Promotion
    from nbcode.trials import Multiplicity


class VersionCalls(TeamCalls):
    """Of registered versions."""

    def show(
        self,
        model: str,
        project: Path,
        *,
        version: int | None = None,
        verify: bool = False,
        local: bool = False,
    ) -> ShowResult:
        """See :func:`nbcode.commands.show.show`. ``local``: the ledger of this project alone, no registry is asked. Where the registry differs from the ledger, that is an
        error with ``verify``, and of a registry that others write to always."""
        from nbcode.commands.show import Asked, show
        from nbcode.registry import Figures
        from nbcode.run import read_findings

        workspace = open_workspace(project)
        asked: Asked | None = None
        if not local:
            found = self._registered(
                workspace,
                model,
                figures=Figures.ALL,
                instead=f"`nbcode show {model} --local` tells what this store's ledger has",
            )
            asked = Asked(
                place=place_of_registry(workspace),
                found=found[0] if found else None,
                severity=Severity.ERROR if verify or workspace.registry else Severity.WARNING,
            )
        return show(
            model,
            self._read(workspace),
            project=str(workspace.root),
            artifact=lambda digest: workspace.store / "artifacts" / digest.hex,
            findings=lambda run_id: read_findings(workspace.store / "runs" / run_id),
            tried=lambda promotion: self._tried(workspace, promotion),
            asked=asked,
            version=version,
            notes=() if local else told_registry(workspace),
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
