"""The base, applied to a real API server."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.api_server import ApiServer
from fakes.deployed import KUSTOMIZE, apply, kustomized


@pytest.fixture(scope="session")
def base(api_server: ApiServer) -> list[dict[str, Any]]:
    """What kustomize makes of the base; the server has it."""
    made = kustomized(api_server, KUSTOMIZE / "base")
    apply(api_server, made)
    return made
