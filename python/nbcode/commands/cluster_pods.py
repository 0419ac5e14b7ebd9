"""What `nbcode doctor --on argo` tries by pods, where the user may make them: that a run's pod is taken, and that the nodes have its image. Nothing is left behind."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from typing import Any

from nbcode.commands.cluster_ports import ClusterPorts, ill, well
from nbcode.commands.health import Finding, Level
from nbcode.deployment import (
    Answer,
    Cluster,
    differences,
    has_its_image,
    image_pod,
    images_of,
    in_namespace,
    run_pod,
    unpulled,
)
from nbcode.primitives import NbcodeError
from nbcode.run import unplaced

_LOOK_S = 0.5
_MAY_NOT = 'cannot create resource "pods"'


def pod_findings(cluster: Cluster, ports: ClusterPorts, unseen: list[str]) -> Iterator[Finding]:
    """Whether a run's pod is taken, and each image of the template pulled."""
    argo = ports.argo
    path = in_namespace(
        argo.namespace, "workflowtemplates", argo.template, group="argoproj.io", version="v1alpha1"
    )
    template = cluster.get(path)
    spec = template.body.get("spec") or {}
    shipped = next(one for one in ports.shipped if one["kind"] == "WorkflowTemplate")["spec"]
    if not template.fine or differences(shipped, spec):
        return  # which is told of the template: what pods another one makes is not known
    pods = in_namespace(argo.namespace, "pods")
    answer = cluster.create(pods, run_pod(spec, ports.memory), tried=True)
    if answer.forbidden and _MAY_NOT in answer.message:
        unseen.append("whether a run's pod is taken and its image pulled")
        return
    yield _taken(answer, ports)
    if answer.fine:
        for image in images_of(template.body):
            yield _tried(cluster, ports, pods, image_pod(spec, image), image)


def _taken(answer: Answer, ports: ClusterPorts) -> Finding:
    if answer.fine:
        return well("pods", f"the pod of a run with {ports.memory} of memory is taken")
    namespace = ports.argo.namespace
    fix = f"`kubectl --namespace {namespace} get resourcequota,limitrange --output yaml` shows what is allowed; `{ports.deploy('quota')}` has what nbcode ships"
    return ill("pods", f"the pod of a run with {ports.memory} of memory is refused: {answer.message}", fix)


def _tried(cluster: Cluster, ports: ClusterPorts, pods: str, pod: Mapping[str, Any], image: str) -> Finding:
    made = cluster.create(pods, pod)
    if not made.fine:
        return ill(
            "image",
            f"{image} could not be tried: {made.message}",
            "put that right, then look again",
            Level.WARN,
        )
    path = f"{pods}/{made.body['metadata']['name']}"
    try:
        return _seen(cluster, ports, path, image)
    finally:
        with contextlib.suppress(NbcodeError):
            cluster.delete(path)


def _seen(cluster: Cluster, ports: ClusterPorts, path: str, image: str) -> Finding:
    until_s = time.monotonic() + ports.image_patience_s
    while True:
        pod = cluster.get(path).body
        why = dict(unpulled(pod))
        if why:
            fix = "push it, or let the nodes pull it: imagePullSecrets of the template"
            return ill("image", f"{image} cannot be pulled: {next(iter(why.values()))}", fix)
        if has_its_image(pod):
            return well("image", f"{image}: a pod of its own had it")
        if time.monotonic() > until_s:
            break
        time.sleep(_LOOK_S)
    if placed := unplaced(pod):
        return ill(
            "image",
            f"no node takes a pod: {placed}",
            "`kubectl describe nodes` shows what they have",
            Level.WARN,
        )
    text = f"{image} was not there within {ports.image_patience_s:.0f} s: a large image takes longer the first time"
    return ill("image", text, "look again in a while", Level.WARN)
