"""The Roles on a real API server: what each account may do is what its Role says, and nothing beside it."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from cluster.api_server import ApiServer
from fakes.deployed import NAMESPACE, apply, one

Objects = list[dict[str, Any]]
ACCOUNTS = ("nbcode-executor", "nbcode-submitter", "nbcode-controller")
RIGHTS = {
    "nbcode-executor": {"workflowtaskresults.argoproj.io": "create patch"},
    "nbcode-submitter": {
        "workflows.argoproj.io": "create get list patch watch",
        "workflowtemplates.argoproj.io": "get",
        "pods": "get list",
        "pods/log": "get",
    },
    "nbcode-controller": {
        "workflows.argoproj.io": "create get list patch watch",
        "pods": "get list",
        "pods/log": "get",
    },
    "default": {},
}
"""Written by hand, against the manifests: who changes a Role changes this."""
OF_EVERYBODY = {"selfsubjectaccessreviews", "selfsubjectrulesreviews", "selfsubjectreviews"}


def rights(server: ApiServer, user: str) -> dict[str, str]:
    """What the server says that ``user`` may do in the namespace, but for what anybody may."""
    asked = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": NAMESPACE},
    }
    done = server.kubectl(
        "create", f"--as={user}", "--validate=false", "--output=json", "--filename=-", given=json.dumps(asked)
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, set[str]] = {}
    for rule in json.loads(done.stdout)["status"]["resourceRules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                named = f"{resource}.{group}" if group else resource
                found.setdefault(named, set()).update(rule["verbs"])
    return {
        name: " ".join(sorted(verbs))
        for name, verbs in found.items()
        if name.partition(".")[0] not in OF_EVERYBODY
    }


@pytest.mark.parametrize("account", RIGHTS)
def test_an_account_has_its_rights_and_no_other(api_server: ApiServer, base: Objects, account: str) -> None:
    assert rights(api_server, f"system:serviceaccount:{NAMESPACE}:{account}") == RIGHTS[account]


def test_control_a_right_that_is_added_is_seen(api_server: ApiServer, base: Objects) -> None:
    role = copy.deepcopy(one(base, "Role", "nbcode-executor"))
    role["rules"].append({"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]})
    apply(api_server, [role])
    try:
        found = rights(api_server, f"system:serviceaccount:{NAMESPACE}:nbcode-executor")
        assert found == {**RIGHTS["nbcode-executor"], "secrets": "get"}
    finally:
        apply(api_server, [one(base, "Role", "nbcode-executor")])


@pytest.mark.parametrize("kind", ["Role", "ServiceAccount"])
def test_every_right_and_every_account_has_a_reason(base: Objects, kind: str) -> None:
    for each in base:
        if each["kind"] != kind:
            continue
        reasons = {
            name.partition("/")[2]: text
            for name, text in each["metadata"]["annotations"].items()
            if name.startswith("why.nbcode.io/")
        }
        granted = [resource for rule in each.get("rules", ()) for resource in rule["resources"]]
        expected = {resource.replace("/", ".") for resource in granted} or {"account"}
        assert set(reasons) == expected
        assert all(reasons.values())
