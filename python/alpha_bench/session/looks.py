"""Who hears of every evaluation that was computed: a ledger of what was tried. Nobody does by default.

And evaluations that are answered by reports of before, so that cells can run once more with what they judge held fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from alpha_bench.expressions import ValueSource

if TYPE_CHECKING:
    from alpha_bench.reporting import Report


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


LookListener: TypeAlias = Callable[[Look], None]

_listener: LookListener | None = None
_answers: Iterator[Report] | None = None


def hear_looks(listener: LookListener | None) -> None:
    """From now on ``listener`` hears of every evaluation when its figures are there; None: nobody does."""
    global _listener
    _listener = listener


def tell_look(look: Look) -> None:
    """An evaluation was computed."""
    if _listener is not None:
        _listener(look)


@contextmanager
def answering(reports: Sequence[Report]) -> Iterator[None]:
    """Inside, the first evaluation that is asked for gives the first of ``reports``, whatever it is of, and so on; those after the last one are
    computed. Nobody hears of them."""
    global _answers, _listener
    before, heard = _answers, _listener
    _answers, _listener = iter(reports), None
    try:
        yield
    finally:
        _answers, _listener = before, heard


def answered() -> Report | None:
    """The report that answers the evaluation that is asked for now; None: it is to be computed."""
    return None if _answers is None else next(_answers, None)
