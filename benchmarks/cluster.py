"""A promote on a warm cluster, and the bare pod with the same work: its staging and its main container, without Argo, without the promote's own steps.
``python -m benchmarks cluster``; needs ``make cluster-up``, and an image of the runner (NBCODE_RUNNER_IMAGE: its archive, or NBCODE_RUNNER_NAME where the node has it)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.timing import BIN, ROOT, Timing, row

NAMESPACE = "nbcode-benchmark"
_LOOK_S = 0.1
_STEP = re.compile(r"^\[ *([0-9.]+) s\] (\S+)")
_OVER = frozenset({"Succeeded", "Failed"})


def run(runs: int) -> None:
    """Print the figures."""
    sys.path.insert(0, str(ROOT / "tests"))
    from cluster.cluster import running
    from e2e.cluster.deployed import deployed

    cluster = running()
    if cluster is None:
        print("cluster: it is not up: make cluster-up")
        return
    promotes, pods, steps = [], [], []
    with deployed(cluster, NAMESPACE) as place, tempfile.TemporaryDirectory() as folder:
        environment = os.environ | place.environment()
        for number in range(runs + 1):
            took, told = _promoted(Path(folder), number, environment)
            pod = _bare(place)
            if number:  # the first one warms up, and makes the project's store and sample
                promotes.append(took)
                pods.append(pod)
                steps.append(told)
    bare, whole = Timing(seconds=tuple(pods)), Timing(seconds=tuple(promotes))
    row("the bare pod", bare)
    row("promote --on argo of a changed notebook", whole, bare)
    over = sorted(one - pod for one, pod in zip(promotes, pods, strict=True))
    print(
        f"  over the bare pod: {over[len(over) // 2]:.1f} s ({over[0]:.1f} to {over[-1]:.1f}); asked: at most 5 s"
    )
    for name in steps[-1]:
        print(f"    {name:20} {sorted(each.get(name, 0.0) for each in steps)[len(steps) // 2]:6.2f} s")


def _promoted(folder: Path, number: int, environment: dict[str, str]) -> tuple[float, dict[str, float]]:
    """Seconds of a promote of the seed notebook with another definition, in a project where it was promoted before, and of each of its steps."""
    text = (ROOT / "examples" / "xsmom_v3" / "notebook.py").read_text()
    (folder / "notebook.py").write_text(text.replace("window=60", f"window={61 + number}"))
    began = time.perf_counter()
    done = subprocess.run(
        [BIN / "nbcode", "promote", "notebook.py", "--on", "argo"],
        cwd=folder, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    took = time.perf_counter() - began
    found = [(float(at[1]), at[2]) for line in done.stderr.splitlines() if (at := _STEP.match(line))]
    ends = [at for at, _ in found[1:]] + [took]
    steps: dict[str, float] = {"start": found[0][0]}
    for (at, name), end in zip(found, ends, strict=True):
        steps[name] = steps.get(name, 0.0) + end - at
    return took, steps


def _bare(place: Any) -> float:
    """Seconds of a pod with the containers of the last run's pod that are not Argo's, from its creation to its end."""
    listed = place.cluster.get(
        "pods", "--selector=workflows.argoproj.io/workflow", f"--namespace={place.namespace}"
    )
    last = max(listed["items"], key=lambda one: one["metadata"]["creationTimestamp"])["spec"]
    (stage,) = [one for one in last["initContainers"] if one["name"] == "stage"]
    (main,) = [one for one in last["containers"] if one["name"] == "main"]
    # Argo begins the command through a program of its own, after `--`.
    words = main["command"]
    command = [*words[words.index("--") + 1 :], *main.get("args", ())]
    ours = {"in", "out", "tmp", "stage-tmp"}
    containers = [
        _plain(stage, stage.get("command", []) + stage.get("args", []), ours),
        _plain(main, command, ours),
    ]
    name = f"bare-{int(time.time() * 1000)}"
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": place.namespace},
        "spec": {
            "restartPolicy": "Never",
            "automountServiceAccountToken": False,
            "dnsPolicy": last["dnsPolicy"],
            "securityContext": last["securityContext"],
            "volumes": [one for one in last["volumes"] if one["name"] in ours],
            "initContainers": containers[:1],
            "containers": containers[1:],
        },
    }
    began = time.perf_counter()
    place.cluster.kubectl("create", "--filename=-", given=json.dumps(pod))
    while (
        phase := place.cluster.get("pod", name, f"--namespace={place.namespace}")["status"].get("phase")
    ) not in _OVER:
        time.sleep(_LOOK_S)
    if phase != "Succeeded":
        raise RuntimeError(f"the bare pod ended as {phase}")
    return time.perf_counter() - began


def _plain(container: dict[str, Any], command: list[str], volumes: set[str]) -> dict[str, Any]:
    kept = {
        key: container[key]
        for key in ("name", "image", "imagePullPolicy", "envFrom", "securityContext", "resources")
        if key in container
    }
    env = [one for one in container.get("env", ()) if not one["name"].startswith("ARGO_")]
    mounts = [one for one in container.get("volumeMounts", ()) if one["name"] in volumes]
    return {**kept, "command": command, "env": env, "volumeMounts": mounts}
