"""`registry.uri`: a real MLflow server on this machine holds the candidate, and prints nothing into the answer."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.project import SEED, nbcode, trusted
from fakes.handing_on import in_front_of
from fakes.mlflow_server import serving

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as uri:
        yield uri


def test_the_candidate_is_on_the_server_and_a_second_promote_finds_it(server: str, tmp_path: Path) -> None:
    shutil.copy(SEED, tmp_path / "n.py")
    (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{server}"\n')
    trusted(tmp_path)
    first = nbcode(tmp_path, "promote", "n.py", "--json")
    assert first.code == 0, first.said
    assert (first.json["status"], first.json["alias"]) == ("done", "candidate")
    again = nbcode(tmp_path, "promote", "n.py", "--json")
    assert (again.json["status"], again.json["version"]) == ("exists", first.json["version"])
    code = (
        f"import mlflow; mlflow.set_tracking_uri('{server}');"
        "print(mlflow.pyfunc.load_model('models:/xsmom_v3@candidate').metadata.flavors.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "python_function" in done.stdout, done.stderr


def test_a_model_that_another_tool_made_on_the_server_is_refused_and_adopted_only_on_request(
    server: str, tmp_path: Path
) -> None:
    text = SEED.read_text().replace("xsmom_v3", "taken_name")
    (tmp_path / "n.py").write_text(text)
    (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{server}"\n')
    trusted(tmp_path)
    assert mlflow(
        server,
        "client.create_registered_model('taken_name', tags={'team': 'risk'})\n"
        "client.create_model_version('taken_name', source='s3://risk/m')\n"
        "client.set_registered_model_alias('taken_name', 'candidate', '1')\n",
    )
    refused = nbcode(tmp_path, "promote", "n.py", "--json")
    assert refused.code == 4, refused.said
    assert [d["code"] for d in refused.json["diagnostics"] if d["severity"] == "error"] == ["NBC-I24"]
    assert nbcode(tmp_path, "status", "--json").json["promotions"] == [], "it was asked before anything ran"
    look = "model = client.get_registered_model('taken_name'); print(dict(model.aliases), dict(model.tags))"
    assert "{'candidate': '1'} {'team': 'risk'}" in mlflow(server, look)
    adopted = nbcode(tmp_path, "promote", "n.py", "--adopt", "--json")
    assert (adopted.code, adopted.json["version"]) == (0, 2), adopted.err
    told = mlflow(server, look)
    assert "'candidate': '2'" in told
    assert "'nbcode.adopted_from': 'nobody'" in told


def test_who_promoted_is_asked_of_the_server_and_both_names_are_on_record(
    server: str, tmp_path: Path
) -> None:
    """The server in front knows accounts, as MLflow's basic-auth application does."""
    text = SEED.read_text().replace("xsmom_v3", "of_bob")
    (tmp_path / "n.py").write_text(text)
    with in_front_of(server, account="bob") as front:
        (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{front}"\n')
        trusted(tmp_path)
        done = nbcode(
            tmp_path, "promote", "n.py", "--json", environment={"USER": "alice", "LOGNAME": "alice"}
        )
        assert done.code == 0, done.said
    said = mlflow(server, "print(dict(client.get_model_version('of_bob', '1').tags))")
    assert "'nbcode.registered_as': 'bob'" in said
    assert "'nbcode.registered_by': 'alice'" in said
    (row,) = nbcode(tmp_path, "status", "--json").json["promotions"]
    assert (row["who"], row["account"]) == ("alice", "bob")


def mlflow(server: str, statements: str) -> str:
    code = (
        "from mlflow.tracking import MlflowClient\n"
        f"client = MlflowClient(tracking_uri={server!r}, registry_uri={server!r})\n{statements}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout or "done"
