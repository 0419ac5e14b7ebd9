"""A team's MLflow server as somebody runs one: an older MLflow or this one, SQLite or PostgreSQL, accounts, a path prefix, TLS."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import ssl
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from acceptance.project import ROOT
from fakes.authorities import Authority
from fakes.mlflow_server import serving_by

ENVIRONMENTS = ROOT / ".venv-servers"
VERSIONS = ("mlflow-2.15", "mlflow-3")
_ADMIN = ("admin", "administrator-1")
PASSWORD = "correct-horse-1"
_ACCOUNTS = """[mlflow]
default_permission = EDIT
database_uri = sqlite:///{place}/accounts.db
admin_username = {admin[0]}
admin_password = {admin[1]}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


@dataclass(frozen=True, kw_only=True)
class Server:
    """``uri`` as a client names it; ``variables`` are what everybody's environment needs for it."""

    uri: str
    variables: dict[str, str] = field(default_factory=dict)

    def of(self, account: str, password: str = PASSWORD) -> dict[str, str]:
        """The environment of somebody with an account."""
        signed = {"MLFLOW_TRACKING_USERNAME": account, "MLFLOW_TRACKING_PASSWORD": password}
        return {**self.variables, **signed, "USER": account, "LOGNAME": account}


def program(version: str) -> Path:
    """The ``mlflow`` of a server's own environment; without it the test is skipped."""
    found = ENVIRONMENTS / version / "bin" / "mlflow"
    if not found.exists():
        pytest.skip(f"no environment of {version}: make registry-servers")
    return found


@contextlib.contextmanager
def serving_a_team(
    place: Path,
    version: str = "mlflow-3",
    *,
    database: str | None = None,
    accounts: bool = True,
    prefix: str = "",
    behind: Authority | None = None,
) -> Iterator[Server]:
    """A server of ``version`` with alice and bob; what it holds is in ``place``, or its tables in ``database``."""

    def command(port: str) -> list[str]:
        made = [str(program(version)), "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
        made += ["--backend-store-uri", database or f"sqlite:///{place}/m.db"]
        made += ["--artifacts-destination", str(place / "artifacts")]
        made += ["--app-name", "basic-auth"] if accounts else []
        made += ["--static-prefix", prefix] if prefix else []
        if behind is not None:
            made += ["--uvicorn-opts", f"--ssl-certfile {behind.server} --ssl-keyfile {behind.key}"]
        return made

    (place / "accounts.ini").write_text(_ACCOUNTS.format(place=place, admin=_ADMIN))
    known = {
        "MLFLOW_AUTH_CONFIG_PATH": str(place / "accounts.ini"),
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "for tests alone",
        # A process of its own that imports all of MLflow, for evaluations that nobody asks for here.
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }
    trusting = None if behind is None else ssl.create_default_context(cafile=behind.certificate)
    with serving_by(
        command, place, environment=os.environ | known, asked=f"{prefix}/health", trusting=trusting
    ) as uri:
        told = {} if behind is None else {"MLFLOW_TRACKING_SERVER_CERT_PATH": str(behind.certificate)}
        for account in ("alice", "bob") if accounts else ():
            _make_account(uri + prefix, account, trusting)
        yield Server(uri=uri + prefix, variables=told)


def _make_account(uri: str, account: str, trusting: ssl.SSLContext | None) -> None:
    signed = base64.b64encode(":".join(_ADMIN).encode()).decode()
    request = urllib.request.Request(
        uri + "/api/2.0/mlflow/users/create",
        json.dumps({"username": account, "password": PASSWORD}).encode(),
        {"Authorization": f"Basic {signed}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, context=trusting) as answer:
        assert answer.status == 200
