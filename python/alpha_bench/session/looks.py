"""Who hears of every evaluation that was computed: a ledger of what was tried. Nobody does by default.

And evaluations that are answered by reports of before, so that cells can run once more with what they judge held fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from alpha_bench.definitions import Evaluable, FactorDefinition
from alpha_bench.expressions import ValueSource

if TYPE_CHECKING:
    from alpha_bench.reporting import Report
    from alpha_bench.runtime import Floats


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Look:
    """A variant was judged.

    Attributes:
        call: how the judgement is written, up to its first argument: ``walk_forward(m``.
        variant: ``sha256:<hex>`` of what was tried; ``label``: as it is written; ``panel``: on which data.
        declared: the trials that were declared, this one included; ``candidates``: of its search, 1 where there is none.
        report: what was found.
        evidence: ``n, ratio, skewness, kurtosis`` of the Sharpe ratio (of one session) where the book was computed already, else None.
    """

    call: str
    variant: str
    label: str
    panel: ValueSource
    declared: int
    candidates: int
    report: Report
    evidence: Callable[[], Mapping[str, float] | None]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Asked:
    """An evaluation was asked for: its definition, on which data, and (sessions, assets) of a factor that came as values."""

    definition: Evaluable | FactorDefinition
    panel: ValueSource
    values: Floats | None = None


LookListener: TypeAlias = Callable[[Look], None]
AskedListener: TypeAlias = Callable[[Asked], None]

_listener: LookListener | None = None
_answers: Iterator[Report] | None = None
_asked: AskedListener | None = None


def hear_looks(listener: LookListener | None) -> None:
    """From now on ``listener`` hears of every evaluation when its figures are there; None: nobody does."""
    global _listener
    _listener = listener


def tell_look(look: Look) -> None:
    """An evaluation was computed."""
    if _listener is not None:
        _listener(look)


@contextmanager
def answering(reports: Sequence[Report], asked: AskedListener | None = None) -> Iterator[None]:
    """Inside, the first evaluation that is asked for gives the first of ``reports``, whatever it is of, and so on; those after the last one are
    computed. Nobody hears of them but ``asked``, of those that are answered."""
    global _answers, _listener, _asked
    before = _answers, _listener, _asked
    _answers, _listener, _asked = iter(reports), None, asked
    try:
        yield
    finally:
        _answers, _listener, _asked = before


def answered(asked: Callable[[], Asked]) -> Report | None:
    """The report that answers the evaluation that is ``asked`` for now; None: it is to be computed."""
    held = None if _answers is None else next(_answers, None)
    if held is not None and _asked is not None:
        _asked(asked())
    return held
