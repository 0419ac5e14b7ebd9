"""The keys of ``[meta]``."""

from __future__ import annotations

KEYS = (
    "id",
    "kind",
    "horizon",
    "owner",
    "data",
    "inputs",
    "model",
    "report",
    "signal",
    "outputs",
    "description",
    "gates",
    "as_of",
)
KINDS = ("model", "signal")
REQUIRED = ("id", "kind", "horizon", "owner")
EXAMPLES = {
    "id": "id: xsmom_v3",
    "kind": "kind: model",
    "horizon": "horizon: 10d",
    "owner": "owner: my-team",
}
"""A line for each key that must be there."""
