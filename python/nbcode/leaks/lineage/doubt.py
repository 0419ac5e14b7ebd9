"""A fact of dates and rows that another future may refute."""

from __future__ import annotations

import numpy as np

from nbcode.leaks.lineage.calls import Call, Role
from nbcode.primitives import Diagnostic, dataclass


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Doubt:
    """``fact`` does not hold where the argument ``role`` of ``call``, all of whose rows are up to ``cut``, stays as it is when only later data
    changes. That says something only where something else changes then: the table of ``moves``, or the same argument when what is after
    ``moves_at`` changes."""

    fact: Diagnostic
    call: Call
    role: Role
    cut: np.datetime64
    moves: Call | None = None
    moves_at: np.datetime64 | None = None
