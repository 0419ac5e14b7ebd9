"""A promote in a real cluster, with a real controller, PostgreSQL and MLflow: the same artifact as on this machine, and the laptop may be closed."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from acceptance.project import SEED, nbcode
from cluster.cluster import Cluster
from e2e.cluster.batches import closed_after_submitting
from e2e.cluster.deployed import Deployed, deployed
from e2e.registry.daily import market
from fakes.patience import ENOUGH_S
from team_servers.team import Team

SPECS = int(os.environ.get("NBCODE_CLUSTER_SPECS", "2"))
"""How many specs are promoted; an issue of the project asks for 20."""
FAILING = """# %% [meta]
# id: fails_there
# kind: model
# horizon: 5d
# owner: me
# inputs:
#   prices: prices.csv
# %% [features]
import pandas as pd
prices = pd.read_csv("prices.csv")
# %% [model]
from sklearn.linear_model import Ridge
m = Ridge().fit(prices[["close"]], prices["close"])
# %% [eval]
report = {"r2": float(m.score(prices[["close"]], prices["close"]))}
1 / (len(prices) - len(prices))
"""
PATIENCE_S = 10 * ENOUGH_S


@pytest.fixture(scope="module")
def place(cluster: Cluster, team: Team) -> Iterator[Deployed]:
    """With a controller that has begun, in its pod."""
    with deployed(cluster, "nbcode-promotes", team) as made:
        made.kubectl("rollout", "status", "deployment/nbcode-controller", f"--timeout={ENOUGH_S:.0f}s")
        yield made
        assert restarts(made) == [0], made.kubectl("logs", "deployment/nbcode-controller").stdout[-4000:]


@pytest.fixture
def prepared(place: Deployed, team: Team, tmp_path: Path) -> dict[str, str]:
    """What a researcher's environment says of the cluster and of the team's servers."""
    kubeconfig = str(place.as_submitter(tmp_path))
    return {**place.environment(), **team.environment("researcher"), "KUBECONFIG": kubeconfig}


def restarts(place: Deployed) -> list[int]:
    """Of the controller's container, for each of its pods."""
    selector = "--selector=app.kubernetes.io/name=nbcode-controller"
    pods = place.cluster.get("pods", selector, f"--namespace={place.namespace}")["items"]
    return [status["restartCount"] for pod in pods for status in pod["status"]["containerStatuses"]]


def project(folder: Path, number: int) -> Path:
    """The seed notebook as another model, with another definition."""
    folder.mkdir()
    text = SEED.read_text().replace("id: xsmom_v3", f"id: xsmom_{number}")
    changed = text.replace("window=60", f"window={40 + number}")
    assert changed != text
    (folder / "notebook.py").write_text(changed)
    return folder


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
    prepared: dict[str, str], tmp_path: Path, number: int
) -> None:
    here = nbcode(project(tmp_path / "here", number), "promote", "notebook.py", "--json")
    assert here.code == 0, here.said
    there = project(tmp_path / "there", number)
    closed_after_submitting(there, "notebook.py", prepared)
    ended = promotion_when_it_ended(there, prepared, f"xsmom_{number}")
    assert (ended["state"], ended["runs_on"], ended["version"]) == ("done", "argo", 1), json.dumps(ended)
    assert ended["artifact_digest"] == here.json["artifact_digest"]
    shown = nbcode(there, "show", f"xsmom_{number}", "--json", environment=prepared)
    assert [one["alias"] for one in shown.json["versions"]] == ["candidate"], shown.said


def test_folds_that_are_spread_over_pods_give_the_artifact_of_this_machine_with_the_laptop_closed(
    place: Deployed, prepared: dict[str, str], tmp_path: Path
) -> None:
    here = nbcode(project(tmp_path / "here", 30), "promote", "notebook.py", "--json")
    assert here.code == 0, here.said
    there = project(tmp_path / "there", 30)
    closed_after_submitting(there, "notebook.py", prepared, "--fan-out", "folds", "--parts", "3")
    ended = promotion_when_it_ended(there, prepared, "xsmom_30")
    assert (ended["state"], ended["artifact_digest"]) == ("done", here.json["artifact_digest"]), ended
    made = place.cluster.get("workflows.argoproj.io", f"--namespace={place.namespace}")["items"]
    runs = {one["metadata"]["annotations"]["nbcode.io/run"] for one in made}
    assert {one.removeprefix(ended["run_id"]) for one in runs if one.startswith(ended["run_id"])} == {
        "",
        *(f"-p{number}of3" for number in (1, 2, 3)),
    }


def test_what_was_cancelled_is_run_again_by_somebody_who_has_nothing_of_it(
    prepared: dict[str, str], tmp_path: Path
) -> None:
    """Not the project, not the notebook, not the laptop's store: the journal, the object store and the controller have all that is needed."""
    here = nbcode(project(tmp_path / "here", 31), "promote", "notebook.py", "--json")
    assert here.code == 0, here.said
    there, elsewhere = project(tmp_path / "there", 31), tmp_path / "elsewhere"
    elsewhere.mkdir()
    closed_after_submitting(there, "notebook.py", prepared)
    told = nbcode(elsewhere, "cancel", "xsmom_31", environment=prepared)
    assert told.code == 0, told.said
    ended = promotion_when_it_ended(there, prepared, "xsmom_31")
    assert (ended["state"], ended["code"]) == ("failed", "NBC-H41"), ended
    again = nbcode(elsewhere, "retry", "xsmom_31", "--json", environment=prepared)
    assert (again.code, again.json["status"], again.json["version"]) == (0, "done", 1), again.said
    assert (again.json["artifact_digest"], again.json["alias"]) == (here.json["artifact_digest"], "candidate")


def test_control_a_cell_that_fails_there_is_told_by_cell_and_line_and_registers_nothing(
    prepared: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "there"
    folder.mkdir()
    market(folder)
    (folder / "notebook.py").write_text(FAILING)
    ended = nbcode(folder, "promote", "notebook.py", "--on", "argo", "--json", environment=prepared)
    (found,) = [one for one in ended.json["diagnostics"] if one["severity"] == "error"]
    assert (ended.json["status"], found["code"]) == ("failed", "NBC-H01"), ended.said
    assert (found["path"], found["cell"], found["line"]) == ("notebook.py", 4, 3), ended.said
    assert found["message"] == "the cell raised ZeroDivisionError"
    assert ended.json["run_id"], "it failed in the cluster"
    assert ended.json["version"] is None
