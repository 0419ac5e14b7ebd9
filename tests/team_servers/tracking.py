"""MLflow on PostgreSQL; artifacts go through it to S3, so that no client has a key of the store. Accounts with passwords."""

from __future__ import annotations

import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.layout import ClusterError
from cluster.object_store import ObjectStore, answers
from cluster.processes import Processes

NAME = "mlflow"
ADMINISTRATOR = "administrator"
_OF_CLIENTS = ("MLFLOW_TRACKING_URI", "PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
ENVIRONMENT = Path(__file__).parents[2] / ".venv-servers" / "team"
"""From deploy/mlflow, by ``make team-environment``."""
_ACCOUNTS = """[mlflow]
default_permission = EDIT
database_uri = {database}
admin_username = {name}
admin_password = {password}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
"""
"""Without a cache every request hashes the password anew: 0.3 s of processor time each, and a registration is dozens of requests."""


@dataclass(frozen=True, kw_only=True)
class Tracking:
    """A server below ``folder``; no password is on its command line or in its environment, they are in files of mode 0600."""

    folder: Path
    address: str
    port: int
    processes: Processes

    @property
    def uri(self) -> str:
        return f"http://{self.address}:{self.port}"

    def begin(self, database: str, passwords: Mapping[str, str], store: ObjectStore, workers: int) -> None:
        """``database`` is an address with a user and no password; returns when the server answers."""
        program = ENVIRONMENT / "bin" / "mlflow"
        if not program.exists():
            raise ClusterError("MLflow's server is not installed", fix="make team-environment")
        self.folder.mkdir(mode=0o700)
        told = _ACCOUNTS.format(database=database, name=ADMINISTRATOR, password=passwords[ADMINISTRATOR])
        accounts = write_private(self.folder / "accounts.ini", told)
        pgpass = write_private(self.folder / "pgpass", f"*:*:*:*:{passwords['mlflow']}\n")
        keys = (
            f"[default]\naws_access_key_id = {store.access_key}\naws_secret_access_key = {store.secret_key}\n"
        )
        store.filesystem().create_dir("mlflow")
        self.processes.start(
            NAME,
            [program, "server", "--host", self.address, "--port", str(self.port), "--workers", str(workers),
             "--backend-store-uri", database, "--serve-artifacts", "--artifacts-destination", "s3://mlflow/artifacts",
             "--app-name", "basic-auth"],
            {
                "MLFLOW_AUTH_CONFIG_PATH": str(accounts),
                "MLFLOW_FLASK_SERVER_SECRET_KEY": secrets.token_urlsafe(24),
                "PGPASSFILE": str(pgpass),
                "AWS_SHARED_CREDENTIALS_FILE": str(write_private(self.folder / "s3-keys", keys)),
                "AWS_ENDPOINT_URL": store.endpoint,
                "AWS_REGION": store.region,
                # A process of its own that imports all of MLflow, for evaluations that nobody asks for here.
                "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
                # Whoever starts it may be a client, and what is said to clients is not for it.
                **dict.fromkeys(_OF_CLIENTS, ""),
            },
        )  # fmt: skip
        self.wait()

    def wait(self) -> None:
        """Until it answers."""
        self.processes.wait(NAME, lambda: answers(f"{self.uri}/health"))

    def stop(self) -> None:
        """With the workers that it has started."""
        self.processes.stop_group(NAME)

    def make_account(self, name: str, password: str, administrator: str) -> None:
        """By the administrator's password."""
        signed = base64.b64encode(f"{ADMINISTRATOR}:{administrator}".encode()).decode()
        request = urllib.request.Request(
            f"{self.uri}/api/2.0/mlflow/users/create",
            json.dumps({"username": name, "password": password}).encode(),
            {"Authorization": f"Basic {signed}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60):
                return
        except urllib.error.HTTPError as error:
            raise ClusterError(
                f"the account {name} is not made: {error.read()[:500]!r}",
                fix=f"read {self.processes.log(NAME)}",
            ) from error


def write_private(path: Path, text: str) -> Path:
    """For its owner alone."""
    path.touch(mode=0o600)
    path.write_text(text)
    return path
