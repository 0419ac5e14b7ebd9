"""The leak probe: the calls that learn and test in plain Python cells, as they are recorded, and whether what they learnt from knew the future."""

from nbcode.leaks.judged import Built
from nbcode.leaks.lineage import (
    Lineage,
    Look,
    Obstacle,
    not_looked_at,
    stretches,
    until_stopped,
    write_predictions,
)
from nbcode.leaks.probe import probe_definition, probe_leaks
from nbcode.leaks.recording import JudgedBefore, Recorder
from nbcode.leaks.tables import PART, can_have_parts, has_dates, parts_of, write_parts

__all__ = [
    "PART",
    "Built",
    "JudgedBefore",
    "Lineage",
    "Look",
    "Obstacle",
    "Recorder",
    "can_have_parts",
    "has_dates",
    "not_looked_at",
    "parts_of",
    "probe_definition",
    "probe_leaks",
    "stretches",
    "until_stopped",
    "write_parts",
    "write_predictions",
]
