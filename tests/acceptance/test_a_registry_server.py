"""`registry.uri`: a real MLflow server on this machine holds the candidate, and prints nothing into the answer."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from acceptance.project import SEED, nbcode, trusted
from fakes.mlflow_server import serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server")) as uri:
        yield uri


def test_the_candidate_is_on_the_server_and_a_second_promote_finds_it(server: str, tmp_path: Path) -> None:
    shutil.copy(SEED, tmp_path / "n.py")
    (tmp_path / "nbcode.toml").write_text(f'[registry]\nuri = "{server}"\n')
    trusted(tmp_path)
    first = nbcode(tmp_path, "promote", "n.py", "--json")
    assert first.code == 0, first.err
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
    assert refused.code == 4, refused.err
    assert [d["code"] for d in refused.json["diagnostics"] if d["severity"] == "error"] == ["NBC-I24"]
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
        assert done.code == 0, done.err
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


@contextlib.contextmanager
def in_front_of(server: str, *, account: str) -> Iterator[str]:
    """A server that says who one is, and hands everything else on."""

    class Handler(BaseHTTPRequestHandler):
        def hand_on(self) -> None:
            if self.path == "/api/2.0/mlflow/users/current":
                return self.answer(200, {}, json.dumps({"user": {"username": account}}).encode())
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in {"host", "connection"}}
            asked = urllib.request.Request(
                server + self.path, data=body or None, headers=headers, method=self.command
            )
            try:
                with urllib.request.urlopen(asked) as got:
                    return self.answer(got.status, dict(got.headers), got.read())
            except urllib.error.HTTPError as error:
                return self.answer(error.code, dict(error.headers), error.read())

        def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = hand_on  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=front.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{front.server_address[1]}"
    finally:
        front.shutdown()
        thread.join()
        front.server_close()
