"""Whatever a cell tries in a pod, it reaches nothing that was not declared, and takes no more than it was given. The controls make the same attempts in the same
pod without the runner's walls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.cluster import Cluster
from cluster.layout import API_SERVICE, NODE_ADDRESS, S3_PORT
from e2e.cluster import smoke
from e2e.cluster.attempts import NOWHERE, REACHES, found_in, script
from e2e.cluster.staged import FINE, able, log_of, plan_of, ran, submit, workflow
from nbcode.run import RunStatus
from nbcode.run.record import read_record

PLACES = (API_SERVICE, "10.96.0.10", NODE_ADDRESS, NODE_ADDRESS, S3_PORT)
BLOCK = "block = b'0' * (1 << 20)\n"
# What it takes too much of, and the code by which the run says so.
TAKES = {
    "processes": ("import os\nwhile True: os.fork()", "NBC-E11"),
    "processes, C": ("import ctypes\nlibc = ctypes.CDLL(None)\nwhile True: libc.fork()", "NBC-E11"),
    "threads": (
        "import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "NBC-H01",
    ),
    "memory": ("x = bytearray(10 << 30)", "NBC-H02"),
    "10 GB in a file": (
        BLOCK + "with open('big', 'wb') as f:\n    for _ in range(10_240): f.write(block)",
        "NBC-H05",
    ),
    "10 GB in many files": (
        BLOCK + "for n in range(10_240): open(f'big{n}', 'wb').write(block)",
        "NBC-H05",
    ),
    "10 GB in files without a name": (
        BLOCK
        + "import os\nheld = []\nfor n in range(160):\n    held += [open('big', 'wb')]; os.unlink('big'); held[-1].write(64 * block)",
        "NBC-H05",
    ),
    "time": ("while True: pass", "NBC-H03"),
}
# As much as the other end takes in time, of which a part is kept; or the kernel's memory is full of what waits.
PRINTS = "for _ in range(10_000): print('0' * 1_000_000)"


@pytest.fixture(scope="module", autouse=True)
def prepared(cluster: Cluster) -> Iterator[None]:
    with able(cluster):
        yield


def test_a_cell_reaches_nothing_that_it_did_not_declare(cluster: Cluster, tmp_path: Path) -> None:
    told = f"{script(REACHES | NOWHERE, PLACES)}\n{FINE}"
    out = ran(cluster, plan_of(tmp_path, told), tmp_path / "pod")
    found = found_in((out / "executed.ipynb").read_text())
    assert len(found) >= 40
    assert [name for name, reached in found.items() if reached] == []
    record = read_record(out)
    assert record is not None
    assert (record.status, {one.code for one in record.diagnostics}) == (RunStatus.FAILED, {"NBC-E11"})


def test_control_the_same_attempts_in_the_same_pod_without_the_runner_succeed(
    cluster: Cluster, tmp_path: Path
) -> None:
    """But those that the pod itself refuses: no token is there, no key, and no right."""
    plan = plan_of(tmp_path)
    made = workflow(plan)
    container = made["spec"]["templates"][0]["container"]
    told = f"{script(REACHES | NOWHERE, PLACES)}\nopen('/out/events.jsonl', 'a').close()"
    container |= {"command": ["/opt/nbcode/bin/python", "-c", told], "args": []}
    container["env"] += [{"name": "ATTEMPTS_IN", "value": "/tmp"}]
    submit(cluster, plan, made)
    ended = smoke.finished(cluster, plan.run_id)
    found = found_in(log_of(cluster, plan))
    assert ended["status"]["phase"] == "Succeeded", json.dumps(ended["status"])[:2000]
    assert {name for name, reached in found.items() if not reached} == set(NOWHERE)


def taken(cluster: Cluster, folder: Path, source: str, time_s: float = 300.0) -> tuple[RunStatus, list[str]]:
    """How the run ended, and the codes of what it said; what it left is small."""
    out = ran(cluster, plan_of(folder, f"{source}\n{FINE}", time_s=time_s), folder / "pod")
    record = read_record(out)
    assert record is not None
    assert sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) < 64 << 20
    return record.status, [f"{one.code} {one.message}" for one in record.diagnostics]


@pytest.mark.parametrize("name", TAKES)
def test_a_cell_takes_no_more_than_it_was_given(cluster: Cluster, tmp_path: Path, name: str) -> None:
    source, code = TAKES[name]
    status, told = taken(cluster, tmp_path, source, 20.0 if name == "time" else 300.0)
    assert (status, [one[:7] for one in told]) == (RunStatus.FAILED, [code]), told


def test_what_is_printed_without_end_is_kept_in_part(cluster: Cluster, tmp_path: Path) -> None:
    status, told = taken(cluster, tmp_path, PRINTS)
    assert status is RunStatus.FINISHED or [one[:7] for one in told] == ["NBC-H02"], told
