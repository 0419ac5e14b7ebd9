"""`nbcode deploy --print`: what it prints is what kustomize makes of the same base, and what a cluster takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from cluster.api_server import ApiServer
from fakes.deployed import KUSTOMIZE, apply, by_name, kustomized, one
from nbcode.cli import main

DIGEST = "sha256:" + "0" * 64
RUNNER, CONTROLLER = f"registry.example:5000/nbcode-runner@{DIGEST}", f"registry.example/nbcode@{DIGEST}"
COMMON = {"--image": RUNNER, "--controller-image": CONTROLLER, "--store": "s3://bucket/nbcode"}


def printed(capsys: pytest.CaptureFixture[str], **options: str) -> list[dict[str, Any]]:
    told = COMMON | {f"--{name.replace('_', '-')}": value for name, value in options.items()}
    words = [word for name, value in told.items() for word in (name, value)]
    assert main(["deploy", "--print", *words]) == 0
    return list(yaml.safe_load_all(capsys.readouterr().out))


def as_data(objects: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    """Objects by name, the YAML within a ConfigMap as data. kustomize takes the policy for an object of a namespace; kubectl and the server do not."""
    for each in objects:
        if each["kind"].startswith("ValidatingAdmissionPolicy"):
            each["metadata"].pop("namespace", None)
    found = by_name(objects)
    for (kind, _, _), each in found.items():
        if kind == "ConfigMap":
            each["data"] = {name: yaml.safe_load(text) for name, text in each["data"].items()}
    return found


def test_it_prints_what_kustomize_makes_of_an_overlay_that_says_the_same(
    api_server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    found = as_data(
        printed(
            capsys,
            image="localhost/nbcode-runner:dev",
            controller_image="localhost/nbcode-controller:dev",
            store="s3://nbcode/nbcode",
            endpoint="http://s3.nbcode-s3.svc.cluster.local:9000",
            region="us-east-1",
        )
    )
    expected = as_data(kustomized(api_server, KUSTOMIZE / "overlays" / "kind"))
    differing = [name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)]
    assert differing == [("ResourceQuota", "nbcode", "nbcode")], (
        "the one thing in which that overlay is its own"
    )


def test_another_namespace_is_another_one_everywhere(
    api_server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """``1e3`` is a name that some readers of YAML take for a number."""
    made = printed(capsys, namespace="1e3", endpoint="https://s3.example")
    assert {each["metadata"]["namespace"] for each in made if "namespace" in each["metadata"]} == {"1e3"}
    subjects = [s["namespace"] for each in made for s in each.get("subjects", ())]
    assert set(subjects) == {"1e3"}
    apply(api_server, [each for each in made if each["kind"] == "Namespace"])
    apply(api_server, made, "--dry-run=server")


def test_kubectl_reads_what_is_printed_as_it_was_meant(
    api_server: ApiServer, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for name, value in COMMON.items() for word in (name, value)]
    assert main(["deploy", "--print", *words, "--namespace", "1e3"]) == 0
    text = capsys.readouterr().out
    done = api_server.kubectl("create", "--dry-run=client", "--output=json", "--filename=-", given=text)
    assert done.returncode == 0, done.stderr
    assert main(["deploy", "--json", *words, "--namespace", "1e3"]) == 0
    expected = json.loads(capsys.readouterr().out)["manifests"]
    assert as_data(objects_in(done.stdout)) == as_data(expected)


def objects_in(text: str) -> list[dict[str, Any]]:
    """One after another, as kubectl prints them."""
    found, place = [], 0
    while place < len(text):
        each, place = json.JSONDecoder().raw_decode(text, place)
        place += len(text[place:]) - len(text[place:].lstrip())
        found.append(each)
    return found


def test_the_store_is_in_the_repository_in_the_template_and_in_the_network_rules(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = printed(capsys, store="s3://bucket/a/b", endpoint="http://s3.example:9000", region="eu-central-1")
    s3 = yaml.safe_load(one(made, "ConfigMap", "artifact-repositories")["data"]["nbcode"])["s3"]
    secret = {"name": "nbcode-store"}
    assert s3 == {
        "endpoint": "s3.example:9000",
        "insecure": True,
        "bucket": "bucket",
        "region": "eu-central-1",
        "accessKeySecret": {**secret, "key": "AWS_ACCESS_KEY_ID"},
        "secretKeySecret": {**secret, "key": "AWS_SECRET_ACCESS_KEY"},
    }
    for name in ("nbcode-runs", "nbcode-controller"):
        rule = one(made, "NetworkPolicy", name)["spec"]["egress"][-1]
        assert {"port": 9000, "protocol": "TCP"} in rule["ports"]
    nothing = one(made, "NetworkPolicy", "nbcode-nothing")["spec"]
    assert "egress" not in nothing


def test_both_images_are_where_they_belong(capsys: pytest.CaptureFixture[str]) -> None:
    made = printed(capsys)
    (container,) = one(made, "Deployment", "nbcode-controller")["spec"]["template"]["spec"]["containers"]
    assert container["image"] == CONTROLLER


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--namespace", "Not_A_Name"),
        ("--namespace", "a" * 64),
        ("--namespace", "x\nkind: Secret"),
        ("--namespace", "kube-system"),
        ("--namespace", "default"),
        ("--namespace", "argo"),
        ("--image", "registry.example/Runner:1"),
        ("--image", "a b"),
        ("--image", "runner@sha256:123"),
        ("--image", ""),
        ("--controller-image", "x: {}"),
        ("--store", "s3://bucket/../other"),
        ("--store", "s3://bucket/{{inputs.parameters.run}}"),
        ("--store", "https://bucket/prefix"),
        ("--store", "/tmp/x"),
        ("--store", "s3://Bucket_x/y"),
        ("--store", "s3://bucket/" + "p" * 513),
        ("--endpoint", "s3.example:9000"),
        ("--endpoint", "http://s3.example/path"),
        ("--endpoint", "http://user:secret@s3.example"),
        ("--endpoint", "http://s3.example:x"),
        ("--region", "eu central"),
    ],
)
def test_what_no_cluster_takes_is_refused_by_the_option(
    capsys: pytest.CaptureFixture[str], option: str, value: str
) -> None:
    told = COMMON | {option: value}
    words = [word for name, each in told.items() for word in (name, each)]
    assert main(["deploy", "--json", *words]) == 2
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert found["code"] == "NBC-K01"
    assert found["message"].startswith(option)
    assert "secret" not in json.dumps(found)
    (fix,) = found["fixes"]
    typed = told | dict([fix.removeprefix("write ").split()])
    capsys.readouterr()
    assert main(["deploy", "--json", *(word for name, each in typed.items() for word in (name, each))]) == 0


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--namespace", "Team_A", "lower-case letters"),
        ("--namespace", "kube-public", "it is not nbcode's own"),
        ("--image", "runner@sha256:", "64 hexadecimal digits"),
        ("--store", "s3://NBCODE_x/y", "'NBCODE_x' is no bucket"),
        ("--store", "s3://bucket/a//b", "'a//b' is no prefix"),
        ("--store", "s3://bucket/" + "p" * 1100, "has 1100 characters"),
    ],
)
def test_the_cause_is_what_is_wrong_with_the_value(
    capsys: pytest.CaptureFixture[str], option: str, value: str, said: str
) -> None:
    words = [word for name, each in (COMMON | {option: value}).items() for word in (name, each)]
    assert main(["deploy", "--json", *words]) == 2
    (found,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert said in found["cause"]


def test_all_that_is_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy", "--json"]) == 2
    found = json.loads(capsys.readouterr().out)["diagnostics"]
    assert [each["message"] for each in found] == [
        "--image is not said",
        "--controller-image is not said",
        "--store is not said",
    ]


@pytest.mark.parametrize(("image", "told"), [(RUNNER, []), ("registry.example/nbcode-runner:1", ["NBC-K02"])])
def test_an_image_by_a_tag_is_a_warning(
    capsys: pytest.CaptureFixture[str], image: str, told: list[str]
) -> None:
    words = [word for name, value in (COMMON | {"--image": image}).items() for word in (name, value)]
    assert main(["deploy", "--json", *words]) == 0
    assert [each["code"] for each in json.loads(capsys.readouterr().out)["diagnostics"]] == told


def test_without_print_nothing_is_applied_and_that_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["deploy"]) == 2
    assert "write --print" in capsys.readouterr().err
