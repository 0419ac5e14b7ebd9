"""The calls about a cluster: `deploy`, and what `doctor` looks at there."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nbcode.commands.project_calls import ProjectCalls
from nbcode.configuration import TrustKind, Workspace, cluster_store
from nbcode.primitives import NbcodeError

if TYPE_CHECKING:
    from nbcode.commands.deploy import Asked, DeployResult
    from nbcode.commands.health import Finding


class ClusterCalls(ProjectCalls):
    """Of nbcode in a cluster."""

    def deploy(self, asked: Asked) -> DeployResult:
        """See :func:`nbcode.commands.deploy.deploy`."""
        from nbcode.commands.deploy import Yaml, deploy
        from nbcode.deployment import _shipped

        yaml = Yaml(read=_shipped.read_yaml, write=_shipped.write_yaml, write_all=_shipped.write_all)
        asked.require_known(_shipped.files())
        return deploy(_shipped.base(asked.only), asked, yaml)

    def cluster_findings(self, workspace: Workspace) -> tuple[Finding, ...]:
        """See :func:`nbcode.commands.cluster_health.cluster_findings`; nothing where the cluster waits for the user's trust."""
        from nbcode.commands.cluster_health import cluster_findings
        from nbcode.commands.cluster_ports import ClusterPorts
        from nbcode.deployment import _kubernetes, _shipped
        from nbcode.objects import endpoint_named
        from nbcode.run._argo import pod_memory

        if workspace.refusals(TrustKind.CLUSTER):
            return ()
        argo, environment = workspace.config.argo, self._runtime.environment
        named: str | None = None
        with contextlib.suppress(NbcodeError):
            named = cluster_store(argo.store, environment)

        def probe() -> None:
            from nbcode.deployment._probe import probe_store

            probe_store(cluster_store(argo.store, environment), argo.endpoint)

        def refused(variables: Mapping[str, str]) -> str:
            from nbcode.deployment._probe import refused_keys

            return refused_keys(named, variables) if named else ""

        ports = ClusterPorts(
            argo=argo,
            connect=lambda: _kubernetes.cluster_of(argo.context),
            shipped=_shipped.base(),
            read_yaml=_shipped.read_yaml,
            store=named,
            probe_store=probe,
            own_journal=workspace.journal is None,
            endpoint=argo.endpoint or endpoint_named(),
            region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION", ""),
            journal=workspace.journal.uri if workspace.journal else "",
            registry=workspace.registry.uri if workspace.registry else "",
            refused_keys=refused,
            memory=pod_memory(workspace.config.run.memory_limit_bytes),
        )
        return cluster_findings(ports)
