"""The engine: the only file that walks the data to compute expressions.

1. ``make_plan`` orders the nodes under the wanted expressions, each distinct one once, arguments first.
2. Every field that is read must be in the panel; all that are missing are reported at once (R06).
3. For each step: a field is the panel's own array (nothing is copied); a constant stays a number where its user is
   element-wise and becomes an array elsewhere; any other node is its operator's implementation applied to its arguments.
4. Values that no later step needs are freed at once, and their memory is used again: an element-wise operator writes over an
   operand that it is the last to use, any other over what earlier steps left. Fields of the panel are never written.
5. The wanted values are returned in the order asked, as (T, N) float64, C-contiguous, sessions down.

A value at session ``t`` is made from sessions ``t - lookback .. t + lookahead`` only, and its bits do not depend on how many
sessions follow, nor on the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import AlphaBenchError, nearest
from alpha_bench.expr import Expr, bind
from alpha_bench.kernels import COMPILED, REFERENCE, Implementation
from alpha_bench.operators import Reach, operator
from alpha_bench.plan import ExecutionPlan, make_plan

__all__ = ["Fields", "bind", "compute", "execute"]

Floats: TypeAlias = NDArray[np.float64]


class Fields(Protocol):
    """What the engine needs of a panel: its shape and its arrays, all (T, N) float64."""

    @property
    def shape(self) -> tuple[int, int]: ...
    @property
    def fields(self) -> Mapping[str, Floats]: ...
    @property
    def groups(self) -> Mapping[str, Floats]: ...


def compute(exprs: Sequence[Expr], panel: Fields, *, reference: bool = False) -> list[Floats]:
    """Values of ``exprs`` on ``panel``: a list of (T, N) arrays; treat them as read-only.

    ``reference=True`` uses the numpy references instead of the compiled kernels.

    Raises:
        AlphaBenchError: R06 for fields that the panel does not have.
    """
    return execute(make_plan(exprs), panel, REFERENCE if reference else COMPILED)


def execute(
    plan: ExecutionPlan, panel: Fields, implementations: Mapping[str, Implementation]
) -> list[Floats]:
    """Steps 2 to 5."""
    _check_fields(plan, panel)
    values: dict[Expr, Floats | float] = {}
    with np.errstate(all="ignore"):  # missing values are NaN here, not news
        spare: list[Floats] = []
        for step in plan.steps:
            if operator(step.expr.op).reach is Reach.LEAF:
                values[step.expr] = _leaf(step.expr, panel)
                continue
            args = [values[arg] for arg in step.expr.args]
            left = [v for e in step.frees if isinstance(v := values.pop(e), np.ndarray) and e.args]
            if operator(step.expr.op).reach is Reach.ELEMENT and any(isinstance(a, np.ndarray) for a in args):
                spare += left
                left = []
            else:
                args = [_array(a, panel) for a in args]
            out = spare.pop() if spare else np.empty(panel.shape)
            values[step.expr] = implementations[step.expr.op](*args, out=out, **dict(step.expr.params))
            spare += left
    return [_array(values[expr], panel) for expr in plan.wanted]


def _leaf(expr: Expr, panel: Fields) -> Floats | float:
    value = expr.params[0][1]
    if expr.op == "const":
        return float(value)
    return (panel.fields if expr.op == "field" else panel.groups)[str(value)]


def _array(value: Floats | float, panel: Fields) -> Floats:
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value)
    return np.full(panel.shape, value)


def _check_fields(plan: ExecutionPlan, panel: Fields) -> None:
    known = {*panel.fields, *panel.groups}
    missing = [name for name in plan.fields if name not in known]
    if missing:
        close = nearest(missing[0], known)
        fix = (
            f"did you mean data.{close}?"
            if close
            else f"the panel has {', '.join(sorted(known))}; add a column, or derive the field when the panel is read"
        )
        raise AlphaBenchError(
            "R06", f"the panel has no field {', '.join(map(repr, missing))}", fix, fields=missing
        )
