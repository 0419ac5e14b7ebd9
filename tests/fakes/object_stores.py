"""Object stores for tests: one in memory, and a real gateway that speaks S3 over a folder, started for a test run and gone afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from obstore.store import MemoryStore, S3Store

from nbcode.objects import Bucket

BUCKET, VERSIONED = "panels", "kept-panels"
KEYS = ("nbcode-test", "a-secret-of-this-test-run")
_START_S = 30.0


@dataclass(kw_only=True)
class World:
    """A store with objects below ``uri``. ``opening`` is what the code under test opens an address with; ``asked`` counts the bytes that it was given."""

    uri: str
    store: Any
    opening: Any = None
    asked: list[str] = field(default_factory=list)

    def put(self, path: str, data: bytes, **attributes: str) -> None:
        import obstore

        obstore.put(self.store, f"p/{path}" if path else "p", data, attributes=attributes)

    def delete(self, path: str) -> None:
        import obstore

        obstore.delete(self.store, f"p/{path}")


def in_memory() -> World:
    """A store of this process alone."""
    store = MemoryStore()
    return World(uri="s3://panels/p", store=store, opening=lambda _uri: (store, "p"))


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """A running gateway: its address, the folder of its objects, and what clients read from their environment."""

    endpoint: str
    objects: Path

    @property
    def variables(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": KEYS[0],
            "AWS_SECRET_ACCESS_KEY": KEYS[1],
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    def bucket(self, name: str) -> S3Store:
        named: Any = {name.lower(): value for name, value in self.variables.items()}
        allowed: Any = {"allow_http": True}
        return S3Store(name, config=named, client_options=allowed)

    def ask(self, path: str, method: str = "PUT", body: str = "") -> str:
        """A signed request for what obstore has no words for."""
        command = ["curl", "-sS", "--fail-with-body", "--noproxy", "*", "--aws-sigv4", "aws:amz:us-east-1:s3"]
        command += ["-H", f"x-amz-content-sha256: {hashlib.sha256(body.encode()).hexdigest()}"]
        command += ["--user", ":".join(KEYS), "-X", method, "--data-binary", body, f"{self.endpoint}/{path}"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def program() -> Path | None:
    """The gateway that `make cluster-build-api` has built, None where it has not."""
    from cluster.builds import program as built
    from cluster.layout import ClusterError

    try:
        return built("versitygw")
    except ClusterError:
        return None


@contextlib.contextmanager
def gateway(binary: Path, folder: Path) -> Iterator[Gateway]:
    """Started over ``folder`` with two buckets, of which one keeps versions; ended afterwards."""
    objects, versions = folder / "objects", folder / "versions"
    objects.mkdir(parents=True)
    versions.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    keys = {"ROOT_ACCESS_KEY": KEYS[0], "ROOT_SECRET_KEY": KEYS[1]}
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [binary, "--port", address, "--region", "us-east-1", "--health", "/health",
             "posix", f"--versioning-dir={versions}", objects],
            env=os.environ | keys, stdout=log, stderr=log, cwd=folder,
        )  # fmt: skip
    try:
        made = Gateway(endpoint=f"http://{address}", objects=objects)
        _wait(server, made.endpoint, folder / "log")
        made.ask(BUCKET)
        made.ask(VERSIONED)
        made.ask(
            f"{VERSIONED}?versioning=",
            body="<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        )
        yield made
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _wait(server: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until_s = time.monotonic() + _START_S
    while True:
        with contextlib.suppress(OSError), opener.open(f"{endpoint}/health", timeout=5):
            return
        if server.poll() is not None or time.monotonic() > until_s:
            raise RuntimeError(log.read_text(errors="replace"))
        time.sleep(0.05)


class Counted:
    """What is put and read, by key without the prefix of its store."""

    def __init__(self, monkeypatch: Any) -> None:
        self.put: list[str] = []
        self.read: list[str] = []
        for name, seen in (("put", self.put), ("read", self.read)):
            monkeypatch.setattr(Bucket, name, _counting(getattr(Bucket, name), seen))


def _counting(plain: Any, seen: list[str]) -> Any:
    def asked(bucket: Bucket, key: str, *given: Any, **named: Any) -> Any:
        seen.append(key.partition("/")[2])
        return plain(bucket, key, *given, **named)

    return asked
