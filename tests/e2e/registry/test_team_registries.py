"""One spec is one version on every server that a team may run, whoever promotes it; what stands in the way is told with a way out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from acceptance.project import Ended, nbcode
from e2e.registry.daily import project
from e2e.registry.servers import PASSWORD, VERSIONS, Server, program, serving_a_team
from fakes.authorities import Authority, made_authority
from fakes.postgres import Cluster

ASKED = """
import json, sys
import mlflow
model = mlflow.pyfunc.load_model("models:/daily@candidate")
found = model.predict(model.input_example, params={"as_of": model.input_example["date"].max()})
print(json.dumps([len(found), str(mlflow.MlflowClient().get_model_version_by_alias("daily", "candidate").version)]))
"""


@pytest.fixture(
    params=[(version, kind) for version in VERSIONS for kind in ("sqlite", "postgresql")], ids="-".join
)
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    version, kind = request.param
    program(version)  # before a cluster is begun
    database = None
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgres")
        database = cluster.new_database()
    (tmp_path / "server").mkdir()
    with serving_a_team(tmp_path / "server", version, database=database) as server:
        yield server


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    (tmp_path / "authority").mkdir()
    return made_authority(tmp_path / "authority")


def promoted(folder: Path, who: dict[str, str]) -> Ended:
    return nbcode(folder, "promote", "n.py", "--json", environment=who)


def codes(ended: Ended) -> list[str]:
    return [one["code"] for one in ended.json["diagnostics"] if one["severity"] == "error"]


def loaded(server: Server, who: dict[str, str], folder: Path) -> object:
    """What somebody who knows only MLflow gets of the candidate."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASKED],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={**os.environ, **who, "MLFLOW_TRACKING_URI": server.uri},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_two_accounts_promote_one_spec_to_one_version_that_anybody_loads(
    team: Server, tmp_path: Path
) -> None:
    alices, bobs = project(tmp_path / "alice", team), project(tmp_path / "bob", team)
    first = promoted(alices, team.of("alice"))
    assert (first.code, first.json["status"], first.json["version"]) == (0, "done", 1), first.err
    second = promoted(bobs, team.of("bob"))
    assert (second.code, second.json["version"]) == (0, 1), second.err
    shown = nbcode(bobs, "show", "daily", "--verify", "--json", environment=team.of("bob"))
    assert shown.code == 0, shown.said
    assert loaded(team, team.of("bob"), tmp_path) == [6, "1"]
    stranger = promoted(project(tmp_path / "carol", team), team.of("carol", "a-wrong-password"))
    assert (stranger.code, codes(stranger)) == (3, ["NBC-I25"])


def test_a_server_under_a_path_is_used_as_any_other(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with serving_a_team(tmp_path / "server", prefix="/research/mlflow") as server:
        assert server.uri.endswith("/research/mlflow")
        above = replace(server, uri=server.uri.removesuffix("/research/mlflow"))
        astray = promoted(project(tmp_path / "astray", above), server.of("alice"))
        assert (astray.code, codes(astray)) == (3, ["NBC-I27"]), astray.out
        mine = project(tmp_path / "alice", server)
        first = promoted(mine, server.of("alice"))
        assert (first.code, first.json["version"]) == (0, 1), first.err
        assert loaded(server, server.of("alice"), tmp_path) == [6, "1"]


def test_a_server_whose_certificate_the_house_signed_is_used_by_who_trusts_the_house(
    authority: Authority, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    with serving_a_team(tmp_path / "server", behind=authority) as server:
        mine = project(tmp_path / "alice", server)
        apart = {name: text for name, text in server.of("alice").items() if "CERT" not in name}
        refused = promoted(mine, apart)
        assert (refused.code, codes(refused)) == (3, ["NBC-I36"]), refused.out
        assert not (mine / ".nbcode" / "runs").exists() or not any((mine / ".nbcode" / "runs").iterdir())
        first = promoted(mine, server.of("alice"))
        assert (first.code, first.json["version"]) == (0, 1), first.err
        shown = nbcode(mine, "show", "daily", "--verify", "--json", environment=server.of("alice"))
        assert shown.code == 0, shown.said
        assert loaded(server, server.of("alice"), tmp_path) == [6, "1"]
        asked = nbcode(mine, "doctor", "--json", environment=apart)
        assert "MLFLOW_TRACKING_SERVER_CERT_PATH" in asked.out
    assert PASSWORD not in first.out + first.err + refused.out + refused.err
