"""The conditions of ``[meta]`` that an evaluation must meet before it becomes a candidate."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping

from nbcode.primitives import Diagnostic, Json, LookAhead, Verdict, nearest
from nbcode.spec import Gate

GATE_CODE = "NBC-I14"
FORESIGHT = "foresight"
_CLEAN = "clean"
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


def failing_gates(
    gates: Iterable[Gate], figures: Mapping[str, Json], look_ahead: LookAhead | None = None
) -> tuple[Diagnostic, ...]:
    """One diagnostic (NBC-I14) for each gate that ``figures`` do not meet; a figure that is missing or null fails.

    ``rank_ic`` in a gate is short for the figure ``rank_ic_mean``. The gate ``foresight`` is met by ``look_ahead``: ``clean`` where all
    was looked at and none was found, ``none found`` also where a part was not looked at.
    """
    return tuple(found for gate in gates if (found := _failing(gate, figures, look_ahead)) is not None)


def _foresight(gate: Gate, look_ahead: LookAhead | None) -> Diagnostic | None:
    none_found = look_ahead is not None and look_ahead.verdict is Verdict.NONE_FOUND
    if none_found and not (gate.value == _CLEAN and look_ahead is not None and look_ahead.because):
        return None
    wanted = f"{gate.metric} {gate.value}"
    weaker = "# gates: {foresight: none found} in [meta] lets pass what a look left out"
    return Diagnostic(
        code=GATE_CODE,
        message=f"gate not met: wanted {wanted}, got {look_ahead or 'no verdict'}",
        cause="[meta] asks for it, so the result was kept but not registered",
        fixes=(
            "do what the warnings of this run say" if look_ahead else "promote again",
            weaker if none_found else "take foresight out of gates: in [meta]",
        ),
    )


def _failing(gate: Gate, figures: Mapping[str, Json], look_ahead: LookAhead | None) -> Diagnostic | None:
    if gate.metric == FORESIGHT:
        return _foresight(gate, look_ahead)
    name = gate.metric if gate.metric in figures else f"{gate.metric}_mean"
    got = figures.get(name)
    wanted = f"{gate.metric} {gate.op} {gate.value}"
    if isinstance(got, bool) or not isinstance(got, int | float):
        close = nearest(gate.metric, figures)
        return Diagnostic(
            code=GATE_CODE,
            message=f"gate not met: wanted {wanted}, got no such figure",
            cause=f"the report has no number `{gate.metric}`"
            + (f"; the nearest is `{close}`" if close else ""),
            fixes=("name a figure of the report under gates: in [meta]",),
        )
    if _COMPARE[gate.op](float(got), float(gate.value)):
        return None
    return Diagnostic(
        code=GATE_CODE,
        message=f"gate not met: wanted {wanted}, got {got:.6g}",
        cause="[meta] asks for it, so the result was kept but not registered",
        fixes=("improve the model", "change the gate in [meta]"),
    )
