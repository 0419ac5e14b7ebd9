"""Of a cluster: `deploy`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypedDict

from nbcode.commands.outputs.stopped import Findings


class DeployOutput(TypedDict):
    """``nbcode deploy --print``: the objects in the order in which they are to be made."""

    status: Literal["done"]
    namespace: str
    manifests: list[Mapping[str, object]]
    diagnostics: Findings
