"""Who hears of every evaluation that was computed: a ledger of what was tried. Nobody does by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from alpha_bench.expressions import ValueSource


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Look:
    """A variant was judged.

    Attributes:
        call: how the judgement is written, up to its first argument: ``walk_forward(m``.
        variant: ``sha256:<hex>`` of what was tried; ``label``: as it is written; ``panel``: on which data.
        declared: the trials that were declared, this one included; ``candidates``: of its search, 1 where there is none.
        evidence: ``n, ratio, skewness, kurtosis`` of the Sharpe ratio (of one session) where the book was computed already, else None.
    """

    call: str
    variant: str
    label: str
    panel: ValueSource
    declared: int
    candidates: int
    evidence: Callable[[], Mapping[str, float] | None]


LookListener: TypeAlias = Callable[[Look], None]

_listener: LookListener | None = None


def hear_looks(listener: LookListener | None) -> None:
    """From now on ``listener`` hears of every evaluation when its figures are there; None: nobody does."""
    global _listener
    _listener = listener


def tell_look(look: Look) -> None:
    """An evaluation was computed."""
    if _listener is not None:
        _listener(look)
