"""What many looks do to a figure: the deflated Sharpe ratio at as many trials as were looked at, beside that of the declared ones."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.describe import deflated_sharpe
from nbcode.primitives import Json, dataclass
from nbcode.trials.trial import Looked


@dataclass(frozen=True, kw_only=True, slots=True)
class Multiplicity:
    """``declared`` trials (None: plain Python declares none) of ``candidates`` each; ``deflated`` is the probability that the Sharpe ratio is above
    what chance explains at as many variants as were ``looked`` at, ``stated`` at the declared ones; None where they are not known, and where
    no more was looked at than is declared."""

    looked: Looked
    declared: int | None = None
    candidates: int = 1
    deflated: float | None = None
    stated: float | None = None

    @property
    def undeclared(self) -> bool:
        """Whether more was looked at than is declared, so that the figures are too good."""
        return exceeds(self.looked, self.declared)

    @property
    def effect(self) -> str:
        """What that does to the figures."""
        if self.declared is None:
            return "the figures are of one of them, and allow for no other"
        if self.deflated is None or self.stated is None or not self.undeclared:
            are = "is" if self.declared == 1 else "are"
            return f"{self.declared:,} {are} declared"
        return (
            f"the deflated Sharpe ratio is {self.deflated:.0%} with {self.looked.variants * self.candidates:,} trials, and "
            f"{self.stated:.0%} with the {self.declared * self.candidates:,} declared"
        )

    def __str__(self) -> str:
        return f"{self.looked}; {self.effect}"


def exceeds(looked: Looked, declared: int | None) -> bool:
    """Whether more was looked at than is ``declared``; one, where nothing can be."""
    return looked.variants > (declared or 1)


def multiplicity(
    looked: Looked, *, declared: int | None, candidates: int = 1, evidence: Mapping[str, Json] | None = None
) -> Multiplicity:
    """``evidence`` is ``portfolio.evidence`` of the report; None where there is no book, or it was not computed."""
    known = evidence is not None and declared is not None and exceeds(looked, declared)
    return Multiplicity(
        looked=looked,
        declared=declared,
        candidates=candidates,
        deflated=deflated_sharpe(evidence or {}, looked.variants * candidates) if known else None,
        stated=deflated_sharpe(evidence or {}, (declared or 1) * candidates) if known else None,
    )
