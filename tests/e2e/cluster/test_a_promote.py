"""A promote in a real cluster, with a real controller, PostgreSQL and MLflow: the same artifact as on this machine, and the laptop may be closed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import NBCODE, SEED, nbcode
from cluster.cluster import NAMESPACE, Cluster
from e2e.cluster import installed
from fakes.patience import ENOUGH_S
from team_servers.team import Team

ARCHIVE, IMAGE = (
    os.environ.get("NBCODE_RUNNER_IMAGE", ""),
    os.environ.get("NBCODE_RUNNER_NAME", installed.IMAGE),
)
SPECS = int(os.environ.get("NBCODE_CLUSTER_SPECS", "2"))
"""How many specs are promoted; an issue of the project asks for 20."""
PATIENCE_S = 10 * ENOUGH_S


@pytest.fixture(scope="module")
def prepared(cluster: Cluster, team: Team) -> Iterator[dict[str, str]]:
    """What a researcher's environment says of the cluster and of the team's servers."""
    if not ARCHIVE:
        pytest.skip("no image of the runner: NBCODE_RUNNER_IMAGE names its archive (make runner-image)")
    cluster.load_image(Path(ARCHIVE))
    with installed.installed(cluster, IMAGE):
        yield {
            **cluster.environment(),
            **team.environment("researcher"),
            "NBCODE_STORE": installed.address(cluster),
        }


@pytest.fixture(scope="module")
def controller(
    prepared: dict[str, str], team: Team, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[subprocess.Popen[bytes]]:
    folder = tmp_path_factory.mktemp("controller")
    environment = prepared | team.environment("controller") | {"XDG_STATE_HOME": str(folder / "state")}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [NBCODE, "controller", "--project", str(folder)],
            env=os.environ | environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        yield process
        process.send_signal(signal.SIGINT)
        process.wait(ENOUGH_S)


def project(folder: Path, number: int) -> Path:
    """The seed notebook as another model, with another definition."""
    folder.mkdir()
    text = SEED.read_text().replace("id: xsmom_v3", f"id: xsmom_{number}")
    changed = text.replace("window=60", f"window={40 + number}")
    assert changed != text
    (folder / "notebook.py").write_text(changed)
    return folder


def closed_after_submitting(folder: Path, environment: dict[str, str], *options: str) -> None:
    """A laptop that is closed when the run is submitted."""
    process = subprocess.Popen(
        [NBCODE, "promote", "notebook.py", "--on", "argo", *options],
        cwd=folder, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if line.rstrip().endswith("] run"):
            break
    process.kill()
    process.wait()
    assert process.returncode == -signal.SIGKILL, "".join(said)


def promotion_when_it_ended(folder: Path, environment: dict[str, str], model: str) -> dict[str, Any]:
    until_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < until_s:
        listed = nbcode(folder, "status", "--json", environment=environment).json["promotions"]
        (found,) = [one for one in listed if one["model"] == model]
        if found["state"] in {"done", "failed"}:
            ended: dict[str, Any] = found
            return ended
        time.sleep(2)
    raise AssertionError(json.dumps(found))


@pytest.mark.parametrize("number", range(SPECS))
def test_the_controller_registers_what_a_closed_laptop_submitted_with_the_artifact_of_this_machine(
    prepared: dict[str, str], controller: subprocess.Popen[bytes], tmp_path: Path, number: int
) -> None:
    here = nbcode(project(tmp_path / "here", number), "promote", "notebook.py", "--json")
    assert here.code == 0, here.said
    there = project(tmp_path / "there", number)
    closed_after_submitting(there, prepared)
    ended = promotion_when_it_ended(there, prepared, f"xsmom_{number}")
    assert (ended["state"], ended["runs_on"], ended["version"]) == ("done", "argo", 1), ended
    assert ended["artifact_digest"] == here.json["artifact_digest"]
    assert controller.poll() is None
    shown = nbcode(there, "show", f"xsmom_{number}", "--json", environment=prepared)
    assert [one["alias"] for one in shown.json["versions"]] == ["candidate"], shown.said


def test_folds_that_are_spread_over_pods_give_the_artifact_of_this_machine_with_the_laptop_closed(
    cluster: Cluster, prepared: dict[str, str], controller: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    here = nbcode(project(tmp_path / "here", 70), "promote", "notebook.py", "--json")
    assert here.code == 0, here.said
    there = project(tmp_path / "there", 70)
    closed_after_submitting(there, prepared, "--fan-out", "folds", "--parts", "3")
    ended = promotion_when_it_ended(there, prepared, "xsmom_70")
    assert (ended["state"], ended["artifact_digest"]) == ("done", here.json["artifact_digest"]), ended
    assert controller.poll() is None
    made = cluster.get("workflows.argoproj.io", f"--namespace={NAMESPACE}")["items"]
    runs = {one["metadata"]["annotations"]["nbcode.io/run"] for one in made}
    assert {one.removeprefix(ended["run_id"]) for one in runs if one.startswith(ended["run_id"])} == {
        "",
        *(f"-p{number}of3" for number in (1, 2, 3)),
    }


def test_control_a_cell_that_fails_there_is_told_by_cell_and_line_and_registers_nothing(
    prepared: dict[str, str], controller: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    folder = project(tmp_path / "there", 90)
    text = (folder / "notebook.py").read_text()
    (folder / "notebook.py").write_text(text.replace("report = ", "assert len(str(m)) == 0\nreport = "))
    ended = nbcode(folder, "promote", "notebook.py", "--on", "argo", "--json", environment=prepared)
    assert controller.poll() is None
    (found,) = [one for one in ended.json["diagnostics"] if one["severity"] == "error"]
    assert (ended.json["status"], found["code"], found["place"]["cell"]) == ("failed", "NBC-H01", 4), (
        ended.said
    )
    assert ended.json["version"] is None
