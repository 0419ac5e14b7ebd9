"""What `nbcode deploy` prints, in a namespace of its own on the real cluster, with what an administrator adds to it by hand."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cluster.cluster import Cluster
from fakes.patience import ENOUGH_S
from team_servers.team import Team

ARCHIVE, CONTROLLER_ARCHIVE = (
    os.environ.get("NBCODE_RUNNER_IMAGE", ""),
    os.environ.get("NBCODE_CONTROLLER_IMAGE", ""),
)
IMAGE = os.environ.get("NBCODE_RUNNER_NAME", "localhost/nbcode-runner:dev")
CONTROLLER_IMAGE = os.environ.get("NBCODE_CONTROLLER_NAME", "localhost/nbcode-controller:dev")


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """nbcode in ``namespace``, its runs below ``store``."""

    cluster: Cluster
    namespace: str
    store: str

    def environment(self) -> dict[str, str]:
        """What a person's program is told of it."""
        told = {"NBCODE_STORE": self.store, "NBCODE_NAMESPACE": self.namespace}
        return {**self.cluster.environment(), **told}

    def as_submitter(self, folder: Path) -> Path:
        """A kubeconfig that has the submitter's rights and no others."""
        asked = self.cluster.kubectl("create", "token", "nbcode-submitter", f"--namespace={self.namespace}")
        told = json.loads(self.cluster.kubeconfig.read_text())
        told["users"][0]["user"] = {"token": asked.stdout.strip()}
        path = folder / "kubeconfig"
        path.touch(mode=0o600)
        path.write_text(json.dumps(told))
        return path

    def kubectl(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return self.cluster.kubectl(*arguments, f"--namespace={self.namespace}", check=check)


@contextmanager
def deployed(cluster: Cluster, namespace: str, team: Team | None = None) -> Iterator[Deployed]:
    """All of it; with ``team`` the controller runs, on that team's servers. Skips where there is no image."""
    load(cluster, "runner", ARCHIVE, IMAGE, "NBCODE_RUNNER")
    place = Deployed(
        cluster=cluster, namespace=namespace, store=f"s3://{cluster.s3.bucket}/{namespace}/place"
    )
    made = printed(place, controllers=0 if team is None else 1)
    secrets = [secret(place, "nbcode-store", {"NBCODE_STORE": place.store, **cluster.s3.variables()})]
    if team is not None:
        load(cluster, "controller", CONTROLLER_ARCHIVE, CONTROLLER_IMAGE, "NBCODE_CONTROLLER")
        secrets.append(secret(place, "nbcode-controller", team.environment("controller")))
    cluster.apply(*made, *secrets)
    wait_for_token(place)
    yield place
    policies = [one for one in made if one["kind"].startswith("ValidatingAdmission")]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "items": policies})
    cluster.kubectl("delete", "--filename=-", given=listed)
    cluster.kubectl("delete", "namespace", namespace, "--wait=true")


def load(cluster: Cluster, kind: str, archive: str, name: str, variable: str) -> None:
    """``archive`` becomes an image of the node; where only its name is told, it is one."""
    if not archive and f"{variable}_NAME" not in os.environ:
        pytest.skip(f"no image of the {kind}: {variable}_IMAGE names its archive (make {kind}-image)")
    if archive:
        cluster.load_image(Path(archive))


def printed(place: Deployed, *, controllers: int) -> list[dict[str, Any]]:
    """The program itself, and what it prints for this cluster."""
    s3 = place.cluster.s3
    done = subprocess.run(
        [Path(sys.executable).with_name("nbcode"), "deploy", "--json", "--namespace", place.namespace, "--image", IMAGE,
         "--controller-image", CONTROLLER_IMAGE, "--store", place.store, "--endpoint", s3.endpoint, "--region", s3.region],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    made: list[dict[str, Any]] = json.loads(done.stdout)["manifests"]
    for one in made:  # the tests' cluster has no name service
        if one["kind"] == "WorkflowTemplate":
            one["spec"]["dnsPolicy"] = "Default"
        if one["kind"] == "Deployment":
            one["spec"]["replicas"] = controllers
            one["spec"]["template"]["spec"]["dnsPolicy"] = "Default"
    return made


def secret(place: Deployed, name: str, told: Mapping[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": place.namespace},
        "data": {key: base64.b64encode(value.encode()).decode() for key, value in told.items()},
    }


def wait_for_token(place: Deployed) -> None:
    until_s = time.monotonic() + ENOUGH_S
    asked = ("secret", "nbcode-executor.service-account-token", f"--namespace={place.namespace}")
    while not place.cluster.get(*asked).get("data"):
        assert time.monotonic() < until_s
        time.sleep(0.2)
