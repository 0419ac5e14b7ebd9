"""What a run leaves behind of its calls: rows, arguments and figures, the futures it is asked for, and the sentence a look ends in."""

from nbcode.leaks.lineage.calls import (
    NAME,
    UNKNOWN,
    Argument,
    Best,
    BestOf,
    Call,
    Kind,
    Lineage,
    Role,
    Rows,
    Scored,
)
from nbcode.leaks.lineage.changes import Change, Future, leaving, trends
from nbcode.leaks.lineage.doubt import Doubt
from nbcode.leaks.lineage.fit_periods import stretches
from nbcode.leaks.lineage.look import (
    CODE,
    Look,
    Obstacle,
    OutOfTime,
    leaks_found,
    no_leaks_found,
    not_looked_at,
    until_stopped,
)
from nbcode.leaks.lineage.predicted import write_predictions
from nbcode.leaks.lineage.spelling import Spelling, parsed
from nbcode.leaks.lineage.targets import column_of_target

__all__ = [
    "CODE",
    "NAME",
    "UNKNOWN",
    "Argument",
    "Best",
    "BestOf",
    "Call",
    "Change",
    "Doubt",
    "Future",
    "Kind",
    "Lineage",
    "Look",
    "Obstacle",
    "OutOfTime",
    "Role",
    "Rows",
    "Scored",
    "Spelling",
    "column_of_target",
    "leaks_found",
    "leaving",
    "no_leaks_found",
    "not_looked_at",
    "parsed",
    "stretches",
    "trends",
    "until_stopped",
    "write_predictions",
]
