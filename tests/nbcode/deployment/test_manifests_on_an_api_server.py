"""Every manifest on a real API server: taken by strict validation, and what its rules let through and refuse."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cluster.api_server import ApiServer
from fakes.deployed import KUSTOMIZE, NAMESPACE, OVERLAYS, apply, kustomized, one

Objects = list[dict[str, Any]]


def asked(server: ApiServer, told: dict[str, Any], *options: str) -> str | None:
    """What the server says against creating it, None where it would."""
    done = server.kubectl(
        "create", "--dry-run=server", "--validate=strict", "--filename=-", *options, given=json.dumps(told)
    )
    return None if done.returncode == 0 else done.stderr


def test_the_base_is_taken_and_a_second_time_changes_nothing(api_server: ApiServer, base: Objects) -> None:
    def versions() -> list[str]:
        listed = {"apiVersion": "v1", "kind": "List", "items": base}
        done = api_server.kubectl("get", "--output=json", "--filename=-", given=json.dumps(listed))
        return [each["metadata"]["resourceVersion"] for each in json.loads(done.stdout)["items"]]

    before = versions()
    assert len(before) == len(base)
    apply(api_server, base)
    assert versions() == before


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_is_taken(api_server: ApiServer, base: Objects, overlay: str) -> None:
    made = kustomized(api_server, KUSTOMIZE / "overlays" / overlay)
    # A namespace that is not there yet takes nothing, not even to try.
    apply(api_server, [each for each in made if each["kind"] == "Namespace"])
    apply(api_server, made, "--dry-run=server")


@pytest.mark.parametrize(
    ("kind", "name", "field"),
    [
        ("Deployment", "nbcode-controller", "replica"),
        ("NetworkPolicy", "nbcode-runs", "policyType"),
        ("ResourceQuota", "nbcode", "hards"),
        ("ValidatingAdmissionPolicy", "nbcode-workflows", "validation"),
    ],
)
def test_control_a_misspelt_field_is_refused_by_its_name(
    api_server: ApiServer, base: Objects, kind: str, name: str, field: str
) -> None:
    made = copy.deepcopy(one(base, kind, name))
    made["metadata"]["name"] = "another"
    assert asked(api_server, made) is None
    made["spec"][field] = 1
    assert f'unknown field "spec.{field}"' in (asked(api_server, made) or "")


def controller_pod(base: Objects) -> dict[str, Any]:
    template = copy.deepcopy(one(base, "Deployment", "nbcode-controller")["spec"]["template"])
    metadata = {**template["metadata"], "name": "tried", "namespace": NAMESPACE}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def test_the_controllers_pod_is_a_restricted_one(api_server: ApiServer, base: Objects) -> None:
    pod = controller_pod(base)
    assert asked(api_server, pod) is None
    (container,) = pod["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"privileged": True}, "privileged"),
        ({"allowPrivilegeEscalation": True}, "allowPrivilegeEscalation != false"),
        ({"capabilities": {"add": ["NET_ADMIN"]}}, "unrestricted capabilities"),
        ({"runAsUser": 0}, "runAsUser=0"),
    ],
)
def test_control_a_pod_that_is_not_restricted_is_refused(
    api_server: ApiServer, base: Objects, change: dict[str, Any], said: str
) -> None:
    pod = controller_pod(base)
    context = pod["spec"]["containers"][0]["securityContext"]
    context.update(change)
    if change.get("privileged"):
        context["allowPrivilegeEscalation"] = True
    refusal = asked(api_server, pod) or ""
    assert "violates PodSecurity" in refusal
    assert said in refusal


def bare(**resources: Any) -> dict[str, Any]:
    """A restricted pod of a run: Argo's container says nothing of what it needs, the run's own does."""
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    containers = [
        {"name": "wait", "image": "argoexec", "securityContext": restricted},
        {"name": "main", "image": "runner", "securityContext": restricted, "resources": resources},
    ]
    context = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tried", "namespace": NAMESPACE},
        "spec": {"securityContext": context, "containers": containers},
    }


def test_a_run_may_ask_for_many_processors_and_argos_container_gets_a_little(
    api_server: ApiServer, base: Objects
) -> None:
    asking = {"requests": {"cpu": "16", "memory": "64Gi"}, "limits": {"memory": "64Gi"}}
    pod = bare(**asking)
    done = api_server.kubectl(
        "create", "--dry-run=server", "--output=json", "--filename=-", given=json.dumps(pod)
    )
    assert done.returncode == 0, done.stderr
    wait, main = json.loads(done.stdout)["spec"]["containers"]
    assert main["resources"] == asking
    assert wait["resources"] == {
        "requests": {"cpu": "50m", "memory": "64Mi"},
        "limits": {"memory": "512Mi"},
    }


def test_control_a_run_beyond_the_range_is_refused(api_server: ApiServer, base: Objects) -> None:
    refusal = asked(api_server, bare(limits={"memory": "1Ti"})) or ""
    assert "maximum memory usage per Container is 256Gi" in refusal


def test_no_secret_has_a_value_in_it(base: Objects, api_server: ApiServer) -> None:
    made = base + [
        each for name in OVERLAYS for each in kustomized(api_server, KUSTOMIZE / "overlays" / name)
    ]
    assert [
        each for each in made if each["kind"] == "Secret" and ("data" in each or "stringData" in each)
    ] == []
    example = (KUSTOMIZE / "overlays" / "example" / "secrets.example.yaml").read_text()
    assert asked_all(api_server, example) is None


def asked_all(server: ApiServer, text: str) -> str | None:
    text = text.replace("namespace: research-nbcode", f"namespace: {NAMESPACE}")
    done = server.kubectl("create", "--dry-run=server", "--validate=strict", "--filename=-", given=text)
    return None if done.returncode == 0 else done.stderr
