"""What a search inside a training part found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CandidateScore:
    """One candidate: its parameters, and its score on the inner test blocks; None where no prediction varied."""

    params: Mapping[str, object]
    score: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchResult:
    """The parameters that a fold's search chose, and what every candidate scored.

    Attributes:
        chosen: parameter -> value of the best candidate; of equal ones the first.
        score: ``"rank_ic"``, ``"ic"`` or ``"r2"``: what was compared.
        candidates: every candidate, in the order of the definition.
    """

    chosen: Mapping[str, object]
    score: str
    candidates: tuple[CandidateScore, ...]

    def to_plain(self) -> dict[str, object]:
        """``{"chosen": {...}, "score": "rank_ic", "candidates": [{"params": {...}, "score": 0.02}, ...]}``."""
        return {
            "chosen": dict(self.chosen),
            "score": self.score,
            "candidates": [{"params": dict(c.params), "score": c.score} for c in self.candidates],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, object]) -> SearchResult:
        """The inverse of :meth:`to_plain`. Raises KeyError, TypeError or ValueError for another shape."""
        candidates, chosen = plain["candidates"], plain["chosen"]
        if not isinstance(candidates, list) or not isinstance(chosen, Mapping):
            raise TypeError("a search has candidates and what was chosen")
        return cls(
            chosen=dict(chosen),
            score=str(plain["score"]),
            candidates=tuple(
                CandidateScore(
                    params=dict(c["params"]), score=None if c["score"] is None else float(c["score"])
                )
                for c in candidates
            ),
        )
