"""Who may make Workflows makes them from the one template: what else a Workflow could carry is refused at admission."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from cluster.api_server import ApiServer
from fakes.deployed import NAMESPACE, apply

Objects = list[dict[str, Any]]
PERSON = "ann"
DIGEST = "sha256:" + "0" * 64
TOLD = {"run": "m-1", "content": DIGEST, "cpu": "2", "memory": "8704Mi", "deadline": "2400"}


def workflow(**spec: Any) -> dict[str, Any]:
    """What nbcode submits, with ``spec`` over it."""
    parameters = [{"name": name, "value": value} for name, value in TOLD.items()]
    made = {"workflowTemplateRef": {"name": "nbcode-run"}, "arguments": {"parameters": parameters}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": "m-1", "namespace": NAMESPACE},
        "spec": made | spec,
    }


def with_value(value: str) -> dict[str, Any]:
    return workflow(arguments={"parameters": [{"name": "run", "value": value}]})


@pytest.fixture(scope="module", autouse=True)
def person(api_server: ApiServer, base: Objects) -> None:
    named = {"apiGroup": "rbac.authorization.k8s.io"}
    bound = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": PERSON, "namespace": NAMESPACE},
        "roleRef": {**named, "kind": "Role", "name": "nbcode-submitter"},
        "subjects": [{**named, "kind": "User", "name": PERSON}],
    }
    apply(api_server, [bound])


def refusal(server: ApiServer, told: dict[str, Any], user: str = PERSON) -> str | None:
    done = server.kubectl(
        "create", "--dry-run=server", "--validate=strict", "--filename=-", f"--as={user}", given=json.dumps(told)
    )  # fmt: skip
    return None if done.returncode == 0 else done.stderr


@pytest.mark.parametrize("template", ["nbcode-run", "nbcode-run-gpu"])
def test_what_nbcode_submits_is_taken(api_server: ApiServer, template: str) -> None:
    assert refusal(api_server, workflow(workflowTemplateRef={"name": template})) is None


REFUSED = [
    (workflow(podSpecPatch="{}"), "and not podSpecPatch"),
    (workflow(serviceAccountName="nbcode-controller"), "and not serviceAccountName"),
    (workflow(entrypoint="other", templates=[{"name": "other", "container": {"image": "x"}}]), "and not"),
    (workflow(volumes=[{"name": "s", "secret": {"secretName": "nbcode-store"}}]), "and not volumes"),
    (workflow(workflowTemplateRef={"name": "nbcode-runner"}), "made from the WorkflowTemplate nbcode-run"),
    (workflow(workflowTemplateRef={"name": "nbcode-run", "clusterScope": True}), "made from the WorkflowTemplate"),
    (workflow(arguments={"artifacts": [{"name": "in", "raw": {"data": "x"}}]}), "no artifacts among its arguments"),
    (with_value('"}], "hostNetwork": true, "x": [{"'), "letters, digits"),
    (with_value("{{workflow.parameters.content}}"), "letters, digits"),
    (with_value("a b"), "letters, digits"),
    (with_value("a\nb"), "letters, digits"),
    (with_value(""), "letters, digits"),
    (with_value("../../etc"), "letters, digits"),
    (with_value("x" * 300), "letters, digits"),
    (with_value("ａ"), "letters, digits"),
    (
        workflow(
            arguments={
                "parameters": [
                    {"name": "run", "valueFrom": {"configMapKeyRef": {"name": "artifact-repositories", "key": "nbcode"}}}
                ]
            }
        ),
        "letters, digits",
    ),
    ({**workflow(), "status": {"storedWorkflowTemplateSpec": {"podSpecPatch": "{}"}}}, "written by Argo's controller alone"),
]  # fmt: skip


@pytest.mark.parametrize(("told", "said"), REFUSED)
def test_what_else_a_workflow_could_carry_is_refused(
    api_server: ApiServer, told: dict[str, Any], said: str
) -> None:
    assert said in (refusal(api_server, told) or "")


@pytest.mark.parametrize(("told", "said"), REFUSED[:5])
def test_control_it_is_the_policy_that_refuses(
    api_server: ApiServer, told: dict[str, Any], said: str
) -> None:
    """In a namespace without its label the same is taken."""
    elsewhere = copy.deepcopy(told)
    elsewhere["metadata"]["namespace"] = "default"
    done = api_server.kubectl("create", "--dry-run=server", "--filename=-", given=json.dumps(elsewhere))
    assert done.returncode == 0, done.stderr
    elsewhere["metadata"]["namespace"] = NAMESPACE
    assert said in (
        api_server.kubectl("create", "--dry-run=server", "--filename=-", given=json.dumps(elsewhere)).stderr
    )


@pytest.fixture
def running(api_server: ApiServer) -> Iterator[str]:
    done = api_server.kubectl("create", "--filename=-", f"--as={PERSON}", given=json.dumps(workflow()))
    assert done.returncode == 0, done.stderr
    yield "m-1"
    api_server.checked("delete", "workflow", "m-1", f"--namespace={NAMESPACE}")


def patched(server: ApiServer, told: dict[str, Any], *options: str) -> str | None:
    done = server.kubectl(
        "patch", "workflow", "m-1", f"--namespace={NAMESPACE}", "--type=merge", f"--patch={json.dumps(told)}", *options
    )  # fmt: skip
    return None if done.returncode == 0 else done.stderr


def test_a_run_is_ended_and_nothing_else_of_it_is_changed(api_server: ApiServer, running: str) -> None:
    person = f"--as={PERSON}"
    assert patched(api_server, {"spec": {"shutdown": "Terminate"}}, person) is None
    assert "and not podSpecPatch" in (patched(api_server, {"spec": {"podSpecPatch": "{}"}}, person) or "")
    assert "Argo's controller" in (patched(api_server, {"status": {"phase": "Succeeded"}}, person) or "")


CHANGES = [
    {"spec": {"arguments": {"parameters": [{"name": "run", "value": "other-run-1"}]}}},
    {"spec": {"workflowTemplateRef": {"name": "nbcode-run-x"}}},
    {"spec": {"arguments": None}},
    {"spec": {"suspend": True}},
    {"spec": {"shutdown": "Terminate", "suspend": True}},
    {"metadata": {"annotations": {"nbcode.io/content": "sha256:evil"}}},
    {"metadata": {"labels": {"workflows.argoproj.io/completed": "false"}}},
    {"metadata": {"finalizers": ["x.io/y"]}},
    {"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1"}]}},
]


@pytest.mark.parametrize("told", CHANGES, ids=json.dumps)
def test_what_a_run_was_made_with_stays_whoever_may_end_it(
    api_server: ApiServer, running: str, told: dict[str, Any]
) -> None:
    """Anybody who submits may patch anybody's run, so that he can end it: and no more."""
    said = patched(api_server, told, f"--as={PERSON}", "--dry-run=server") or ""
    assert "only shutdown is written" in said or "stay as they were" in said, said
    assert (
        patched(api_server, told, "--dry-run=server") is None or "spec.workflowTemplateRef" in said
    )  # the control


def test_control_who_may_update_workflows_writes_their_status(api_server: ApiServer, running: str) -> None:
    """As Argo's controller does; and the submitter may still end a run that has a status."""
    assert patched(api_server, {"status": {"phase": "Running"}}) is None
    assert patched(api_server, {"spec": {"shutdown": "Stop"}}, f"--as={PERSON}") is None
