"""Many promotes of a small model on the real cluster, whose laptops are closed when their runs are submitted; and how each ended."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from acceptance.project import NBCODE, nbcode, trusted
from e2e.cluster.deployed import Deployed
from e2e.registry.daily import NOTEBOOK, market
from fakes.patience import ENOUGH_S
from team_servers.team import Team

CONTROLLER = "--selector=app.kubernetes.io/name=nbcode-controller"
_CONFIG = """
[run]
on = "argo"
memory_limit = "1 GB"
[argo]
cpu = "250m"
[data.market]
prices = "prices.csv"
"""
_AT_ONCE = 2
"""Laptops, on a machine that is the cluster as well."""


@dataclass(kw_only=True)
class Batch:
    """``environment`` is what a researcher's program is told of the cluster and the team's servers."""

    place: Deployed
    team: Team
    folder: Path
    environment: dict[str, str]
    models: list[str] = field(default_factory=list)

    def submit(self, count: int) -> Batch:
        """So many new models; returns when each has its run in the cluster and its laptop is closed."""
        prefix = f"b{secrets.token_hex(3)}"
        self.folder.mkdir(parents=True, exist_ok=True)
        market(self.folder)
        self.models = [f"{prefix}_{number:03}" for number in range(count)]
        with ThreadPoolExecutor(_AT_ONCE) as laptops:
            list(laptops.map(self._submit_one, self.models))
        return self

    def _submit_one(self, model: str) -> None:
        folder = self.folder / model
        folder.mkdir()
        # A link more would change the inode's time while another laptop reads it.
        shutil.copyfile(self.folder / "prices.csv", folder / "prices.csv")
        (folder / "n.py").write_text(NOTEBOOK.replace("id: daily", f"id: {model}"))
        (folder / "nbcode.toml").write_text(_CONFIG)
        closed_after_submitting(trusted(folder), "n.py", self.environment)

    def promotions(self) -> dict[str, dict[str, Any]]:
        """What the journal says of each; asked of it directly, so that no program of ours is between."""
        names = ", ".join(f"'{model}'" for model in self.models)
        asked = f"SELECT json_agg(p) FROM (SELECT model, state, failure FROM promotions WHERE model IN ({names})) p"
        rows = json.loads(self.team.database.execute(asked, "journal") or "null") or []
        return {one["model"]: one for one in rows}

    def wait(self, meanwhile: Callable[[], None] = lambda: None) -> dict[str, dict[str, Any]]:
        """Until all of them have ended; ``meanwhile`` is called again and again."""
        until_s = time.monotonic() + ENOUGH_S + 60.0 * len(self.models)
        while time.monotonic() < until_s:
            meanwhile()
            try:
                found = self.promotions()
            except (
                AssertionError,
                OSError,
                subprocess.SubprocessError,
                ValueError,
            ):  # the server was taken away
                found = {}
            if len(found) == len(self.models) and all(
                one["state"] in ("done", "failed") for one in found.values()
            ):
                return found
            time.sleep(2)
        raise AssertionError(f"not ended: {json.dumps(self.promotions())[:4000]}")

    def versions(self) -> Counter[str]:
        """How many versions MLflow's own database has of each model."""
        names = ", ".join(f"'{model}'" for model in self.models)
        asked = f"SELECT string_agg(name, ' ') FROM model_versions WHERE name IN ({names})"
        return Counter(self.team.database.execute(asked, "mlflow").split())

    def candidates(self) -> Counter[str]:
        names = ", ".join(f"'{model}'" for model in self.models)
        asked = f"SELECT string_agg(name, ' ') FROM registered_model_aliases WHERE alias = 'candidate' AND name IN ({names})"
        return Counter(self.team.database.execute(asked, "mlflow").split())


def closed_after_submitting(folder: Path, notebook: str, environment: dict[str, str], *options: str) -> None:
    """A laptop that is closed when the run is submitted: its program is killed."""
    process = subprocess.Popen(
        [NBCODE, "promote", notebook, "--on", "argo", *options],
        cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    said = []
    with process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.rstrip().endswith("] run"):
                break
        process.kill()
    assert process.returncode == -signal.SIGKILL, "".join(said)


def controllers(place: Deployed) -> list[str]:
    """The names of the controller's pods that are not ending."""
    listed = place.cluster.get("pods", CONTROLLER, f"--namespace={place.namespace}")["items"]
    return [one["metadata"]["name"] for one in listed if "deletionTimestamp" not in one["metadata"]]


def running_pods(place: Deployed) -> list[str]:
    """Pods of runs whose main container runs now."""
    listed = place.cluster.get(
        "pods", "--selector=workflows.argoproj.io/workflow", f"--namespace={place.namespace}"
    )
    return [
        one["metadata"]["name"]
        for one in listed["items"]
        if any(
            s["name"] == "main" and "running" in s["state"]
            for s in one["status"].get("containerStatuses", ())
        )
        and "deletionTimestamp" not in one["metadata"]
    ]


def workflows(place: Deployed) -> list[str]:
    """Workflows that are not over."""
    listed = place.cluster.get("workflows", f"--namespace={place.namespace}")["items"]
    over = {"Succeeded", "Failed", "Error"}
    return [one["metadata"]["name"] for one in listed if (one.get("status") or {}).get("phase") not in over]


def resident_mb(words: Sequence[str]) -> list[float]:
    """Of the processes of this machine whose command line has ``words`` in a row: the pods run on it."""
    wanted, found = b"\0".join(word.encode() for word in words), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "cmdline").read_bytes():
                pages = int((process / "statm").read_text().split()[1])
                found.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
        except (OSError, IndexError):
            continue
    return found


def verified(batch: Batch, model: str) -> bool:
    """Whether what is registered is what its digests say, by the registry alone."""
    shown = nbcode(
        batch.folder / model,
        "show",
        model,
        "--version",
        "1",
        "--verify",
        "--json",
        environment=batch.environment,
    )
    return shown.code == 0
