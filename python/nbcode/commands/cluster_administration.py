"""What `nbcode doctor --on argo` looks at where the user is an administrator: Argo's own part, and what nbcode has in the namespace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from nbcode.commands.cluster_pods import pod_findings
from nbcode.commands.cluster_ports import INSTALL_ARGO, ClusterPorts, ill, well
from nbcode.commands.cluster_secrets import secret_findings
from nbcode.commands.health import Finding, Level
from nbcode.deployment import (
    LEAST_ARGO,
    Answer,
    ArgoController,
    Cluster,
    argo_controllers,
    argo_settings,
    executor_fix,
    executor_lacks,
    in_namespace,
    rights_of,
)

_AMAZON, _AMAZONS = "s3.amazonaws.com", ".amazonaws.com"
_WHERE = ("fieldSelector=metadata.name=workflow-controller", "labelSelector=app.kubernetes.io/component=workflow-controller")  # fmt: skip


def administrator_findings(cluster: Cluster, ports: ClusterPorts) -> Iterator[Finding]:
    """Everything that may be seen, and one line of what may not."""
    unseen: list[str] = []
    yield from _argo(cluster, ports, unseen)
    yield from _namespace(cluster, ports, unseen)
    yield from _roles(cluster, ports, unseen)
    yield from secret_findings(cluster, ports, unseen)
    yield from _repository(cluster, ports, unseen)
    yield from _controller(cluster, ports, unseen)
    yield from pod_findings(cluster, ports, unseen)
    if unseen:
        text = f"not looked at, for want of rights: {', '.join(unseen)}"
        yield well("administrator", f"{text}. Who has them types `nbcode doctor --on argo`")


def _argo(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    found = _argo_controllers(cluster, ports.argo.namespace)
    if found is None:
        unseen.append("Argo's version and configuration")
        return
    if not found:
        text = "no workflow-controller: nothing takes up what is submitted"
        yield ill("argo controller", text, f"an administrator types `{INSTALL_ARGO}`")
        return
    serving = [one for one in found if one.serves(ports.argo.namespace)]
    if not serving:
        names = ", ".join(f"{one.namespace}/{one.name}" for one in found)
        text = f"{names} does not look at the namespace {ports.argo.namespace}"
        yield ill("argo controller", text, f"start it without --namespaced, or with --managed-namespace={ports.argo.namespace}")  # fmt: skip
    for one in serving:
        yield _version(one)
        yield from _configuration(cluster, one, ports, unseen)


def _argo_controllers(cluster: Cluster, namespace: str) -> tuple[ArgoController, ...] | None:
    """None where the user may not look anywhere."""
    for query in _WHERE:
        answer = cluster.get(f"/apis/apps/v1/deployments?{query}")
        if answer.fine and (found := argo_controllers(answer.items)):
            return found
    if not answer.forbidden:
        return ()
    here = [cluster.get(in_namespace(place, "deployments", group="apps")) for place in ("argo", namespace)]
    found = argo_controllers(one for each in here if each.fine for one in each.items)
    return found or None


def _version(one: ArgoController) -> Finding:
    least = ".".join(map(str, LEAST_ARGO))
    where = f"{one.namespace}/{one.name}"
    if one.version is None:
        text = f"{where} runs {one.image}, whose tag tells no version: it has to be {least} or later"
        return ill("argo version", text, f"`kubectl logs --namespace {one.namespace} deployment/{one.name}` begins with it", Level.WARN)  # fmt: skip
    told = ".".join(map(str, one.version))
    if one.version < LEAST_ARGO:
        return ill("argo version", f"{where} is {told}, before {least}", f"an administrator types `{INSTALL_ARGO}`")  # fmt: skip
    return well("argo version", f"{where} is {told}")


def _configuration(
    cluster: Cluster, one: ArgoController, ports: ClusterPorts, unseen: list[str]
) -> Iterator[Finding]:
    answer = cluster.get(in_namespace(one.namespace, "configmaps", one.configuration))
    if answer.forbidden:
        unseen.append(f"the ConfigMap {one.namespace}/{one.configuration}")
        return
    data = answer.body.get("data") or {} if answer.fine else {}
    configured = argo_settings(data, ports.read_yaml)
    lacking = executor_lacks(configured)
    if lacking:
        text = (
            f"{one.namespace}/{one.configuration} has no executor.securityContext with {' and '.join(lacking)}: "
            "Argo's own containers are refused where pods must be restricted"
        )
        yield ill("argo executor", text, f"an administrator types `{executor_fix(one, data, configured)}`")
    else:
        yield well("argo executor", "its containers may run where pods must be restricted")
    if configured.get("instanceID"):
        text = f"{one.namespace}/{one.name} takes only Workflows with the label of instanceID {configured['instanceID']!r}"
        yield ill("argo executor", text, "take instanceID out of its ConfigMap, or give nbcode a controller of Argo without one")  # fmt: skip


def _namespace(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    name = ports.argo.namespace
    answer = cluster.get(f"/api/v1/namespaces/{name}")
    if answer.forbidden:
        unseen.append(f"the labels of {name}")
    elif not answer.fine:
        yield ill("namespace", answer.message, f"an administrator types `{ports.deploy('namespace')}`")
    elif (answer.body["metadata"].get("labels") or {}).get(
        "pod-security.kubernetes.io/enforce"
    ) != "restricted":
        text = f"{name} takes pods that are not restricted"
        yield ill("namespace", text, f"an administrator types `{ports.deploy('namespace')}`", Level.WARN)
    else:
        yield well("namespace", f"{name} takes restricted pods alone")


def _roles(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    """Each Role and its binding, with no fewer rights than are shipped."""
    lacking = []
    for one in ports.shipped:
        if one["kind"] not in ("Role", "RoleBinding"):
            continue
        kind, name = str(one["kind"]), str(one["metadata"]["name"])
        answer = cluster.get(
            in_namespace(ports.argo.namespace, f"{kind.lower()}s", name, group="rbac.authorization.k8s.io")
        )
        if answer.forbidden:
            unseen.append("the Roles")
            return
        if not answer.fine:
            lacking.append(f"no {kind} {name}")
        elif kind == "Role":
            there = {(right.verb, right.group, right.resource) for right in rights_of((answer.body,), name)}
            wanted = rights_of((one,), name)
            lacking += [
                f"{name} may not {right}"
                for right in wanted
                if (right.verb, right.group, right.resource) not in there
            ]
    if lacking:
        yield ill("roles", ", ".join(lacking), f"an administrator types `{ports.deploy('roles')}`")
    else:
        yield well("roles", "they are there, with the rights that are shipped")


def _repository(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    answer = cluster.get(in_namespace(ports.argo.namespace, "configmaps", "artifact-repositories"))
    bucket, prefix = ports.bucket_and_prefix
    store = {"store": f"s3://{bucket}/{prefix}".rstrip("/")} if bucket else {"store": "s3://BUCKET/PREFIX"}
    fix = f"an administrator types `{ports.deploy('artifact-repository', **store)}`"
    if answer.forbidden:
        unseen.append("the artifact repository")
        return
    s3 = _default_repository(answer, ports)
    if s3 is None:
        yield ill("artifacts", f"{ports.argo.namespace} has no artifact repository of its own on S3", fix)
    elif bucket and s3.get("bucket") != bucket:
        text = f"Argo puts results into the bucket {s3.get('bucket')}, and runs are looked for in {bucket}"
        yield ill("artifacts", text, fix)
    elif bucket and not _is_at(ports.endpoint, str(s3.get("endpoint", ""))):
        mine, theirs = _host(ports.endpoint), str(s3.get("endpoint", ""))
        text = f"Argo puts results into {s3.get('bucket')} at {theirs}, and runs are looked for at {mine}"
        # Two servers of one's own may be one by two addresses; Amazon's is none of them.
        yield ill("artifacts", text, fix, Level.FAIL if _AMAZON in (mine, theirs) else Level.WARN)
    else:
        yield well("artifacts", f"Argo puts results into {s3.get('bucket')} at {s3.get('endpoint')}")


def _host(endpoint: str) -> str:
    return urlsplit(endpoint).netloc or _AMAZON


def _is_at(endpoint: str, host: str) -> bool:
    mine = _host(endpoint)
    return mine == host or (mine.endswith(_AMAZONS) and host.endswith(_AMAZONS))


def _default_repository(answer: Answer, ports: ClusterPorts) -> Mapping[str, Any] | None:
    if not answer.fine:
        return None
    named = (answer.body["metadata"].get("annotations") or {}).get(
        "workflows.argoproj.io/default-artifact-repository", ""
    )
    found = ports.read_yaml((answer.body.get("data") or {}).get(named, "{}"))
    s3 = found.get("s3") if isinstance(found, Mapping) else None
    return s3 if isinstance(s3, Mapping) else None


def _controller(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    namespace = ports.argo.namespace
    answer = cluster.get(in_namespace(namespace, "deployments", "nbcode-controller", group="apps"))
    if answer.forbidden:
        unseen.append("the controller")
        return
    if not answer.fine:
        text = "no controller: nothing registers what a run made while your machine is closed; `nbcode resume` here does"
        yield ill("controller", text, f"an administrator types `{ports.deploy('controller', **{'controller-image': 'IMAGE'})}`", Level.WARN)  # fmt: skip
    elif (answer.body.get("spec") or {}).get("replicas") == 0:
        text = "the controller is scaled to 0: nothing registers what a run made while your machine is closed"
        yield ill("controller", text, f"an administrator types `kubectl --namespace {namespace} scale deployment/nbcode-controller --replicas=1`")  # fmt: skip
    elif not (answer.body.get("status") or {}).get("availableReplicas"):
        text = "the controller is not ready"
        yield ill("controller", text, f"`kubectl --namespace {namespace} logs deployment/nbcode-controller` says why; `kubectl --namespace {namespace} describe pods --selector app.kubernetes.io/name=nbcode-controller` where it has none")  # fmt: skip
    else:
        yield well("controller", "it is ready")
