"""A real API server with Argo's custom resources says which Workflow it would take."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cluster.api_server import ApiServer

WORKFLOW: dict[str, Any] = {
    "apiVersion": "argoproj.io/v1alpha1",
    "kind": "Workflow",
    "metadata": {"name": "asked", "namespace": "default"},
    "spec": {
        "workflowTemplateRef": {"name": "runner"},
        "arguments": {"parameters": [{"name": "spec", "value": "sha256:0"}]},
    },
}


def changed(*path: str, value: object) -> dict[str, Any]:
    made = copy.deepcopy(WORKFLOW)
    place = made
    for name in path[:-1]:
        place = place.setdefault(name, {})
    place[path[-1]] = value
    return made


def test_a_workflow_that_names_a_template_is_taken(api_server: ApiServer) -> None:
    assert api_server.refusal(WORKFLOW) is None


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("spec", "workflowTemplateReff"), {"name": "runner"}, 'unknown field "spec.workflowTemplateReff"'),
        (("spec", "workflowTemplateRef", "names"), "x", 'unknown field "spec.workflowTemplateRef.names"'),
        (("spec", "priority"), "high", "spec.priority"),
        (("spec", "arguments"), {"parameters": [{"value": "no name"}]}, "spec.arguments.parameters[0].name"),
        (("metadata", "name"), "Not_A_Name", "a lowercase RFC 1123 subdomain"),
        (("metadata", "labels"), {"a": "b c"}, "metadata.labels"),
    ],
)
def test_a_workflow_with_a_wrong_field_is_refused_by_its_name(
    api_server: ApiServer, path: tuple[str, ...], value: object, said: str
) -> None:
    refusal = api_server.refusal(changed(*path, value=value))
    assert refusal is not None
    assert said in refusal


def test_asking_leaves_nothing(api_server: ApiServer) -> None:
    api_server.refusal(WORKFLOW)
    done = api_server.kubectl("get", "workflows", "--all-namespaces", "--output=json")
    assert json.loads(done.stdout)["items"] == []
