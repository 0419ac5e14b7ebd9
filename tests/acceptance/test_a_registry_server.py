"""`registry.uri`: a real MLflow server on this machine holds the candidate, and prints nothing into the answer."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from acceptance.project import SEED, nbcode, trusted


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    place = tmp_path_factory.mktemp("server")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        str(Path(sys.executable).parent / "mlflow"),
        "server",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += [
        "--backend-store-uri",
        f"sqlite:///{place}/m.db",
        "--artifacts-destination",
        str(place / "artifacts"),
    ]
    with (place / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=place, start_new_session=True)
    try:
        yield answering(f"http://127.0.0.1:{port}", process, place / "log")
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # it starts workers of its own
        process.wait(timeout=30)


def answering(uri: str, process: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(120):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(uri + "/health", timeout=1):
                return uri
        except OSError:
            time.sleep(0.5)
    raise AssertionError(log.read_text())


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
