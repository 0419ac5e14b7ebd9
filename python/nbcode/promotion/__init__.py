"""The durable promotion: a journal, a pure ``step``, and ``reconcile``, which every starter calls.

Doors do not open windows: ``_sql`` (the journal in a database, leases of a team) and ``_lease`` (leases of one machine) are chosen
by wiring.
"""

from nbcode.promotion.dossier import HandOver
from nbcode.promotion.drift import FinalModels
from nbcode.promotion.failpoints import POINTS, failpoint
from nbcode.promotion.failures import diagnostics_of, failure_of
from nbcode.promotion.gates import Evidence, failing_gates, resting_on_cells
from nbcode.promotion.journal import (
    Journal,
    JournalConflictError,
    JournalError,
    JournalSchema,
    Transition,
    refuse_newer,
    unsealed,
)
from nbcode.promotion.leases import Holder, LeaseHeldError, Leases
from nbcode.promotion.ownership import Owner, SealedJournal, of_project, other_projects
from nbcode.promotion.perform import Artifacts, EffectPorts, Pending, Performer, RunEnd, Runs
from nbcode.promotion.promoted_cells import PROMOTED_NAME
from nbcode.promotion.reconcile import Perform, ReconcileResult, Steps, reconcile
from nbcode.promotion.refits import (
    compared_with,
    data_until,
    last_changed,
    limit_not_met,
    line_elsewhere,
    on_older_data,
    place_in_line,
    spec_from,
)
from nbcode.promotion.registering import (
    alias_against_ledger,
    alias_moved,
    candidate_in_ledger,
    given_back,
    lost_version,
    parameters_of,
)
from nbcode.promotion.state import (
    REGISTERED_STATES,
    AdoptionAllowed,
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
    RunLost,
    Snapshotted,
    State,
    Submitted,
    Verified,
    effects_at,
    is_of_a_controller,
    next_run_id,
    promotion_key,
    step,
)
from nbcode.promotion.storing import store_result
from nbcode.promotion.tried import RunBegun, counted, tried
from nbcode.promotion.version_page import SHARPE_AFTER_COSTS, headline_of, metrics_of

__all__ = [
    "POINTS",
    "PROMOTED_NAME",
    "REGISTERED_STATES",
    "SHARPE_AFTER_COSTS",
    "AdoptionAllowed",
    "Aliased",
    "Artifacts",
    "Built",
    "Effect",
    "EffectPorts",
    "Event",
    "Evidence",
    "Failed",
    "Failure",
    "FinalModels",
    "Finished",
    "HandOver",
    "Holder",
    "Journal",
    "JournalConflictError",
    "JournalError",
    "JournalSchema",
    "LeaseHeldError",
    "Leases",
    "Owner",
    "Pending",
    "Perform",
    "Performer",
    "Promotion",
    "ReconcileResult",
    "Registered",
    "Retried",
    "RunBegun",
    "RunEnd",
    "RunLost",
    "Runs",
    "SealedJournal",
    "Snapshotted",
    "State",
    "Steps",
    "Submitted",
    "Transition",
    "Verified",
    "alias_against_ledger",
    "alias_moved",
    "candidate_in_ledger",
    "compared_with",
    "counted",
    "data_until",
    "diagnostics_of",
    "effects_at",
    "failing_gates",
    "failpoint",
    "failure_of",
    "given_back",
    "headline_of",
    "is_of_a_controller",
    "last_changed",
    "limit_not_met",
    "line_elsewhere",
    "lost_version",
    "metrics_of",
    "next_run_id",
    "of_project",
    "on_older_data",
    "other_projects",
    "parameters_of",
    "place_in_line",
    "promotion_key",
    "reconcile",
    "refuse_newer",
    "resting_on_cells",
    "spec_from",
    "step",
    "store_result",
    "tried",
    "unsealed",
]
