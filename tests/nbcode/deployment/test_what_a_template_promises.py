"""Which parts of the WorkflowTemplate decide how a run is made, and which are the administrator's; and what an Argo is by its Deployment. No server."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from nbcode.deployment import (
    ArgoController,
    argo_controllers,
    argo_settings,
    contract_digest,
    differences,
    executor_lacks,
    needs_of,
    output_prefix,
    rendered,
    target,
)
from nbcode.deployment._shipped import base, files, read_yaml, write_yaml

SHIPPED: dict[str, Any] = next(one for one in base() if one["kind"] == "WorkflowTemplate")["spec"]
Spec = dict[str, Any]


def changed(change: Callable[[Spec], object]) -> Spec:
    made = copy.deepcopy(SHIPPED)
    change(made)
    return made


def container(spec: Spec) -> Spec:
    found: Spec = spec["templates"][0]["container"]
    return found


HIS: tuple[Callable[[Spec], object], ...] = (
    lambda spec: spec.update(nodeSelector={"a": "b"}),
    lambda spec: spec.update(tolerations=[{"key": "a"}]),
    lambda spec: spec.update(imagePullSecrets=[{"name": "r"}]),
    lambda spec: spec.update(dnsPolicy="Default"),
    lambda spec: spec.update(podGC={"strategy": "OnPodCompletion"}),
    lambda spec: container(spec).update(image="other@sha256:" + "1" * 64),
    lambda spec: container(spec).update(resources={"limits": {"memory": "1Gi"}}),
    lambda spec: spec["templates"][0].update(nodeSelector={"a": "b"}),
    lambda spec: spec["arguments"]["parameters"][2].update(value="16"),
    lambda spec: spec["templates"][0]["outputs"]["artifacts"][0]["s3"].update(
        key="x/y/runs/{{inputs.parameters.run}}/out"
    ),
)
OURS: tuple[tuple[Callable[[Spec], object], str], ...] = (
    (lambda spec: container(spec).update(args=["/in"]), "templates[0].container.args"),
    (lambda spec: container(spec)["securityContext"].update(privileged=True), "templates[0].container.securityContext.privileged"),
    (lambda spec: container(spec).update(env=[{"name": "AWS_SECRET_ACCESS_KEY", "value": "x"}, {"name": "HOME", "value": "/tmp"}]), "templates[0].container.env"),
    (lambda spec: spec.update(serviceAccountName="nbcode-controller"), "serviceAccountName"),
    (lambda spec: spec.pop("securityContext"), "securityContext"),
    (lambda spec: spec.update(hostNetwork=True), "hostNetwork"),
    (lambda spec: spec.update(podSpecPatch="{}"), "podSpecPatch"),
    (lambda spec: spec["arguments"]["parameters"].pop(), "arguments.parameters"),
    (lambda spec: spec["templates"][0].update(sidecars=[{"name": "s", "image": "x"}]), "templates[0].sidecars"),
    (lambda spec: spec["templates"][0]["outputs"]["artifacts"][0]["s3"].update(key="elsewhere"), "templates[0].outputs.artifacts[0].s3.key"),
)  # fmt: skip


@pytest.mark.parametrize("change", HIS)
def test_what_is_the_administrators_is_no_difference(change: Callable[[Spec], object]) -> None:
    made = changed(change)
    assert made != SHIPPED
    assert differences(SHIPPED, made) == ()
    assert contract_digest(made) == contract_digest(SHIPPED)


@pytest.mark.parametrize(("change", "path"), OURS)
def test_what_decides_how_a_run_is_made_is_told_by_its_path(
    change: Callable[[Spec], object], path: str
) -> None:
    made = changed(change)
    assert differences(SHIPPED, made) == (path,)
    assert contract_digest(made) != contract_digest(SHIPPED)


@pytest.mark.parametrize("store", ["s3://bucket", "s3://bucket/a", "s3://bucket/a/b"])
def test_a_template_that_was_filled_in_puts_results_below_the_prefix_and_is_the_shipped_one(
    store: str,
) -> None:
    shipped = base(["workflow-template"])
    place = target(image="a@sha256:" + "1" * 64, controller_image="", store=store, needs=needs_of(shipped))
    (made,) = rendered(shipped, place, read_yaml, write_yaml)
    assert output_prefix(made["spec"]) == place.prefix == store.removeprefix("s3://bucket").strip("/")
    assert differences(SHIPPED, made["spec"]) == ()


def test_a_file_of_the_base_needs_only_what_it_names() -> None:
    needs = {
        name: (found.image, found.controller_image, found.store)
        for name in files()
        for found in [needs_of(base([name]))]
    }
    assert {name: found for name, found in needs.items() if any(found)} == {
        "artifact-repository": (False, False, True),
        "workflow-template": (True, False, True),
        "controller": (False, True, False),
    }


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("quay.io/argoproj/workflow-controller:v4.0.7", (4, 0, 7)),
        ("registry:5000/argo/workflow-controller:4.1.2-rc1", (4, 1, 2)),
        ("registry:5000/argo/workflow-controller", None),
        ("quay.io/argoproj/workflow-controller:latest", None),
        ("quay.io/argoproj/workflow-controller@sha256:" + "4" * 64, None),
        ("quay.io/argoproj/workflow-controller:v4.0.7@sha256:" + "4" * 64, (4, 0, 7)),
    ],
)
def test_an_argos_version_is_what_its_tag_says(image: str, version: tuple[int, ...] | None) -> None:
    pod = {"containers": [{"name": "c", "image": image}, {"name": "d", "image": "proxy:1"}]}
    told = {"metadata": {"name": "n", "namespace": "argo"}, "spec": {"template": {"spec": pod}}}
    (found,) = argo_controllers([told])
    assert found.version == version


@pytest.mark.parametrize(
    ("data", "lacks"),
    [
        ({}, 2),
        ({"executor": "{}"}, 2),
        ({"executor": "securityContext: {allowPrivilegeEscalation: false}"}, 1),
        ({"executor": "securityContext: {capabilities: {drop: [ALL]}}"}, 1),
        ({"executor": "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}"}, 0),
        ({"config": "executor: {securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}"}, 0),
        ({"config": "a text"}, 2),
    ],
)  # fmt: skip
def test_what_argos_containers_lack_is_read_in_either_form(data: dict[str, str], lacks: int) -> None:
    assert len(executor_lacks(argo_settings(data, read_yaml))) == lacks


def test_an_argo_of_a_namespace_serves_that_one_alone() -> None:
    def serves(*arguments: str) -> bool:
        made = ArgoController(namespace="argo", name="n", image="i", arguments=arguments)
        return made.serves("nbcode")

    assert serves()
    assert not serves("--namespaced")
    assert serves("--namespaced", "--managed-namespace=nbcode")
    assert not serves("--namespaced", "--managed-namespace", "other")


@pytest.mark.parametrize("text", ["1e3", "0x1f", "1_000", "12:30:45", "no", "y", "~", "null", "a: b", "- x", "'", "a\nb\n", "#x", " a ", "é", ""])  # fmt: skip
def test_a_text_is_the_same_text_when_it_is_read_again(text: str) -> None:
    assert read_yaml(write_yaml({"key": text, text: "value"} if text else {"key": text})) == (
        {"key": text, text: "value"} if text else {"key": text}
    )
