"""`nbcode doctor --on argo`: whether runs on the cluster would go well, as far as the user may see it, and what to type where they would not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from nbcode.commands.cluster_administration import administrator_findings
from nbcode.commands.cluster_ports import ClusterPorts, failed, ill, well
from nbcode.commands.cluster_user import user_findings
from nbcode.commands.health import Finding, Level
from nbcode.primitives import NbcodeError


def cluster_findings(ports: ClusterPorts) -> tuple[Finding, ...]:
    """The cluster, then the object store; one that does not answer is a finding."""
    found: list[Finding] = []
    try:
        with contextlib.closing(ports.connect()) as cluster:
            found.extend(user_findings(cluster, ports))
            found.extend(administrator_findings(cluster, ports))
    except NbcodeError as error:
        found.append(failed("cluster", error))
    return (*found, store_finding(ports), *_servers(ports))


def _servers(ports: ClusterPorts) -> Iterator[Finding]:
    if ports.own_journal:
        text = "the journal is in this store: no controller sees what you promote, and `nbcode resume` here finishes it"
        fix = "name servers that all share: `[registry] uri` and `[journal] uri` in nbcode.toml"
        yield ill("servers", text, fix, Level.WARN)


def store_finding(ports: ClusterPorts) -> Finding:
    """The object store, tried by an object of its own."""
    try:
        ports.probe_store()
    except NbcodeError as error:
        return failed("object store", error)
    return well("object store", f"{ports.store}: an object was put, read and removed")
