"""A team's PostgreSQL and MLflow beside the cluster: pods reach them, artifacts lie in S3, each is stopped and comes back alone."""

from __future__ import annotations

import base64
import json
import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow.fs import FileSelector

from acceptance.project import nbcode
from cluster.cluster import Cluster
from e2e.cluster import smoke
from e2e.registry.daily import project
from e2e.registry.servers import Server
from team_servers.team import Team

# What a pod of the cluster finds at an address; the last port is nobody's, the control.
REACHED = """
for port in 5432 5000 5433; do
  if nc -w 3 ADDRESS "$port" < /dev/null > /dev/null; then echo "$port open"; else echo "$port closed"; fi
done > /out/result
wget -q -O - http://ADDRESS:5000/health >> /out/result
"""
LOADED = """
import mlflow, sys
model = mlflow.pyfunc.load_model(f"models:/{sys.argv[1]}@candidate")
print(len(model.predict(model.input_example, params={"as_of": model.input_example["date"].max()})))
"""


@pytest.fixture
def rights(cluster: Cluster, tmp_path: Path) -> Iterator[None]:
    smoke.load_image(cluster, tmp_path)
    with smoke.with_rights(cluster):
        yield


@pytest.fixture
def all_run(team: Team) -> Iterator[Team]:
    """Whatever a test stops runs again afterwards."""
    yield team
    for name in ("s3", "postgres", "mlflow"):
        team.start(name)


def status(uri: str, account: tuple[str, str] | None = None) -> int:
    """Of the answer of MLflow to somebody who asks for experiments."""
    asked = urllib.request.Request(f"{uri}/api/2.0/mlflow/experiments/search?max_results=1")
    if account is not None:
        asked.add_header("Authorization", f"Basic {base64.b64encode(':'.join(account).encode()).decode()}")
    try:
        with urllib.request.urlopen(asked) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.usefixtures("rights")
def test_a_restricted_pod_reaches_both(cluster: Cluster, team: Team) -> None:
    name = f"reach-{secrets.token_hex(4)}"
    told = smoke.workflow(name, REACHED.replace("ADDRESS", team.database.address), f"smoke/{name}")
    cluster.kubectl("create", "--validate=strict", "--filename=-", given=json.dumps(told))
    ended = smoke.finished(cluster, name)
    assert ended["status"]["phase"] == "Succeeded", ended["status"]
    assert cluster.s3.read(f"smoke/{name}").decode() == "5432 open\n5000 open\n5433 closed\nOK"


def test_only_who_has_an_account_is_answered(team: Team) -> None:
    assert status(team.mlflow_uri) == 401
    assert status(team.mlflow_uri, ("researcher", "guessed-12345")) == 401
    assert status(team.mlflow_uri, ("researcher", team.passwords["researcher"])) == 200


def test_passwords_are_in_files_of_their_owner_alone_and_on_no_command_line(team: Team) -> None:
    words = [*team.passwords.values(), team.s3.secret_key]
    folders = (team.folder, team.tracking.processes.folder)
    holding = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
        and "data" not in path.parts
        and any(w in path.read_text(errors="replace") for w in words)
    ]
    assert len(holding) >= 5
    assert {path.stat().st_mode & 0o777 for path in holding} == {0o600}, holding
    commands = [p.read_bytes() for p in Path("/proc").glob("[0-9]*/cmdline") if _readable(p)]
    assert not [c for c in commands if any(w.encode() in c for w in words)]
    assert [c for c in commands if b"--artifacts-destination" in c]  # the control: the server is among them


def _readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


def test_a_promote_is_in_the_journal_and_its_artifact_in_s3_and_each_server_comes_back(
    cluster: Cluster, all_run: Team, tmp_path: Path
) -> None:
    team, who = all_run, all_run.environment()
    folder, model = project(tmp_path / "one", Server(uri=team.mlflow_uri)), f"daily_{secrets.token_hex(4)}"
    notebook = folder / "n.py"  # of an id of its own: the servers are shared
    notebook.write_text(notebook.read_text().replace("id: daily", f"id: {model}"))
    done = nbcode(folder, "promote", "n.py", "--json", environment=who)
    assert (done.code, done.json["status"]) == (0, "done"), done.said
    rows = team.database.execute(f"SELECT count(*) FROM promotions WHERE model = '{model}'", "journal")
    assert int(rows) == 1
    files = cluster.s3.filesystem().get_file_info(FileSelector("mlflow/artifacts", recursive=True))
    assert [f.path for f in files if f.base_name == "report.html"]

    team.stop("mlflow")
    away = nbcode(folder, "show", model, "--json", environment=who)
    assert "NBC-I28" in away.said, away.said
    team.start("mlflow")
    team.restart("postgres")
    team.stop("s3")
    without = loaded(team, model)
    assert without.returncode != 0, without.stdout
    team.start("s3")
    assert loaded(team, model).stdout == "6\n"
    again = nbcode(folder, "promote", "n.py", "--json", environment=who)
    assert (again.code, again.json["version"]) == (0, done.json["version"]), again.said


def loaded(team: Team, model: str) -> subprocess.CompletedProcess[str]:
    """What somebody who knows only MLflow gets; a store that is away is not waited for by the minute."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOADED, model],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **team.environment(), "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"},
    )
