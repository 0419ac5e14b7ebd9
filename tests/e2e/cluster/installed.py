"""What an administrator installs for nbcode in the namespace of the tests: accounts, the store's secret and the template of runs."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml
from lightkube import Client, KubeConfig

from cluster.cluster import NAMESPACE, Cluster
from e2e.cluster import smoke
from nbcode.run._argo import ArgoRunner, Place
from nbcode.run._object_store import ObjectStore, open_store

BASE = Path(__file__).parents[3] / "deploy" / "kustomize" / "base"
EXECUTOR = "nbcode-executor"
IMAGE = "localhost/nbcode-runner:dev"


def template(image: str = IMAGE) -> dict[str, Any]:
    """The template that is shipped, with an image that the node has."""
    made: dict[str, Any] = yaml.safe_load((BASE / "workflow-template.yaml").read_text())
    made["metadata"]["namespace"] = NAMESPACE
    (run,) = made["spec"]["templates"]
    for container in (run["container"], *run["initContainers"]):
        container |= {"image": image, "imagePullPolicy": "Never"}
    made["spec"]["dnsPolicy"] = "Default"  # the tests' cluster has no name service
    return made


def store_secret(cluster: Cluster) -> dict[str, Any]:
    """What the staging container alone gets."""
    told = {"NBCODE_STORE": address(cluster), **cluster.s3.variables()}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "nbcode-store", "namespace": NAMESPACE},
        "data": {name: base64.b64encode(value.encode()).decode() for name, value in told.items()},
    }


def address(cluster: Cluster) -> str:
    return f"s3://{cluster.s3.bucket}/nbcode"


@contextmanager
def installed(cluster: Cluster, image: str = IMAGE) -> Iterator[None]:
    """Inside, runs can be submitted; afterwards no Workflow is left."""
    cluster.apply(*smoke.rights(EXECUTOR), store_secret(cluster), template(image))
    yield
    cluster.kubectl("delete", "workflows", "--all", f"--namespace={NAMESPACE}", "--wait=true")


def store(cluster: Cluster) -> ObjectStore:
    """The runs' object store; its credentials have to be in the environment."""
    return open_store(address(cluster), cluster.s3.endpoint)


@contextmanager
def connection(cluster: Cluster) -> Iterator[Client]:
    """A client of the cluster's API, as its administrator."""
    config = KubeConfig.from_file(cluster.kubeconfig).get()
    with Client(config=config, namespace=NAMESPACE) as client:
        yield client


def runner(cluster: Cluster, client: Client) -> ArgoRunner:
    return ArgoRunner(Place(namespace=NAMESPACE), store(cluster), client=lambda: client)
