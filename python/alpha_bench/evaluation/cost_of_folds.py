"""How large the folds of an evaluation are, before anything is computed: what is gained by fitting them in several processes."""

from __future__ import annotations

from dataclasses import dataclass

from alpha_bench.definitions import EvaluationDefinition, build
from alpha_bench.errors import AlphaBenchError
from alpha_bench.evaluation.folds import folds_of
from alpha_bench.evaluation.spread_folds import shares_of
from alpha_bench.model_selection import Split


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldSizes:
    """The folds as they would be.

    Attributes:
        splits: their sessions.
        final: the training sessions of the model that is registered, which is fitted after them.
        together: whether all of them are solved from sums that are made in one pass over the data, so that nothing is gained by spreading them.
    """

    splits: tuple[Split, ...]
    final: int
    together: bool

    @property
    def trained(self) -> tuple[int, ...]:
        """Training sessions by fold."""
        return tuple(len(split.train) for split in self.splits)

    def shares(self, of: int) -> tuple[tuple[int, ...], ...]:
        """The folds, counted from 1, of each of ``of`` processes."""
        owners = shares_of(self.splits, of)
        return tuple(tuple(n + 1 for n, k in enumerate(owners) if k == own) for own in range(of))


def fold_sizes(plain: object, sessions: int) -> FoldSizes | None:
    """Of the evaluation that ``plain`` describes, on a calendar of ``sessions`` sessions; None where nothing is evaluated in folds, or they are too few."""
    found = build(plain)
    if not isinstance(found, EvaluationDefinition):
        return None
    try:
        splits = folds_of(found, sessions)
    except AlphaBenchError:
        return None
    model = found.model
    plain_steps = [step.name for step in model.preprocess] in ([], ["standardize"])
    return FoldSizes(
        splits=splits,
        final=max(0, sessions - model.label.lookahead),
        together=model.estimator.is_linear and plain_steps and model.search is None,
    )
