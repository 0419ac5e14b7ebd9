"""The durable promotion: a journal, a pure ``step``, and ``reconcile``, which every starter calls.

Doors do not open windows: ``_sql`` (the journal in a database) and ``_lease`` (one holder a key) are chosen by wiring.
"""

from nbcode.promotion.failpoints import POINTS, failpoint
from nbcode.promotion.journal import Journal, JournalConflictError, JournalError, Transition
from nbcode.promotion.reconcile import Perform, Steps, reconcile
from nbcode.promotion.state import (
    Aliased,
    Built,
    Effect,
    Event,
    Failed,
    Failure,
    Finished,
    Promotion,
    Registered,
    Retried,
    Snapshotted,
    State,
    Submitted,
    Verified,
    effects_at,
    promotion_key,
    step,
)

__all__ = [
    "POINTS",
    "Aliased",
    "Built",
    "Effect",
    "Event",
    "Failed",
    "Failure",
    "Finished",
    "Journal",
    "JournalConflictError",
    "JournalError",
    "Perform",
    "Promotion",
    "Registered",
    "Retried",
    "Snapshotted",
    "State",
    "Steps",
    "Submitted",
    "Transition",
    "Verified",
    "effects_at",
    "failpoint",
    "promotion_key",
    "reconcile",
    "step",
]
