"""The calls about a cluster: `deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbcode.commands.project_calls import ProjectCalls

if TYPE_CHECKING:
    from nbcode.commands.deploy import DeployResult
    from nbcode.deployment import Target


class ClusterCalls(ProjectCalls):
    """Of nbcode in a cluster."""

    def deploy(self, target: Target) -> DeployResult:
        """See :func:`nbcode.commands.deploy.deploy`."""
        from nbcode.commands.deploy import Yaml, deploy
        from nbcode.deployment import _shipped

        yaml = Yaml(read=_shipped.read_yaml, write=_shipped.write_yaml, write_all=_shipped.write_all)
        return deploy(_shipped.base(), target, yaml)
