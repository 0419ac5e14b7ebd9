"""The same run in a restricted pod of a real cluster and on this machine: one result, byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.cluster import Cluster
from e2e.cluster import smoke
from e2e.cluster.staged import FINE, able, log_of, plan_of, ran, submit, workflow
from nbcode.primitives import digest_bytes
from nbcode.run import RunStatus, drive
from nbcode.run._local import LocalRunner
from nbcode.run.record import read_record


@pytest.fixture(scope="module", autouse=True)
def prepared(cluster: Cluster) -> Iterator[None]:
    with able(cluster):
        yield


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
