"""From a definition and a panel to a report: the outcome of an evaluation, able to show itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from alpha_bench.definitions import Evaluable
from alpha_bench.evaluation import Outcome
from alpha_bench.evaluation import evaluate as evaluate_outcome
from alpha_bench.expressions import ValueSource
from alpha_bench.reporting import Report


def evaluate(
    definition: Evaluable, panel: ValueSource, *, progress: Callable[[str], None] | None = None
) -> Report:
    """See :func:`alpha_bench.evaluation.evaluator.evaluate`."""
    return report_of(evaluate_outcome(definition, panel, progress=progress))


def report_of(found: Outcome) -> Report:
    """An outcome that writes itself down."""
    return Report(**{f.name: getattr(found, f.name) for f in fields(found)})
