"""A factor on a panel, judged as it is: no model is fitted, no sign is chosen, every session of the period is scored.

1. The factor's values and the label are computed once on the whole panel, the cross-sectional operators within the universe.
2. The period is from ``start`` (by default the first session on which three assets have a value) to ``end``, both included. What is after
   ``end`` is not read: labels that end later are missing.
3. Scores, book and figures are those of predictions, with the factor in their place.
"""

from __future__ import annotations

import numpy as np

from alpha_bench.definitions import FactorDefinition
from alpha_bench.errors import DataError
from alpha_bench.evaluation.evaluator import scored
from alpha_bench.evaluation.outcome import Outcome
from alpha_bench.expressions import ValueSource
from alpha_bench.metrics import MIN_PAIRS
from alpha_bench.model_selection import Sessions, Split
from alpha_bench.runtime import Floats

_IN_SAMPLE = (
    "Nothing is fitted, and so nothing is out of sample either: if the factor, its sign or its windows were chosen on these dates, every "
    "figure here is too good. Keep the last years aside with end=, and judge them once."
)


def study_factor(
    definition: FactorDefinition,
    panel: ValueSource,
    *,
    values: Floats | None = None,
    benchmark: Floats | None = None,
    notes: tuple[str, ...] = (),
) -> Outcome:
    """The outcome of ``definition`` on ``panel``, which has no session after ``definition.end``.

    Args:
        definition: what is judged.
        panel: what it is judged on.
        values: (T, N) of a factor that came as values; by default the definition's expression is computed.
        benchmark: (T,) returns of each session, NaN where there is none; by default the mean of all assets with a factor.
        notes: sentences that belong beside the figures.

    Raises:
        AlphaBenchError: R29 where no session of the period has three assets with a value, and whatever the panel raises.
    """
    wanted = list(definition.confined) + ([] if definition.universe is None else [definition.universe])
    computed = panel.compute(tuple(wanted))
    label = computed[len(definition.features)]
    factor = np.array(computed[0] if values is None else values)
    if definition.universe is not None:
        factor[~(computed[-1] > 0)] = np.nan
    first = _first(definition, panel, factor)
    test = range(first, len(factor))
    split = Split(train=Sessions(()), test=Sessions.of(test), purge=Sessions(()), embargo=Sessions(()))
    return scored(
        definition,
        panel,
        (split,),
        (),
        predictions=[np.ascontiguousarray(factor[first:])],
        label=label,
        benchmark=benchmark,
        notes=(*notes, _IN_SAMPLE),
    )


def _first(definition: FactorDefinition, panel: ValueSource, factor: Floats) -> int:
    """The first session that is judged."""
    enough = np.flatnonzero(np.isfinite(factor).sum(axis=1) >= MIN_PAIRS)
    dates = np.asarray(panel.dates, dtype="datetime64[D]")
    if definition.start is not None:
        enough = enough[dates[enough] >= np.datetime64(definition.start)]
    if not len(enough):
        from_start = "" if definition.start is None else f" from {definition.start} on"
        raise DataError(
            "R29",
            f"{definition.factor} has a value of three assets or more on no session{from_start}; the panel has {len(dates)} sessions "
            f"{dates[0]} to {dates[-1]}",
            fix="use a shorter window, a longer panel, or another start=",
        )
    return int(enough[0])
