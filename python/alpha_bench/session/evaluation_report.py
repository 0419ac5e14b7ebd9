"""From a definition and a panel to a report: the outcome of an evaluation, able to show itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

from alpha_bench.definitions import Evaluable, EvaluationDefinition
from alpha_bench.evaluation import KeptFolds, Outcome
from alpha_bench.evaluation import evaluate as evaluate_outcome
from alpha_bench.expressions import ValueSource
from alpha_bench.reporting import Report
from alpha_bench.session.looks import Asked, Look, answered, tell_look


def evaluate(
    definition: Evaluable,
    panel: ValueSource,
    *,
    progress: Callable[[str], None] | None = None,
    looked_at: int = 1,
    kept: KeptFolds | None = None,
) -> Report:
    """See :func:`alpha_bench.evaluation.evaluator.evaluate`."""
    return answered(lambda: Asked(definition=definition, panel=panel)) or report_of(
        evaluate_outcome(definition, panel, progress=progress, looked_at=looked_at, kept=kept), panel
    )


def report_of(found: Outcome, panel: ValueSource) -> Report:
    """An outcome that writes itself down. Whoever hears of looks hears of it; ``panel`` is what was judged on."""
    report = Report(**{f.name: getattr(found, f.name) for f in fields(found)})
    what = report.definition
    tell_look(
        Look(
            call=f"{what.splitter.name}(m" if isinstance(what, EvaluationDefinition) else "study(factor",
            variant=what.variant,
            label=str(what.label),
            panel=panel,
            declared=what.trials,
            candidates=report.trials.candidates,
            report=report,
            evidence=lambda: _evidence(report),
        )
    )
    return report


def _evidence(report: Report) -> dict[str, float] | None:
    book = report.study.portfolio if "deflated_sharpe" in report.figures.known else None
    if book is None:
        return None
    found = book.evidence
    return {"n": found.n, "ratio": found.ratio, "skewness": found.skewness, "kurtosis": found.kurtosis}
