"""How a definition has the parameters of its estimator chosen: a value, and the candidates that follow from it."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from alpha_bench.definitions.estimator_spec import EstimatorSpec, Parameter, is_real_within, plain_parameter

SCORES = ("rank_ic", "ic", "r2")
MOST_CANDIDATES = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """Numbers from ``low`` to ``high``, evenly or evenly in their logarithm; drawn to six significant digits."""

    low: float
    high: float
    scale: str = "linear"

    def draw(self, share: float) -> float:
        """The number at ``share``, 0 to 1."""
        if self.scale == "log":
            value = math.exp(math.log(self.low) + share * (math.log(self.high) - math.log(self.low)))
        else:
            value = self.low + share * (self.high - self.low)
        return float(f"{value:.6g}")  # so that no digit depends on the machine's exp


Choices: TypeAlias = "tuple[Parameter, ...] | Interval"
Candidate: TypeAlias = "dict[str, Parameter]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Search:
    """How parameters are chosen.

    Attributes:
        method: ``"grid"``, every combination, or ``"random"``, ``n`` drawn with ``seed``.
        space: parameter (``step__parameter`` for one inside a Pipeline) -> its values, sorted by name.
        folds: inner test blocks in each training range.
        embargo_sessions: dropped before each inner test block beside those whose label reaches into it.
        score: ``"rank_ic"``, ``"ic"`` (means over the dates of the inner test blocks) or ``"r2"`` (over their rows).
    """

    method: str
    space: tuple[tuple[str, Choices], ...]
    folds: int
    embargo_sessions: int
    score: str
    n: int | None = None
    seed: int | None = None

    def candidates(self) -> tuple[Candidate, ...]:
        """The parameters that are tried, in the order that breaks ties; no two are the same."""
        made = itertools.islice(self._grid() if self.method == "grid" else self._drawn(), MOST_CANDIDATES + 1)
        distinct: list[Candidate] = []
        for candidate in made:
            if candidate not in distinct:
                distinct.append(candidate)
        return tuple(distinct)

    def _grid(self) -> Iterator[Candidate]:
        names = [name for name, _ in self.space]
        for values in itertools.product(*(c for _, c in self.space if not isinstance(c, Interval))):
            yield dict(zip(names, values, strict=True))

    def _drawn(self) -> Iterator[Candidate]:
        source = random.Random(self.seed)  # noqa: S311 - Python promises the same numbers for a seed in every version
        for _ in range(self.n or 0):
            yield {
                name: c.draw(source.random()) if isinstance(c, Interval) else c[int(source.random() * len(c))]
                for name, c in self.space
            }

    def to_plain(self, spec: EstimatorSpec) -> dict[str, object]:
        """Plain JSON data, every field written; ``spec`` is the estimator whose parameters are searched."""
        return {
            "method": self.method,
            "space": {
                name: {"low": c.low, "high": c.high, "scale": c.scale}
                if isinstance(c, Interval)
                else [plain_parameter(v, real=is_real_within(spec, name)) for v in c]
                for name, c in self.space
            },
            "n": self.n,
            "seed": self.seed,
            "folds": self.folds,
            "embargo_sessions": self.embargo_sessions,
            "score": self.score,
        }


def search_text(spec: EstimatorSpec, search: Search) -> str:
    """``grid_search(Ridge(), {'alpha': [0.1, 1.0]})``."""
    space = {name: c if isinstance(c, Interval) else list(c) for name, c in search.space}
    drawn = "" if search.method == "grid" else f", n={search.n}, seed={search.seed}"
    return f"{search.method}_search({spec!r}, {space!r}{drawn}, folds={search.folds}, score={search.score!r})"
