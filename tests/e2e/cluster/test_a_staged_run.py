"""The same run in a restricted pod of a real cluster and on this machine: one result, byte for byte."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyarrow.fs import FileSelector

from cluster.cluster import NAMESPACE, Cluster
from e2e.cluster import smoke
from fakes.patience import ENOUGH_S
from fakes.plans import plan_of_cells, small_input
from nbcode.configuration import Isolation
from nbcode.primitives import digest_bytes
from nbcode.run import Limits, RunPlan, RunStatus, content_digest, drive
from nbcode.run._local import LocalRunner
from nbcode.run.record import read_record
from nbcode.run.staged import staged_files

IMAGE = "localhost/nbcode-runner:dev"
ARCHIVE = os.environ.get("NBCODE_RUNNER_IMAGE", "")
FINE = (
    "from sklearn.linear_model import Ridge\nprint('hello')\nprices = inputs['prices_csv']\n"
    "m = Ridge().fit(prices[['volume']], prices['close'])\nreport = {'ic_mean': 0.5}"
)
# What a cell of the pod tries; each is refused, and the control below makes them without the runner's walls.
ATTEMPTS = """
import json, os, socket
def tried(action):
    try:
        action()
        return True
    except OSError:
        return False
def connect(address, kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(3); s.connect(address); s.send(b"x")
found = {
    "api server": tried(lambda: connect((os.environ.get("API_HOST", "10.96.0.1"), 443))),
    "udp": tried(lambda: connect(("10.96.0.10", 53), socket.SOCK_DGRAM)),
    "metadata": tried(lambda: connect(("169.254.169.254", 80), socket.SOCK_DGRAM)),
    "token": tried(lambda: open("/var/run/secrets/kubernetes.io/serviceaccount/token").read()),
    "staged": tried(lambda: open("/in/staged.json").read()),
    "passwd": tried(lambda: open("/etc/passwd").read()),
    "other processes": tried(lambda: open("/proc/1/environ").read()),
    "outside": tried(lambda: open("/tmp/left", "w").write("x")),
    "result": tried(lambda: open("/out/run.json", "w").write("{}")),
}
"""


@pytest.fixture(scope="module", autouse=True)
def prepared(cluster: Cluster) -> Iterator[None]:
    if not ARCHIVE:
        pytest.skip("no image of the runner: NBCODE_RUNNER_IMAGE names its archive (make runner-image)")
    cluster.load_image(Path(ARCHIVE))
    with smoke.with_rights(cluster):
        yield


def plan_of(root: Path, source: str = FINE) -> RunPlan:
    limits = Limits(time_s=ENOUGH_S, memory_bytes=2 << 30)
    return plan_of_cells(
        [("model", source)],
        [small_input(root)],
        run_id=f"m-{secrets.token_hex(4)}",
        limits=limits,
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


def test_the_result_of_a_pod_is_the_one_of_this_machine(cluster: Cluster, tmp_path: Path) -> None:
    plan = plan_of(tmp_path)
    out = ran(cluster, plan, tmp_path / "pod")
    record = read_record(out)
    assert record is not None
    assert (record.status, record.isolation) == (RunStatus.FINISHED, "landlock"), record.diagnostics
    assert "seccomp" in record.layers
    here = drive(LocalRunner(tmp_path / "runs"), plan, into=tmp_path / "here", on_event=lambda _: None)
    assert here.result is not None
    there = {file.path: digest_bytes((out / "raw" / file.path).read_bytes()) for file in here.result.files}
    assert there == {file.path: file.digest for file in here.result.files}
    # The executor of Argo writes lines of its own between.
    told = [line for line in log_of(cluster, plan).splitlines() if line.startswith("{")]
    assert told == (out / "events.jsonl").read_text().splitlines()


def test_the_object_holds_no_text_of_the_notebook(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, FINE + "\nmarker_of_the_cell = 1\n" + "# " + "x" * (20 << 20))
    told = json.dumps(workflow(plan))
    assert "marker_of_the_cell" not in told
    assert len(told) <= 16 << 10


def found_in(text: str) -> dict[str, bool]:
    """What the attempts found: the object behind FOUND."""
    told = re.search(r"FOUND (\{[^}]*\})", text)
    assert told is not None, text[-2000:]
    found: dict[str, bool] = json.loads(told[1].replace('\\"', '"'))
    return found


def test_a_cell_reaches_nothing_of_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    told = f"{ATTEMPTS}\nprint('FOUND', json.dumps(found))\n{FINE}"
    out = ran(cluster, plan_of(tmp_path, told), tmp_path / "pod")
    found = found_in((out / "executed.ipynb").read_text())
    assert set(found.values()) == {False}, found
    record = read_record(out)
    assert record is not None
    assert (record.status, [one.code for one in record.diagnostics]) == (RunStatus.FAILED, ["NBC-E11"])


def test_control_the_same_attempts_in_the_same_pod_without_the_runner_succeed(
    cluster: Cluster, tmp_path: Path
) -> None:
    """The pod's own walls leave them open: no token is there, and of other processes nothing is another's."""
    plan = plan_of(tmp_path)
    made = workflow(plan)
    container = made["spec"]["templates"][0]["container"]
    script = (
        f"{ATTEMPTS}\nprint('FOUND', json.dumps(found), flush=True)\nopen('/out/events.jsonl', 'w').close()"
    )
    container |= {"command": ["/opt/nbcode/bin/python", "-c", script], "args": []}
    submit(cluster, plan, made)
    assert smoke.finished(cluster, plan.run_id)["status"]["phase"] == "Succeeded"
    found = found_in(log_of(cluster, plan))
    assert [name for name, reached in found.items() if not reached] == ["token"], found


# Every kernel of alpha_bench is asked for; how often numba compiled rather than load what the image has.
COUNTED = """
import time
from numba.core import event
from alpha_bench.describe import warm_up
begun = time.monotonic()
with event.install_recorder("numba:compile") as seen:
    warm_up()
print("FOUND", {"compiled": len(seen.buffer), "seconds": round(time.monotonic() - begun, 1)})
"""


def compiled(cluster: Cluster, root: Path, *more: str) -> int:
    """How many events of compilation a run in a pod has, with ``more`` arguments of it."""
    root.mkdir()
    plan = plan_of(root, f"{COUNTED}\n{FINE}")
    made = workflow(plan)
    made["spec"]["templates"][0]["container"]["args"] += more
    submit(cluster, plan, made)
    assert smoke.finished(cluster, plan.run_id)["status"]["phase"] == "Succeeded"
    text = cluster.s3.read(f"runs/{plan.run_id}/out/executed.ipynb").decode()
    told = re.search(r"FOUND \{'compiled': (\d+), 'seconds': ([\d.]+)\}", text)
    assert told is not None, text[-2000:]
    print(f"kernels {more}: {told[0]}")
    return int(told[1])


def test_a_cold_pod_compiles_no_kernel(cluster: Cluster, tmp_path: Path) -> None:
    """Where the node's processor is of the kind of the machine that built the image, as here."""
    assert compiled(cluster, tmp_path / "one") == 0


def test_control_without_the_image_s_kernels_they_are_compiled(cluster: Cluster, tmp_path: Path) -> None:
    assert compiled(cluster, tmp_path / "one", "--kernels", "/none") > 0
