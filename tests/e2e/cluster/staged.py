"""A run in one restricted pod of the cluster, staged by hand: no template, no controller; and what it leaves."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pyarrow.fs import FileSelector

from cluster.cluster import NAMESPACE, Cluster
from e2e.cluster import smoke
from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells, small_input
from nbcode.configuration import Isolation
from nbcode.run import Limits, RunPlan, content_digest
from nbcode.run.staged import staged_files

IMAGE = os.environ.get("NBCODE_RUNNER_NAME", "localhost/nbcode-runner:dev")
ARCHIVE = os.environ.get("NBCODE_RUNNER_IMAGE", "")
MEMORY_BYTES = 2 << 30
FINE = (
    "from sklearn.linear_model import Ridge\nprint('hello')\nprices = inputs['prices_csv']\n"
    "m = Ridge().fit(prices[['volume']], prices['close'])\nreport = {'ic_mean': 0.5}"
)


@contextmanager
def able(cluster: Cluster) -> Iterator[None]:
    """The node has the runner's image, and pods may report their results."""
    if not ARCHIVE:
        pytest.skip("no image of the runner: NBCODE_RUNNER_IMAGE names its archive (make runner-image)")
    cluster.load_image(Path(ARCHIVE))
    with smoke.with_rights(cluster):
        yield


def plan_of(root: Path, source: str = FINE, *, time_s: float = ENOUGH_S) -> RunPlan:
    return plan_of_cells(
        [("model", source)],
        [small_input(root)],
        run_id=f"m-{secrets.token_hex(4)}",
        limits=Limits(time_s=time_s, memory_bytes=MEMORY_BYTES),
        isolation=Isolation.LANDLOCK,
    )


def workflow(plan: RunPlan) -> dict[str, Any]:
    """One restricted pod; the object holds the run's name and a digest, and nothing of the notebook."""
    made = smoke.workflow(plan.run_id, "", "")
    (template,) = made["spec"]["templates"]
    container = template["container"]
    container |= {
        "image": IMAGE,
        # Said here: Argo would ask the image's registry for it.
        "command": ["/opt/nbcode/bin/python", "-m", "nbcode.run._pod"],
        "args": ["/in", "/out", "--content", content_digest(plan.content)],
        "env": [{"name": "HOME", "value": "/tmp"}],
        "volumeMounts": [{"name": name, "mountPath": f"/{name}"} for name in ("out", "tmp")],
    }
    template["volumes"] = [{"name": name, "emptyDir": {}} for name in ("out", "tmp")]
    template["inputs"] = {
        "artifacts": [{"name": "staged", "path": "/in", "s3": {"key": f"runs/{plan.run_id}/in"}}]
    }
    template["outputs"]["artifacts"][0] |= {"path": "/out", "s3": {"key": f"runs/{plan.run_id}/out"}}
    return made


def log_of(cluster: Cluster, plan: RunPlan) -> str:
    return cluster.kubectl(
        "logs", f"--namespace={NAMESPACE}", f"pod/{plan.run_id}", "--container=main"
    ).stdout


def submit(cluster: Cluster, plan: RunPlan, made: dict[str, Any]) -> None:
    """Carry the run's files to the object store, then make the Workflow."""
    files, bucket = cluster.s3.filesystem(), cluster.s3.bucket
    for name, held in staged_files(plan).items():
        with files.open_output_stream(f"{bucket}/runs/{plan.run_id}/in/{name}", compression=None) as stream:
            stream.write(held if isinstance(held, bytes) else held.read_bytes())
    cluster.kubectl("create", "--validate=strict", "--filename=-", given=json.dumps(made))


def ran(cluster: Cluster, plan: RunPlan, into: Path) -> Path:
    """What the run of ``plan`` in a pod left, in a folder of this machine."""
    files, bucket = cluster.s3.filesystem(), cluster.s3.bucket
    submit(cluster, plan, workflow(plan))
    ended = smoke.finished(cluster, plan.run_id)
    if ended["status"]["phase"] != "Succeeded":
        logs = cluster.kubectl(
            "logs", f"--namespace={NAMESPACE}", f"pod/{plan.run_id}", "--all-containers", check=False
        )
        raise AssertionError(json.dumps(ended["status"])[:3000] + logs.stdout[-3000:] + logs.stderr)
    root = f"{bucket}/runs/{plan.run_id}/out"
    for found in files.get_file_info(FileSelector(root, recursive=True)):
        if found.is_file:
            place = into / found.path.removeprefix(root + "/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(files.open_input_stream(found.path, compression=None).read())
    return into
