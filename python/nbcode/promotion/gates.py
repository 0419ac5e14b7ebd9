"""The conditions of ``[meta]`` that an evaluation must meet before it becomes a candidate, and what they rest on."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping

from nbcode.primitives import (
    Diagnostic,
    Json,
    Judgement,
    LookAhead,
    Severity,
    Standing,
    Verdict,
    dataclass,
    nearest,
)
from nbcode.spec import Gate

GATE_CODE = "NBC-I14"
RESTS_CODE = "NBC-I34"
FORESIGHT = "foresight"
JUDGED = "judged"
_CLEAN = "clean"
_STATED = "stated"
_COMPARE = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """What a report says: its ``figures``, the verdict on ``look_ahead``, and who came to them; None for what it does not say."""

    figures: Mapping[str, Json]
    look_ahead: LookAhead | None = None
    judged: Judgement | None = None

    def figure(self, metric: str) -> str:
        """The name of the figure that a gate means: ``rank_ic`` is short for ``rank_ic_mean``."""
        return metric if metric in self.figures else f"{metric}_mean"

    def is_stated(self, metric: str) -> bool:
        """Whether the cells' own process alone answers for it."""
        if metric == FORESIGHT:
            return self.look_ahead is not None and self.look_ahead.stated
        return self.judged is not None and self.judged.standing(self.figure(metric)) is Standing.STATED


def failing_gates(gates: Iterable[Gate], found: Evidence) -> tuple[Diagnostic, ...]:
    """One diagnostic for each gate that is not met: NBC-I14, or NBC-I34 where the figure that meets it is only stated by the cells.

    A figure that is missing or null fails. A stated one passes where ``judged: stated`` takes the notebook's word. The gate ``foresight`` is
    met by the verdict: ``clean`` where all was looked at and none was found, ``none found`` also where a part was not looked at. ``judged:
    outside`` is met where no figure that is gated (without any such gate: no figure at all), nor a gated verdict, rests on the word of the
    cells' own process.
    """
    every = tuple(gates)
    told = (_failing(gate, every, found) for gate in every)
    return tuple(one for one in told if one is not None)


def resting_on_cells(gates: Iterable[Gate], found: Evidence) -> tuple[Diagnostic, ...]:
    """NBC-I34, a warning, for each gate that is met by the word of the cells' own process."""
    return tuple(
        Diagnostic(
            code=RESTS_CODE,
            severity=Severity.WARNING,
            message=f"the gate {gate.metric} {_asked(gate)} rests on what the cells' own process states",
            cause="its verdict on look-ahead is made where the cells ran, and they could have written another"
            if gate.metric == FORESIGHT
            else f"nobody has found `{found.figure(gate.metric)}` again: cells can state what they like",
            fixes=("judged: outside under gates: in [meta] refuses what is only stated",),
        )
        for gate in gates
        if gate.metric != JUDGED and found.is_stated(gate.metric)
    )


def _asked(gate: Gate) -> str:
    return gate.value if gate.metric in (FORESIGHT, JUDGED) else f"{gate.op} {gate.value}"


def _foresight(gate: Gate, look_ahead: LookAhead | None) -> Diagnostic | None:
    none_found = look_ahead is not None and look_ahead.verdict is Verdict.NONE_FOUND
    if none_found and not (gate.value == _CLEAN and look_ahead is not None and look_ahead.because):
        return None
    weaker = "# gates: {foresight: none found} in [meta] lets pass what a look left out"
    return Diagnostic(
        code=GATE_CODE,
        message=f"gate not met: wanted {gate.metric} {gate.value}, got {look_ahead or 'no verdict'}",
        cause="[meta] asks for it, so the result was kept but not registered",
        fixes=(
            "do what the warnings of this run say" if look_ahead else "promote again",
            weaker if none_found else "take foresight out of gates: in [meta]",
        ),
    )


def _judged(gate: Gate, gates: tuple[Gate, ...], found: Evidence) -> Diagnostic | None:
    """It speaks of the figures that other gates name, where they name none of every figure, and of a gated verdict."""
    named = [one.metric for one in gates if one.metric not in (FORESIGHT, JUDGED)]
    every = [name for name, value in found.figures.items() if value is not None]
    verdict = [one.metric for one in gates if one.metric == FORESIGHT]
    stated = [name for name in (*(named or every), *verdict) if found.is_stated(name)]
    if found.judged is not None and not stated:
        return None
    got = f"{', '.join(stated)} stated by the notebook" if stated else "no word of who computed the figures"
    return Diagnostic(
        code=GATE_CODE,
        message=f"gate not met: wanted {gate.metric} {gate.value}, got {got}",
        cause="a process that ran no cell computes a definition of alpha_bench, and finds figures of plain cells again from "
        "what they predicted and declared prices; [meta] asks for it, so the result was kept but not registered",
        fixes=(
            "write the model with features, an estimator of alpha_bench and walk_forward",
            "write judged: stated under gates: in [meta]: the notebook's word is taken, and the registry says so",
        ),
    )


def _only_stated(gate: Gate, gates: tuple[Gate, ...], found: Evidence) -> Diagnostic | None:
    """Why a figure that nobody found again meets no gate; None where another gate says who has to answer for the figures."""
    if any(one.metric == JUDGED for one in gates):
        return None
    outside = found.judged.outside if found.judged is not None else {}
    beside = ", ".join(f"{name} {value:.4g}" for name, value in outside.items())
    taken = ", ".join(f'{one.metric}: "{one.op} {one.value}"' for one in gates if one.metric != FORESIGHT)
    verdict = "".join(f", {one.metric}: {one.value}" for one in gates if one.metric == FORESIGHT)
    return Diagnostic(
        code=RESTS_CODE,
        message=f"gate not met: wanted {gate.metric} {_asked(gate)}, and `{found.figure(gate.metric)}` is only stated by the notebook",
        cause="cells can state what they like, and a process that ran no cell did not find it again"
        + (f"; it found {beside}" if beside else ""),
        fixes=(
            f"write # gates: {{{taken}{verdict}, judged: stated}} in [meta]: the notebook's word is taken, and the registry says so",
            "write the model with features, an estimator of alpha_bench and walk_forward",
        ),
    )


def _failing(gate: Gate, gates: tuple[Gate, ...], found: Evidence) -> Diagnostic | None:
    if gate.metric == FORESIGHT:
        return _foresight(gate, found.look_ahead)
    if gate.metric == JUDGED:
        return None if gate.value == _STATED else _judged(gate, gates, found)
    figures = found.figures
    got = figures.get(found.figure(gate.metric))
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
        return _only_stated(gate, gates, found) if found.is_stated(gate.metric) else None
    return Diagnostic(
        code=GATE_CODE,
        message=f"gate not met: wanted {wanted}, got {got:.6g}",
        cause="[meta] asks for it, so the result was kept but not registered",
        fixes=("improve the model", "change the gate in [meta]"),
    )
