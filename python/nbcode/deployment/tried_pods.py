"""The pod of a run as its template makes it, and pods that only try an image. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nbcode.run import NO_IMAGE, waiting_containers

_PARAMETER = re.compile(r"\{\{inputs\.parameters\.(\w+)\}\}")
_NAMED_BY_ADMINISTRATORS = ("nodeSelector", "tolerations", "affinity", "imagePullSecrets", "schedulerName", "dnsPolicy", "dnsConfig", "hostAliases")  # fmt: skip


def run_pod(spec: Mapping[str, Any], memory: str) -> dict[str, Any]:
    """The pod that Argo makes of a WorkflowTemplate's ``spec`` for a run with so much ``memory`` (as Kubernetes writes it), without Argo's own containers."""
    given = {
        str(one["name"]): str(one.get("value", "doctor"))
        for one in (spec.get("arguments") or {}).get("parameters") or ()
    } | {"memory": memory}
    (run,) = spec["templates"]
    told = _PARAMETER.sub(
        lambda found: given.get(found[1], "doctor"), json.dumps(run.get("podSpecPatch", "{}"))
    )
    patched = {one["name"]: one for one in json.loads(json.loads(told)).get("containers", ())}
    main = {**run["container"], "name": "main", **patched.get("main", {})}
    return _pod(
        spec,
        {
            "volumes": run.get("volumes", []),
            "initContainers": run.get("initContainers", []),
            "containers": [main],
        },
    )


def image_pod(spec: Mapping[str, Any], image: str) -> dict[str, Any]:
    """A pod that does nothing but have ``image``, where and as a run's pod has it."""
    (run,) = spec["templates"]
    container = {
        "name": "main",
        "image": image,
        "command": [run["container"]["command"][0], "-c", "pass"],
        "securityContext": run["container"].get("securityContext", {}),
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "128Mi"}},
    }
    if "imagePullPolicy" in run["container"]:
        container["imagePullPolicy"] = run["container"]["imagePullPolicy"]
    return _pod(spec, {"containers": [container]})


def _pod(spec: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: spec[name] for name in (*_NAMED_BY_ADMINISTRATORS, "securityContext") if name in spec}
    said = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "terminationGracePeriodSeconds": 0,
    }
    labels = {"app.kubernetes.io/part-of": "nbcode", "app.kubernetes.io/name": "nbcode-doctor"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"generateName": "nbcode-doctor-", "labels": labels},
        "spec": {**kept, **said, **more},
    }


def unpulled(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each image for which a container of ``pod`` waits in vain, and why."""
    for image, reason, said in waiting_containers(pod):
        if reason in NO_IMAGE:
            yield image, said or reason


def has_its_image(pod: Mapping[str, Any]) -> bool:
    """Whether a node has the image of the pod's one container."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return any(
        one.get("imageID") or {"running", "terminated"} & (one.get("state") or {}).keys() for one in statuses
    )
