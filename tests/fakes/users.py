"""Users of a real API server with their rights; and Argo's controller, as far as an API server alone has it."""

from __future__ import annotations

import json
from typing import Any

from cluster.api_server import ApiServer
from fakes.deployed import NAMESPACE, apply

RBAC = "rbac.authorization.k8s.io"


def bind(server: ApiServer, user: str, role: str) -> None:
    bound = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": f"{role}-{user}", "namespace": NAMESPACE},
        "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": role},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": user}],
    }
    apply(server, [bound])


def argo(
    version: str = "v4.0.7", *, arguments: tuple[str, ...] = (), data: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Its Deployment and its ConfigMap, in a namespace of their own."""
    container = {
        "name": "workflow-controller",
        "image": f"quay.io/argoproj/workflow-controller:{version}",
        "args": list(arguments),
    }
    labels = {"app": "workflow-controller"}
    named = {"namespace": "argo"}
    executor = {"securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argo"}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "workflow-controller", **named},
            "spec": {
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "workflow-controller-configmap", **named},
            "data": {"executor": json.dumps(executor)} if data is None else data,
        },
    ]
