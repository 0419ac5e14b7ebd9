"""`nbcode doctor --on argo` on a real API server: what is wrong is told by its name, and what is told to be typed mends it."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cluster.api_server import ApiServer
from cluster.builds import program
from fakes.deployed import KUSTOMIZE, NAMESPACE, apply, kustomized, one
from fakes.patience import ENOUGH_S
from fakes.users import argo, bind
from nbcode.cli import main
from nbcode.commands.cluster_health import cluster_findings
from nbcode.commands.cluster_ports import ClusterPorts
from nbcode.commands.health import Finding, Level
from nbcode.configuration import ArgoConfig
from nbcode.deployment import SUBMITTER, Answer, Cluster, rights_of
from nbcode.deployment._kubernetes import cluster_of
from nbcode.deployment._shipped import base as shipped
from nbcode.deployment._shipped import read_yaml
from nbcode.primitives import NbcodeError

PERSON, STRANGER = "ann", "eve"
STORE = "s3://nbcode/nbcode"
IMAGE = "registry.example/nbcode-runner@sha256:" + "1" * 64
RIGHTS = [str(right) for right in rights_of(shipped(), SUBMITTER)]


@pytest.fixture(scope="module")
def installed(api_server: ApiServer) -> Iterator[list[dict[str, Any]]]:
    """Everything as it should be, on an API server that nothing stands behind and that other files of tests use after."""
    made = kustomized(api_server, KUSTOMIZE / "base")
    for container in containers(one(made, "WorkflowTemplate", "nbcode-run")):
        container["image"] = IMAGE
    apply(api_server, made)
    apply(api_server, argo())
    bind(api_server, PERSON, SUBMITTER)
    secrets = {
        "nbcode-store": {"NBCODE_STORE": STORE, "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"},
        "nbcode-controller": {
            "NBCODE_JOURNAL_URI": "postgresql://db/n",
            "MLFLOW_TRACKING_URI": "http://m",
        },
    }
    apply(
        api_server,
        [
            {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": NAMESPACE}, "stringData": held}
            for name, held in secrets.items()
        ],
    )  # fmt: skip
    # Kubernetes' own controllers are not here: the token and the Deployment's status are given by hand.
    api_server.checked("patch", "secret", "nbcode-executor.service-account-token", f"--namespace={NAMESPACE}", '--patch={"data":{"token":"eA=="}}')  # fmt: skip
    available(api_server, 1)
    yield made
    api_server.checked("delete", "secret", *secrets, f"--namespace={NAMESPACE}")


def available(server: ApiServer, replicas: int) -> None:
    told = {"status": {"replicas": 1, "readyReplicas": replicas, "availableReplicas": replicas}}
    server.checked(
        "patch", "deployment", "nbcode-controller", f"--namespace={NAMESPACE}", "--subresource=status", "--type=merge", f"--patch={json.dumps(told)}"
    )  # fmt: skip


def containers(template: dict[str, Any]) -> list[dict[str, Any]]:
    (run,) = template["spec"]["templates"]
    return [run["container"], *run["initContainers"]]


Look = Callable[..., dict[str, list[Finding]]]


@pytest.fixture
def look(api_server: ApiServer, installed: object, monkeypatch: pytest.MonkeyPatch) -> Look:
    """What doctor finds, by name, for a user."""

    def looked(user: str = PERSON, **asked: Any) -> Any:
        kubeconfig = api_server.kubeconfig if user == "admin" else api_server.kubeconfig_of(user)
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        found: dict[str, list[Finding]] = {}
        for each in cluster_findings(ports(**asked)):
            found.setdefault(each.name, []).append(each)
        return found

    return looked


class WithNode:
    """The API server, and what a node would say of the pods that are tried: nothing runs behind it here."""

    def __init__(self, cluster: Cluster, status: dict[str, Any]) -> None:
        self._cluster, self._status = cluster, status
        self.create, self.delete, self.close = cluster.create, cluster.delete, cluster.close

    def get(self, path: str) -> Answer:
        found = self._cluster.get(path)
        tried = "/pods/nbcode-doctor-" in path and found.fine
        return replace(found, body={**found.body, "status": self._status}) if tried else found


PULLED = {"containerStatuses": [{"image": IMAGE, "imageID": IMAGE, "state": {"terminated": {}}}]}


def ports(*, status: dict[str, Any] = PULLED, **asked: Any) -> ClusterPorts:
    made = ClusterPorts(
        argo=ArgoConfig(),
        connect=lambda: WithNode(cluster_of(None), status),
        shipped=shipped(),
        read_yaml=read_yaml,
        store=STORE,
        probe_store=lambda: None,
        image_patience_s=0.0,
    )
    return replace(made, **asked)


def not_well(found: dict[str, list[Finding]]) -> dict[str, list[Level]]:
    return {
        name: [each.level for each in those if each.level is not Level.OK]
        for name, those in found.items()
        if any(each.level is not Level.OK for each in those)
    }


def typed(server: ApiServer, finding: Finding, *, bound: bool = False, **filled: str) -> None:
    """Type, as an administrator, the commands that a finding tells to type; what it writes in capitals is filled in. Who is ``bound`` is not bound again."""
    commands = [
        one for one in re.findall(r"`([^`]+)`", finding.fix) if not (bound and "create rolebinding" in one)
    ]
    assert commands, finding
    for told in commands:
        command = told
        for word, value in filled.items():
            command = command.replace(word, value)
        path = f"{Path(sys.executable).parent}:{Path(program('kubectl')).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            env=os.environ | {"KUBECONFIG": str(server.kubeconfig), "PATH": path},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (command, done.stderr)


def until(look: Look, name: str, level: Level, **options: Any) -> Finding:
    """The first finding of ``name``, once it is of ``level``: an API server hears of a changed right a moment later."""
    ends = time.monotonic() + ENOUGH_S
    while True:
        found = look(**options)[name][0]
        if found.level is level or time.monotonic() > ends:
            assert found.level is level, found
            return found
        time.sleep(0.1)


def test_where_all_is_well_nothing_is_in_the_way(look: Look) -> None:
    person = look()
    assert not_well(person) == {}
    assert set(person) == {"cluster", "argo", "rights", "template", "image", "admission", "administrator", "object store"}  # fmt: skip
    assert "for want of rights" in person["administrator"][0].text
    assert f"as {PERSON}" in person["cluster"][0].text
    administrator = look("admin")
    assert not_well(administrator) == {}
    assert "administrator" not in administrator
    assert {"argo version", "argo executor", "namespace", "secrets", "artifacts", "controller", "roles", "pods"} <= set(administrator)  # fmt: skip


@pytest.mark.parametrize("right", RIGHTS)
def test_a_role_without_a_verb_is_told_by_it_and_the_fix_gives_it_back(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look, right: str
) -> None:
    verb, _, resource = right.partition(" ")
    role = copy.deepcopy(one(installed, "Role", SUBMITTER))
    for rule in role["rules"]:
        if rule["resources"] == [resource]:
            rule["verbs"].remove(verb)
    role["rules"] = [rule for rule in role["rules"] if rule["verbs"]]
    apply(api_server, [role])
    found = until(look, "rights", Level.FAIL)
    assert found.text == f"{PERSON} may not {right} in {NAMESPACE}"
    typed(api_server, found)
    until(look, "rights", Level.OK)


@pytest.mark.parametrize("kind", ["role", "rolebinding"])
def test_who_has_no_rights_since_the_role_or_its_binding_is_gone_has_them_by_what_is_typed(
    api_server: ApiServer, installed: object, look: Look, kind: str
) -> None:
    name = SUBMITTER if kind == "role" else f"{SUBMITTER}-{PERSON}"
    if kind == "rolebinding":
        bound = json.loads(
            api_server.checked("get", "rolebindings", f"--namespace={NAMESPACE}", "--output=json").stdout
        )
        (name,) = [
            b["metadata"]["name"]
            for b in bound["items"]
            if any(s["name"] == PERSON for s in b.get("subjects", ()))
        ]
    api_server.checked("delete", kind, name, f"--namespace={NAMESPACE}")
    found = until(look, "rights", Level.FAIL)
    if kind == "role":
        assert look("admin")["roles"][0].text == f"no Role {SUBMITTER}"
    typed(api_server, found, bound=kind == "role")
    until(look, "rights", Level.OK)
    assert not_well(look("admin")) == {}


def test_a_stranger_is_told_to_be_bound_and_the_fix_binds_him(api_server: ApiServer, look: Look) -> None:
    found = until(look, "rights", Level.FAIL, user=STRANGER)
    assert all(right in found.text for right in RIGHTS)
    typed(api_server, found)
    until(look, "rights", Level.OK, user=STRANGER)


def changed_template(
    installed: list[dict[str, Any]], change: Callable[[dict[str, Any]], None]
) -> dict[str, Any]:
    template = copy.deepcopy(one(installed, "WorkflowTemplate", "nbcode-run"))
    change(template["spec"])
    return template


def with_shell(spec: dict[str, Any]) -> None:
    spec["templates"][0]["container"]["command"] = ["sh", "-c", "true"]


def with_token(spec: dict[str, Any]) -> None:
    spec["automountServiceAccountToken"] = True


def with_writable_root(spec: dict[str, Any]) -> None:
    spec["templates"][0]["container"]["securityContext"]["readOnlyRootFilesystem"] = False


def with_secret_in_main(spec: dict[str, Any]) -> None:
    spec["templates"][0]["container"]["envFrom"] = [{"secretRef": {"name": "nbcode-store"}}]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (with_shell, "templates[0].container.command"),
        (with_token, "automountServiceAccountToken"),
        (with_writable_root, "templates[0].container.securityContext.readOnlyRootFilesystem"),
        (with_secret_in_main, "templates[0].container.envFrom"),
    ],
)
def test_a_template_that_runs_otherwise_is_told_by_the_path_and_the_fix_puts_it_right(
    api_server: ApiServer,
    installed: list[dict[str, Any]],
    look: Look,
    change: Callable[[dict[str, Any]], None],
    path: str,
) -> None:
    apply(api_server, [changed_template(installed, change)])
    found = look()["template"][0]
    assert found.level is Level.FAIL
    assert found.text.endswith(f": {path}")
    typed(api_server, found)
    assert not_well(look()) == {}


def without_container(spec: dict[str, Any]) -> None:
    del spec["templates"][0]["container"]


def with_two_templates(spec: dict[str, Any]) -> None:
    spec["templates"].append(copy.deepcopy(spec["templates"][0]) | {"name": "other"})


def with_a_broken_patch(spec: dict[str, Any]) -> None:
    spec["templates"][0]["podSpecPatch"] = "{"


@pytest.mark.parametrize("change", [with_shell, without_container, with_two_templates, with_a_broken_patch])
def test_of_a_template_that_is_another_no_pod_is_tried(
    api_server: ApiServer,
    installed: list[dict[str, Any]],
    look: Look,
    change: Callable[[dict[str, Any]], None],
) -> None:
    """Nobody knows what its pods are; and that it is another is told."""
    api_server.checked("delete", "workflowtemplate", "nbcode-run", f"--namespace={NAMESPACE}")
    apply(api_server, [changed_template(installed, change)])
    found = look("admin")
    assert (found["template"][0].level, "pods" in found) == (Level.FAIL, False)
    api_server.checked("delete", "workflowtemplate", "nbcode-run", f"--namespace={NAMESPACE}")
    apply(api_server, [one(installed, "WorkflowTemplate", "nbcode-run")])
    assert not_well(look("admin")) == {}


def test_a_role_without_any_rule_lacks_all_of_them(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look
) -> None:
    api_server.checked("patch", "role", "nbcode-controller", f"--namespace={NAMESPACE}", "--type=json", '--patch=[{"op": "remove", "path": "/rules"}]')  # fmt: skip
    found = look("admin")["roles"][0]
    assert (found.level, "nbcode-controller may not" in found.text) == (Level.FAIL, True)
    typed(api_server, found)
    assert not_well(look("admin")) == {}


def for_a_pool(spec: dict[str, Any]) -> None:
    spec["nodeSelector"] = {"pool": "research"}
    spec["imagePullSecrets"] = [{"name": "registry"}]
    spec["arguments"]["parameters"][2]["value"] = "8"
    spec["templates"][0]["initContainers"][0]["resources"] = {"limits": {"memory": "2Gi"}}


def test_control_where_runs_are_put_is_the_administrators(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look
) -> None:
    apply(api_server, [changed_template(installed, for_a_pool)])
    assert not_well(look()) == {}
    apply(api_server, [one(installed, "WorkflowTemplate", "nbcode-run")])


def test_no_template_is_told_and_the_fix_makes_it(api_server: ApiServer, look: Look) -> None:
    api_server.checked("delete", "workflowtemplate", "nbcode-run", f"--namespace={NAMESPACE}")
    found = look()["template"][0]
    assert (found.level, "no WorkflowTemplate nbcode-run" in found.text) == (Level.FAIL, True)
    typed(api_server, found, IMAGE=IMAGE)
    assert not_well(look()) == {}


def test_a_template_that_puts_results_elsewhere_is_told(look: Look) -> None:
    found = look(store="s3://nbcode/other/place")
    assert not_well(found) == {"template": [Level.FAIL]}
    assert "below 'nbcode'" in found["template"][1].text
    assert "--store s3://nbcode/other/place" in found["template"][1].fix


def test_an_image_by_a_tag_is_a_warning_and_one_that_is_not_pulled_is_in_the_way(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look
) -> None:
    template = copy.deepcopy(one(installed, "WorkflowTemplate", "nbcode-run"))
    for container in containers(template):
        container["image"] = "registry.example/nbcode-runner:1"
    apply(api_server, [template])
    assert not_well(look()) == {"image": [Level.WARN]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "waits", "namespace": NAMESPACE},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [
                {
                    "name": "main",
                    "image": "registry.example/nbcode-runner:1",
                    "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                }
            ],
        },
    }
    apply(api_server, [pod])
    waiting = {"reason": "ImagePullBackOff", "message": "Back-off pulling image: not found"}
    status = {
        "containerStatuses": [
            {"name": "main", "image": "registry.example/nbcode-runner:1", "imageID": "", "ready": False, "restartCount": 0, "state": {"waiting": waiting}}
        ]
    }  # fmt: skip
    api_server.checked("patch", "pod", "waits", f"--namespace={NAMESPACE}", "--subresource=status", f"--patch={json.dumps({'status': status})}")  # fmt: skip
    found = look()
    assert not_well(found) == {"image": [Level.FAIL]}
    assert "not found" in found["image"][0].text
    api_server.checked("delete", "pod", "waits", f"--namespace={NAMESPACE}", "--grace-period=0", "--force")
    apply(api_server, [one(installed, "WorkflowTemplate", "nbcode-run")])


def test_a_namespace_without_the_policy_is_told_and_the_fix_labels_it(
    api_server: ApiServer, look: Look
) -> None:
    api_server.checked("label", "namespace", NAMESPACE, "nbcode.io/workflows-")
    found = until(look, "admission", Level.WARN)
    assert "may make any pod" in found.text
    typed(api_server, found)
    until(look, "admission", Level.OK)


@pytest.mark.parametrize(
    ("version", "level"),
    [("v4.0.7", Level.OK), ("v4.1.0", Level.OK), ("v4.0.6", Level.FAIL), ("v3.7.14", Level.FAIL), ("latest", Level.WARN)],
)  # fmt: skip
def test_argos_version_is_told(
    api_server: ApiServer, installed: object, look: Look, version: str, level: Level
) -> None:
    apply(api_server, argo(version))
    try:
        assert look("admin")["argo version"][0].level is level
    finally:
        apply(api_server, argo())


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"executor": "resources: {requests: {cpu: 10m}}"},
        {"executor": "securityContext: {allowPrivilegeEscalation: false}", "parallelism": "10"},
        {"config": "parallelism: 10\nexecutor:\n  securityContext: {runAsNonRoot: true}\n"},
    ],
)
def test_argos_containers_without_a_security_context_are_told_and_the_fix_gives_it(
    api_server: ApiServer, installed: object, look: Look, data: dict[str, str]
) -> None:
    api_server.checked("delete", "configmap", "workflow-controller-configmap", "--namespace=argo")
    apply(api_server, argo(data=data))
    found = look("admin")["argo executor"][0]
    assert (found.level, "executor.securityContext" in found.text) == (Level.FAIL, True)
    typed(api_server, found)
    assert not_well(look("admin")) == {}
    held = json.loads(api_server.checked("get", "configmap", "workflow-controller-configmap", "--namespace=argo", "--output=json").stdout)["data"]  # fmt: skip
    if "config" in data:
        assert read_yaml(held["config"])["parallelism"] == 10
        assert read_yaml(held["config"])["executor"]["securityContext"]["runAsNonRoot"] is True
    if "resources" in data.get("executor", ""):
        assert read_yaml(held["executor"])["resources"] == {"requests": {"cpu": "10m"}}
    apply(api_server, argo())


@pytest.mark.parametrize(
    ("arguments", "serves"),
    [
        ((), True),
        (("--namespaced",), False),
        (("--namespaced", "--managed-namespace", NAMESPACE), True),
        (("--namespaced", "--managed-namespace=other"), False),
    ],
)
def test_an_argo_that_does_not_look_at_the_namespace_is_told(
    api_server: ApiServer, installed: object, look: Look, arguments: tuple[str, ...], serves: bool
) -> None:
    apply(api_server, argo(arguments=arguments))
    try:
        found = look("admin")
        assert ("argo controller" in not_well(found)) is not serves
    finally:
        apply(api_server, argo())


def test_no_argo_at_all_is_told(api_server: ApiServer, installed: object, look: Look) -> None:
    api_server.checked("delete", "deployment", "workflow-controller", "--namespace=argo")
    try:
        assert "no workflow-controller" in look("admin")["argo controller"][0].text
    finally:
        apply(api_server, argo())


def test_what_is_in_the_namespace_is_told_where_it_is_missing(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for name in ("nbcode-store", "nbcode-executor.service-account-token"):
        api_server.checked("delete", "secret", name, f"--namespace={NAMESPACE}")
    api_server.checked("delete", "configmap", "artifact-repositories", f"--namespace={NAMESPACE}")
    available(api_server, 0)
    found = look("admin")
    assert not_well(found) == {
        "secrets": [Level.FAIL, Level.FAIL],
        "artifacts": [Level.FAIL],
        "controller": [Level.FAIL],
    }
    monkeypatch.chdir(tmp_path)
    (tmp_path / "store.env").write_text(
        f"NBCODE_STORE={STORE}\nAWS_ACCESS_KEY_ID=k\nAWS_SECRET_ACCESS_KEY=s\n"
    )
    missing = [each for each in found["secrets"] if each.level is Level.FAIL]
    for finding in (*missing, *found["artifacts"]):
        typed(api_server, finding)
    api_server.checked("patch", "secret", "nbcode-executor.service-account-token", f"--namespace={NAMESPACE}", '--patch={"data":{"token":"eA=="}}')  # fmt: skip
    available(api_server, 1)
    assert not_well(look("admin")) == {}


def test_a_secret_that_lacks_a_key_is_there_and_the_fix_gives_it(
    api_server: ApiServer, installed: object, look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api_server.checked("patch", "secret", "nbcode-controller", f"--namespace={NAMESPACE}", "--type=json", '--patch=[{"op": "remove", "path": "/data/NBCODE_JOURNAL_URI"}]')  # fmt: skip
    (found,) = [each for each in look("admin")["secrets"] if each.level is Level.FAIL]
    assert found.text == "nbcode-controller has no NBCODE_JOURNAL_URI"
    monkeypatch.chdir(tmp_path)
    Path("controller.env").write_text("NBCODE_JOURNAL_URI=postgresql://db/n\nMLFLOW_TRACKING_URI=http://m\n")
    typed(api_server, found)
    assert not_well(look("admin")) == {}


@pytest.mark.parametrize(
    ("asked", "level", "said"),
    [
        ({"journal": "postgresql://ann@db/n", "registry": "http://m/"}, Level.OK, "is there"),
        ({"journal": "postgresql://ann@db/other"}, Level.FAIL, "names db/n, and here db/other"),
        ({"journal": "postgresql://ann@10.0.0.2/n"}, Level.WARN, "one server by two addresses"),
        ({"registry": "http://mlflow.example"}, Level.WARN, "MLFLOW_TRACKING_URI of nbcode-controller"),
        ({"endpoint": "http://s3.example:9000"}, Level.WARN, "AWS_ENDPOINT_URL of nbcode-store names Amazon's"),
        ({"refused_keys": lambda variables: f"403 of {variables['AWS_ACCESS_KEY_ID']}"}, Level.FAIL, "are refused by the store: 403 of k"),
    ],
)  # fmt: skip
def test_a_secret_that_says_something_else_than_the_project_is_told_without_its_values(
    installed: object, look: Look, asked: dict[str, Any], level: Level, said: str
) -> None:
    found = look("admin", **asked)["secrets"]
    order = [Level.OK, Level.WARN, Level.FAIL]
    assert max((each.level for each in found), key=order.index) is level
    assert any(said in each.text for each in found if each.level is level), found


def test_a_controller_that_is_scaled_to_nothing_is_told_as_that(
    api_server: ApiServer, installed: object, look: Look
) -> None:
    scale = ("scale", "deployment/nbcode-controller", f"--namespace={NAMESPACE}")
    before = json.loads(api_server.checked("get", "deployment", "nbcode-controller", f"--namespace={NAMESPACE}", "--output=json").stdout)["spec"]["replicas"]  # fmt: skip
    api_server.checked(*scale, "--replicas=0")
    available(api_server, 0)
    found = look("admin")["controller"][0]
    assert (found.level, "scaled to 0" in found.text) == (Level.FAIL, True)
    typed(api_server, found)
    available(api_server, 1)
    assert not_well(look("admin")) == {}
    api_server.checked(*scale, f"--replicas={before}")


def test_results_that_would_go_to_another_server_are_told_and_the_fix_names_the_one_in_force(
    api_server: ApiServer, installed: object, look: Look
) -> None:
    """The base has Amazon's: of a store that is not, every result would be lost."""
    own = {"endpoint": "http://s3.example:9000", "region": "eu-central-1"}
    found = look("admin", **own)["artifacts"][0]
    assert (found.level, "s3.amazonaws.com" in found.text) == (Level.FAIL, True)
    typed(api_server, found)
    assert "artifacts" not in not_well(look("admin", **own))
    other = look("admin", endpoint="http://10.0.0.2:9000")["artifacts"][0]
    assert (other.level, "10.0.0.2:9000" in other.text) == (Level.WARN, True)
    typed(api_server, look("admin")["artifacts"][0])
    assert not_well(look("admin")) == {}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"hard": {"limits.memory": "1Gi"}}, "exceeded quota"),
        ({"hard": {"pods": "0"}}, "exceeded quota"),
        ({"limits": [{"type": "Container", "max": {"memory": "1Gi"}}]}, "maximum memory"),
        ({"limits": [{"type": "Container", "max": {"cpu": "500m"}}]}, "cpu"),
    ],
)
def test_a_pod_that_the_namespace_has_no_room_for_is_told(
    api_server: ApiServer, installed: object, look: Look, spec: dict[str, Any], said: str
) -> None:
    kind = "ResourceQuota" if "hard" in spec else "LimitRange"
    apply(
        api_server,
        [
            {
                "apiVersion": "v1",
                "kind": kind,
                "metadata": {"name": "small", "namespace": NAMESPACE},
                "spec": spec,
            }
        ],
    )
    if "hard" in spec:  # which a controller of Kubernetes does elsewhere
        told = {"status": {"hard": spec["hard"], "used": dict.fromkeys(spec["hard"], "0")}}
        api_server.checked("patch", "resourcequota", "small", f"--namespace={NAMESPACE}", "--subresource=status", "--type=merge", f"--patch={json.dumps(told)}")  # fmt: skip
    try:
        found = until(look, "pods", Level.FAIL, user="admin", memory="8704Mi")
        assert said in found.text
    finally:
        api_server.checked("delete", kind.lower(), "small", f"--namespace={NAMESPACE}")


@pytest.mark.parametrize(
    ("status", "level", "said"),
    [
        (PULLED, Level.OK, "a pod of its own had it"),
        ({"containerStatuses": [{"image": IMAGE, "state": {"waiting": {"reason": "ErrImagePull", "message": "not found"}}}]}, Level.FAIL, "cannot be pulled: not found"),
        ({"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/3 nodes are available"}]}, Level.WARN, "0/3 nodes"),
        ({}, Level.WARN, "was not there within 0 s"),
    ],
)  # fmt: skip
def test_an_image_is_tried_by_a_pod_of_which_nothing_is_left(
    api_server: ApiServer, look: Look, status: dict[str, Any], level: Level, said: str
) -> None:
    found = look("admin", status=status)["image"][-1]
    assert (found.level, said in found.text) == (level, True), found.text
    left = api_server.checked("get", "pods", "--selector=app.kubernetes.io/name=nbcode-doctor", f"--namespace={NAMESPACE}", "--output=name")  # fmt: skip
    assert left.stdout == ""


def test_a_template_that_stages_with_another_image_than_it_runs_is_told(
    api_server: ApiServer, installed: list[dict[str, Any]], look: Look
) -> None:
    template = copy.deepcopy(one(installed, "WorkflowTemplate", "nbcode-run"))
    containers(template)[0]["image"] = IMAGE.replace("1" * 64, "2" * 64)
    apply(api_server, [template])
    told = [each for each in look()["template"] if each.level is Level.FAIL]
    assert ["different images" in each.text for each in told] == [True]
    typed(api_server, told[0])
    assert not_well(look()) == {}
    apply(api_server, [one(installed, "WorkflowTemplate", "nbcode-run")])


def test_a_bucket_or_a_store_that_is_another_than_the_projects_is_told(look: Look) -> None:
    found = not_well(look("admin", store="s3://other/nbcode"))
    assert found == {"secrets": [Level.FAIL], "artifacts": [Level.FAIL]}


def test_nothing_is_left_of_what_was_tried(api_server: ApiServer, look: Look) -> None:
    look("admin")
    done = api_server.kubectl("get", "workflows", "--all-namespaces", "--output=json")
    assert json.loads(done.stdout)["items"] == []


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


@pytest.mark.parametrize(
    ("server", "code"), [("https://127.0.0.1:9", "NBC-H10"), ("", "NBC-H10"), ("signed out", "NBC-H11")]
)
def test_a_cluster_that_does_not_answer_is_a_finding(
    api_server: ApiServer, installed: object, nowhere: Path, server: str, code: str
) -> None:
    if server == "signed out":
        told = json.loads(api_server.kubeconfig.read_text())
        told["users"][0]["user"] = {"token": "no token of anybody"}
        nowhere.write_text(json.dumps(told))
    elif server:
        nowhere.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "n",
            "clusters": [{"name": "n", "cluster": {"server": server}}],
            "users": [{"name": "n", "user": {"token": "x"}}],
            "contexts": [{"name": "n", "context": {"cluster": "n", "user": "n"}}],
        }))  # fmt: skip
    (found, store) = cluster_findings(ports())
    assert (found.name, found.level, found.text[:7]) == ("cluster", Level.FAIL, code)
    assert found.fix
    assert "nbcode doctor" not in found.fix
    assert store.level is Level.OK


def test_control_what_the_ports_raise_is_what_is_told(api_server: ApiServer, installed: object) -> None:
    def refuses() -> None:
        from nbcode.primitives import Diagnostic

        fixes = ("set AWS_SECRET_ACCESS_KEY", "`nbcode doctor --on argo` tries it")
        raise NbcodeError([Diagnostic(code="NBC-H40", message="the store", cause="denied", fixes=fixes)])

    (found,) = [
        f for f in cluster_findings(replace(ports(), probe_store=refuses)) if f.name == "object store"
    ]
    assert found.level is Level.FAIL
    assert "AWS_SECRET_ACCESS_KEY" in found.fix


def test_a_journal_that_no_controller_sees_is_a_warning(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    look()
    found = {each.name: each.level for each in cluster_findings(replace(ports(), own_journal=True))}
    assert found["servers"] is Level.WARN
    assert "servers" not in {each.name for each in cluster_findings(ports())}


def test_the_program_tells_the_cluster_after_the_machine(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look()  # whose kubeconfig it is
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBCODE_STORE", raising=False)
    assert main(["doctor", "--on", "argo", "--json"]) == 3
    found = [one for one in json.loads(capsys.readouterr().out)["findings"] if one["area"] == "cluster"]
    assert [one["name"] for one in found if one["level"] == "fail"] == ["object store"]
    assert "NBCODE_STORE" in found[-2]["fix"]
    assert found[-1]["name"] == "servers"
    # The control: a project that runs here is not asked about a cluster.
    assert main(["doctor", "--json"]) == 0
    assert "cluster" not in {one["area"] for one in json.loads(capsys.readouterr().out)["findings"]}


def test_a_cluster_that_is_not_trusted_is_not_looked_at(
    look: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    look()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nbcode.toml").write_text('[run]\non = "argo"\n[argo]\nstore = "s3://of.somebody/else"\n')
    assert main(["doctor", "--json"]) == 3
    found = json.loads(capsys.readouterr().out)["findings"]
    assert "cluster" not in {one["area"] for one in found}
    assert [one["name"] for one in found if one["level"] == "fail"] == ["cluster"]
