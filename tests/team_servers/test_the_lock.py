"""The servers that tests run are of the version that nbcode's own lock has."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def locked(lock: Path) -> str:
    packages = tomllib.loads(lock.read_text())["package"]
    return next(str(one["version"]) for one in packages if one["name"] == "mlflow")


def test_a_team_s_server_is_of_the_mlflow_that_is_locked_for_nbcode() -> None:
    assert locked(ROOT / "deploy" / "mlflow" / "uv.lock") == locked(ROOT / "uv.lock")
