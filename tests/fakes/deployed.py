"""The manifests as kustomize makes them, and a real API server that holds the base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from cluster.api_server import ApiServer

ROOT = Path(__file__).parents[2]
KUSTOMIZE = ROOT / "deploy" / "kustomize"
OVERLAYS = ("kind", "example")
NAMESPACE = "nbcode"


def kustomized(server: ApiServer, folder: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(server.checked("kustomize", str(folder)).stdout))


def apply(server: ApiServer, objects: list[dict[str, Any]], *options: str) -> str:
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    done = server.kubectl(
        "apply", "--server-side", "--validate=strict", "--force-conflicts", "--filename=-", *options, given=json.dumps(listed)
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def by_name(objects: list[dict[str, Any]]) -> dict[tuple[str, str, str], dict[str, Any]]:
    named = {
        (one["kind"], one["metadata"].get("namespace", ""), one["metadata"]["name"]): one for one in objects
    }
    assert len(named) == len(objects)
    return named


def one(objects: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    (found,) = [each for each in objects if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found
