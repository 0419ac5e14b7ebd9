"""The manifests for one place: the shipped objects with names, images and the object store filled in, field by field. Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from nbcode.deployment.target import Needs, Target

Manifest: TypeAlias = dict[str, Any]
"""An object of Kubernetes, as YAML has it."""

RUNNER, CONTROLLER = "nbcode-runner", "nbcode-controller"
"""What the shipped manifests call the two images."""
OUTPUT_KEY = "runs/{{inputs.parameters.run}}/out"
"""Where the WorkflowTemplate puts what a run leaves, below the prefix of the store."""
_CLUSTER_WIDE = frozenset(
    {"Namespace", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ClusterRole", "ClusterRoleBinding"}
)  # fmt: skip
_REPOSITORY = "nbcode"
"""The key of the ConfigMap that Argo reads the artifact repository from."""


def rendered(
    shipped: Sequence[Manifest],
    target: Target,
    read_yaml: Callable[[str], Any],
    write_yaml: Callable[[Any], str],
) -> list[Manifest]:
    """``shipped`` for ``target``. A ConfigMap holds YAML as a text: it is read, changed as data and written again, too."""
    made = [copy.deepcopy(one) for one in shipped]
    for one in made:
        _place(one, target.namespace)
        _name_images(one, {RUNNER: target.image, CONTROLLER: target.controller_image})
        match one["kind"]:
            case "ConfigMap" if one["metadata"]["name"] == "artifact-repositories":
                data = one["data"]
                data[_REPOSITORY] = write_yaml(_repository(read_yaml(data[_REPOSITORY]), target))
            case "WorkflowTemplate":
                _put_outputs(one, target.prefix)
            case "NetworkPolicy" if target.endpoint is not None:
                _open_port(one, target.endpoint.port)
    return made


def needs_of(manifests: Sequence[Manifest]) -> Needs:
    """What has to be said for these of the shipped objects."""
    images = {image for one in manifests for image in images_of(one)}
    kinds = {one["kind"] for one in manifests}
    return Needs(
        image=RUNNER in images,
        controller_image=CONTROLLER in images,
        store=bool(kinds & {"ConfigMap", "WorkflowTemplate"}),
    )


def images_of(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """Every image that an object names, once."""
    return tuple(dict.fromkeys(one["image"] for one in _containers(manifest) if "image" in one))


def _place(one: Manifest, namespace: str) -> None:
    if one["kind"] == "Namespace":
        one["metadata"]["name"] = namespace
    elif one["kind"] not in _CLUSTER_WIDE:
        one["metadata"]["namespace"] = namespace
    for subject in one.get("subjects", ()):
        if subject["kind"] == "ServiceAccount":
            subject["namespace"] = namespace


def _name_images(one: Manifest, named: Mapping[str, str]) -> None:
    for container in _containers(one):
        container["image"] = named.get(container.get("image", ""), container.get("image", ""))


def _containers(one: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    spec = one.get("spec")
    if one.get("kind") == "WorkflowTemplate" and isinstance(spec, Mapping):
        for template in spec.get("templates", ()):
            yield from template.get("initContainers", ())
            yield from (template[key] for key in ("container",) if key in template)
    elif one.get("kind") == "Deployment" and isinstance(spec, Mapping):
        pod = spec["template"]["spec"]
        yield from (*pod.get("initContainers", ()), *pod["containers"])


def _repository(held: dict[str, Any], target: Target) -> dict[str, Any]:
    s3 = held["s3"]
    s3["bucket"] = target.bucket
    if target.endpoint is not None:
        s3 |= {"endpoint": target.endpoint.host, "insecure": target.endpoint.insecure}
    if target.region is not None:
        s3["region"] = target.region
    return held


def _put_outputs(one: Manifest, prefix: str) -> None:
    for template in one["spec"]["templates"]:
        for artifact in template.get("outputs", {}).get("artifacts", ()):
            if artifact.get("s3", {}).get("key", "").endswith(f"/{OUTPUT_KEY}"):
                artifact["s3"]["key"] = f"{prefix}/{OUTPUT_KEY}".lstrip("/")


def _open_port(one: Manifest, port: int) -> None:
    """Where the API server may be reached, the object store may be too."""
    for rule in one["spec"].get("egress", ()):
        ports = rule.get("ports", [])
        held = [each["port"] for each in ports]
        if 6443 in held and port not in held:
            ports.append({"port": port, "protocol": "TCP"})
