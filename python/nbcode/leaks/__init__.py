"""The leak probe: the calls that learn and test in plain Python cells, as they are recorded, and whether what they learnt from knew the future."""

from nbcode.leaks._parts import PART, can_have_parts, parts_of, write_parts
from nbcode.leaks.calls import Lineage
from nbcode.leaks.definition_look import Built
from nbcode.leaks.judged_before import JudgedBefore
from nbcode.leaks.keys import has_dates
from nbcode.leaks.look import Look, Obstacle, not_looked_at, until_stopped
from nbcode.leaks.predicted import write_predictions
from nbcode.leaks.probe import probe_definition, probe_leaks
from nbcode.leaks.recorder import Recorder
from nbcode.leaks.stretches import stretches

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
