"""What a cluster's Argo is, from the Deployments of its workflow-controller and from its ConfigMap. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nbcode.primitives import dataclass

LEAST_ARGO = (4, 0, 7)
"""The first Argo that holds who may only submit to the template (``podSpecPatch`` by a reference was open before), and the one that the tests have."""
PROGRAM = "workflow-controller"
_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")
EXECUTOR: Mapping[str, Any] = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}
"""The security context that Argo's own containers need where pods must be restricted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ArgoController:
    """One workflow-controller: where it is, its image, and what it was started with."""

    namespace: str
    name: str
    image: str
    arguments: tuple[str, ...]

    @property
    def version(self) -> tuple[int, int, int] | None:
        """As its image's tag says it; None where that does not."""
        _, _, tag = self.image.partition("@")[0].rpartition("/")[2].partition(":")
        found = _TAG.match(tag)
        return (int(found[1]), int(found[2]), int(found[3])) if found else None

    @property
    def configuration(self) -> str:
        """The name of its ConfigMap."""
        return self._said("--configmap") or "workflow-controller-configmap"

    def serves(self, namespace: str) -> bool:
        """Whether it looks at Workflows of ``namespace`` at all."""
        if not {"--namespaced", "--namespaced=true"} & set(self.arguments):
            return True
        return (self._said("--managed-namespace") or self.namespace) == namespace

    def _said(self, option: str) -> str:
        for number, word in enumerate(self.arguments):
            if word.startswith(f"{option}="):
                return word.partition("=")[2]
            if word == option and number + 1 < len(self.arguments):
                return self.arguments[number + 1]
        return ""


def argo_controllers(deployments: Iterable[Mapping[str, Any]]) -> tuple[ArgoController, ...]:
    """Those among ``deployments``, by the image that they run, whatever they are called."""
    return tuple(_controllers(deployments))


def _controllers(deployments: Iterable[Mapping[str, Any]]) -> Iterator[ArgoController]:
    for one in deployments:
        for container in one["spec"]["template"]["spec"]["containers"]:
            name = container.get("image", "").partition("@")[0].rpartition("/")[2].partition(":")[0]
            if name == PROGRAM:
                words = (*(container.get("command") or ()), *(container.get("args") or ()))
                yield ArgoController(
                    namespace=one["metadata"]["namespace"],
                    name=one["metadata"]["name"],
                    image=container["image"],
                    arguments=tuple(map(str, words)),
                )


def argo_settings(data: Mapping[str, str], read_yaml: Callable[[str], Any]) -> Mapping[str, Any]:
    """Of the ConfigMap, in either of its two forms: each key by itself, or all of them as one text under ``config``."""
    if "config" in data:
        found = read_yaml(data["config"])
        return found if isinstance(found, Mapping) else {}
    return {name: read_yaml(text) for name, text in data.items()}


def executor_lacks(configured: Mapping[str, Any]) -> tuple[str, ...]:
    """Which fields of ``executor.securityContext`` a restricted namespace would miss."""
    executor = configured.get("executor")
    context = (executor.get("securityContext") if isinstance(executor, Mapping) else None) or {}
    lacking = []
    if context.get("allowPrivilegeEscalation") is not False:
        lacking.append("allowPrivilegeEscalation: false")
    if "ALL" not in ((context.get("capabilities") or {}).get("drop") or ()):
        lacking.append("capabilities: {drop: [ALL]}")
    return tuple(lacking)


def executor_fix(controller: ArgoController, data: Mapping[str, str], configured: Mapping[str, Any]) -> str:
    """The command that gives Argo's containers their security context, and leaves the rest of its configuration as it is."""
    held = configured.get("executor")
    executor = {**(held if isinstance(held, Mapping) else {})}
    executor["securityContext"] = {**(executor.get("securityContext") or {}), **EXECUTOR}
    if "config" in data:
        told = {"config": json.dumps({**configured, "executor": executor})}
    else:
        told = {"executor": json.dumps(executor)}
    patch = shlex.quote(json.dumps({"data": told}))
    return (
        f"kubectl patch configmap {controller.configuration} --namespace {controller.namespace} "
        f"--type merge --patch {patch}"
    )
