"""What `nbcode doctor --on argo` sees with the rights of anybody who may submit: the cluster, those rights, the template and its image, and
whether a run would be taken. Nothing is left behind."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Any

from nbcode.commands.cluster_ports import INSTALL_ARGO, ClusterPorts, ill, well
from nbcode.commands.health import Finding, Level
from nbcode.configuration import ArgoConfig
from nbcode.deployment import (
    SUBMITTER,
    Cluster,
    Right,
    contract_digest,
    differences,
    digest_of,
    images_of,
    in_namespace,
    output_prefix,
    rights_of,
    unpulled,
)

ARGO_API = "/apis/argoproj.io/v1alpha1"
KINDS = ("workflows", "workflowtaskresults", "workflowtemplates")
_WITH_POLICIES = (1, 30)
"""The first Kubernetes whose API server knows the policy on Workflows."""


def user_findings(cluster: Cluster, ports: ClusterPorts) -> Iterator[Finding]:
    """What anybody who submits may see. Raises ``NbcodeError`` where the cluster does not answer."""
    user = _user(cluster)
    yield _reached(cluster, user)
    argo = _argo_kinds(cluster)
    yield argo
    if argo.level is Level.FAIL:
        return
    lacking = _lacking(cluster, ports)
    yield _rights(lacking, user, ports)
    if not any(right.resource == "workflowtemplates" for right in lacking):
        yield from _template(cluster, ports)
    if not any(str(right) == "create workflows" for right in lacking):
        yield from _admission(cluster, ports)


def _user(cluster: Cluster) -> str:
    told = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    answer = cluster.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", told)
    return str(((answer.body.get("status") or {}).get("userInfo") or {}).get("username", ""))


def _reached(cluster: Cluster, user: str) -> Finding:
    body = cluster.get("/version").body
    told = str(body.get("gitVersion", "a version that it does not tell"))
    text = f"Kubernetes {told}, as {user or 'somebody whom it does not tell'}"
    numbers = re.match(r"v?(\d+)\.(\d+)", told)
    if numbers and (int(numbers[1]), int(numbers[2])) < _WITH_POLICIES:
        older = f"{text}: before 1.30 it does not know the policy that keeps Workflows to the template"
        return ill("cluster", older, "upgrade the cluster, or set templateReferencing: Secure in Argo's ConfigMap", Level.WARN)  # fmt: skip
    return well("cluster", text)


def _argo_kinds(cluster: Cluster) -> Finding:
    answer = cluster.get(ARGO_API)
    served = {str(each.get("name")) for each in answer.body.get("resources") or ()}
    missing = [kind for kind in KINDS if kind not in served]
    if missing:
        text = f"the cluster knows no {', '.join(missing)}: Argo Workflows is not installed"
        return ill("argo", text, f"an administrator types `{INSTALL_ARGO}`")
    return well("argo", "its custom resources are served")


def _lacking(cluster: Cluster, ports: ClusterPorts) -> tuple[Right, ...]:
    return tuple(
        right
        for right in rights_of(ports.shipped, SUBMITTER)
        if not _has(cluster, right, ports.argo.namespace)
    )


def _has(cluster: Cluster, right: Right, namespace: str) -> bool:
    answer = cluster.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", right.review(namespace))
    return bool((answer.body.get("status") or {}).get("allowed"))


def _rights(lacking: tuple[Right, ...], user: str, ports: ClusterPorts) -> Finding:
    asked, namespace = rights_of(ports.shipped, SUBMITTER), ports.argo.namespace
    if not lacking:
        return well("rights", f"{user} may submit, follow and end runs in {namespace}")
    text = f"{user} may not {', '.join(map(str, lacking))} in {namespace}"
    if len(lacking) < len(asked):
        return ill("rights", text, f"an administrator types `{ports.deploy('roles')}`")
    fix = f"an administrator types `{ports.deploy('roles')}`, then `{_binding(user, namespace)}` where they are not bound yet"
    return ill("rights", text, fix)


def _binding(user: str, namespace: str) -> str:
    """Bind ``user`` to the Role. A service account is named by its own option."""
    name = f"{SUBMITTER}-{re.sub('[^a-z0-9]+', '-', user.lower()).strip('-')[:40].strip('-')}"
    account = re.fullmatch(r"system:serviceaccount:([^:]+):([^:]+)", user)
    who = f"--serviceaccount={account[1]}:{account[2]}" if account else f"--user={user}"
    words = ["kubectl", "create", "rolebinding", name, f"--role={SUBMITTER}", who, f"--namespace={namespace}"]
    return shlex.join(words)


def _template(cluster: Cluster, ports: ClusterPorts) -> Iterator[Finding]:
    argo, (bucket, prefix) = ports.argo, ports.bucket_and_prefix
    path = in_namespace(
        argo.namespace, "workflowtemplates", argo.template, group="argoproj.io", version="v1alpha1"
    )
    answer = cluster.get(path)
    store = {"store": f"s3://{bucket}/{prefix}".rstrip("/")} if bucket else {"store": "s3://BUCKET/PREFIX"}
    if not answer.fine:
        fix = f"an administrator types `{ports.deploy('workflow-template', image='IMAGE', **store)}`"
        yield ill(
            "template", f"no WorkflowTemplate {argo.template} in {argo.namespace}: {answer.message}", fix
        )
        return
    spec = answer.body.get("spec") or {}
    images = images_of(answer.body)
    fix = f"an administrator types `{ports.deploy('workflow-template', image=images[0] if images else 'IMAGE', **store)}`"
    shipped = next(one for one in ports.shipped if one["kind"] == "WorkflowTemplate")["spec"]
    changed = differences(shipped, spec)
    if changed:
        yield ill("template", f"{argo.template} is not the one of this nbcode: {', '.join(changed)}", fix)
    else:
        yield well("template", f"{argo.template} is the one of this nbcode ({contract_digest(spec).short})")
    if len(images) > 1:
        text = f"{argo.template} stages and runs with different images: {', '.join(images)}"
        yield ill("template", text, fix)
    if bucket and output_prefix(spec) != prefix:
        text = f"{argo.template} puts results below {output_prefix(spec) or '(no prefix)'!r} and runs are looked for below {prefix!r}"
        yield ill("template", text, fix)
    yield from _image(cluster, images, argo.namespace)


def _image(cluster: Cluster, images: tuple[str, ...], namespace: str) -> Iterator[Finding]:
    """As far as the cluster has tried: nobody else knows what its nodes may pull."""
    pods = cluster.get(in_namespace(namespace, "pods"))
    waited_for = {image: why for pod in pods.items for image, why in unpulled(pod)}
    for image in images:
        if image in waited_for:
            yield ill("image", f"{image} cannot be pulled: {waited_for[image]}", "push it, or let the nodes pull it: imagePullSecrets of the template")  # fmt: skip
        elif digest_of(image) is None:
            text = f"{image} is named by a tag: another image may bear it tomorrow"
            yield ill("image", text, "name it by its digest, NAME@sha256:..., as the push of it printed", Level.WARN)  # fmt: skip
        else:
            yield well("image", f"{image}: no pod waits for it")


def _admission(cluster: Cluster, ports: ClusterPorts) -> Iterator[Finding]:
    """A run tried, and one that says more than a run may: nothing is kept of either."""
    namespace = ports.argo.namespace
    path = in_namespace(namespace, "workflows", group="argoproj.io", version="v1alpha1")
    answer = cluster.create(path, _tried(ports.argo), tried=True)
    if not answer.fine:
        yield ill("admission", f"a run is refused: {answer.message}", f"`kubectl get namespace {namespace}`; the policy is put right by `{ports.deploy('workflow-policy')}`")  # fmt: skip
        return
    more = cluster.create(path, _tried(ports.argo, serviceAccountName="nbcode-controller"), tried=True)
    if more.fine:
        text = f"who may submit here may make any pod of {namespace}, and read its Secrets: no policy keeps Workflows to the template"
        fix = f"an administrator types `{ports.deploy('namespace')}` and `{ports.deploy('workflow-policy')}`"
        yield ill("admission", text, fix, Level.WARN)
    else:
        yield well("admission", "a run is taken, and a Workflow that says more than a run may is refused")


def _tried(argo: ArgoConfig, **more: object) -> dict[str, Any]:
    told = {"run": "doctor", "content": f"sha256:{'0' * 64}", "memory": "1Gi", "deadline": "60"}
    parameters = [{"name": name, "value": value} for name, value in told.items()]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": "nbcode-doctor-", "namespace": argo.namespace},
        "spec": {
            "workflowTemplateRef": {"name": argo.template},
            "arguments": {"parameters": parameters},
            **more,
        },
    }
