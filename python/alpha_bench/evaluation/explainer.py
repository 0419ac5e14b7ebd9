"""``alpha_bench.explain``: what an expression, a model or an evaluation will do on a panel, and how much memory it takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from alpha_bench.definitions import Evaluable, EvaluationDefinition, ModelDefinition
from alpha_bench.engine import (
    Computation,
    Explanation,
    Step,
    computation_of,
    current_memory,
    make_plan,
    with_steps,
)
from alpha_bench.errors import DefinitionError
from alpha_bench.evaluation.folds import folds_of
from alpha_bench.expressions import Expr, ValueSource
from alpha_bench.panel import Panel

_BOOK_ARRAYS = 8  # of tested sessions x assets, held at once while the book is computed
_VALIDATION_ARRAYS = 5  # of the panel's sessions x assets, while what is odd about its data is looked for
_FIT_BYTES = 4 << 20  # packed rows and moments of the linear models, all threads
_COPIES_OF_ROWS = (
    4  # of a fold's training rows: as they are cut, as they train, as the steps leave them, as one matrix
)
_COPIES_PREDICTED = 3  # of a test block's features: as the steps leave them, as one matrix, as it is complete


def explain(
    what: Expr | Sequence[Expr] | ModelDefinition | Evaluable,
    panel: ValueSource,
    *,
    threads: int | None = None,
) -> Explanation:
    """Say what computing ``what`` on ``panel`` will do, in which order, and the most memory that it will hold, where no limit
    of memory is set. Computes nothing.

    Args:
        what: an expression, a list of them, a model definition, or what ``walk_forward`` gives.
        panel: a :class:`~alpha_bench.panel.panel.Panel`.
        threads: as for :func:`alpha_bench.compute`.

    Raises:
        AlphaBenchError: R06 for fields that the panel does not have, R29 when it is too short, R33 for anything else.

    Example:
        ``alpha_bench.explain(walk_forward(m), panel).peak_bytes``
    """
    held: Any = getattr(panel, "panel", panel)
    if not isinstance(held, Panel):
        raise DefinitionError("R33", f"a {type(panel).__name__} is no panel", fix="explain(m, panel)")
    defined = getattr(what, "definition", what)
    if isinstance(defined, Expr):
        defined = [defined]
    if isinstance(defined, list | tuple) and defined and all(isinstance(e, Expr) for e in defined):
        return _of(defined, held, threads).explanation
    if isinstance(defined, ModelDefinition):
        return _of(_columns(defined), held, threads).explanation
    if isinstance(defined, EvaluationDefinition):
        return _evaluation(defined, held, threads)
    raise DefinitionError(
        "R33",
        f"a {type(what).__name__} cannot be explained",
        fix="give an expression, a list of them, a model, or what walk_forward(m) returns",
    )


def _of(exprs: Sequence[Expr], panel: Panel, threads: int | None) -> Computation:
    from alpha_bench.engine import check_fields

    plan = make_plan(exprs)
    check_fields(plan, panel)
    return computation_of(plan, panel, threads=threads)


def _columns(model: ModelDefinition) -> tuple[Expr, ...]:
    more = [e for e in (model.universe, model.weights) if e is not None]
    return (*model.confined, *more)


def _evaluation(definition: EvaluationDefinition, panel: Panel, threads: int | None) -> Explanation:
    model, (sessions, assets) = definition.model, panel.shape
    splits = folds_of(definition, sessions)
    made = _of(_columns(model), panel, threads)
    tested = splits[-1].test.stop - splits[0].test.start
    trained = max(len(s.train) for s in splits)
    paths = len(definition.splitter.paths(splits))
    linear, wide = model.estimator.is_linear, len(model.features) + 1
    moments = linear and [step.name for step in model.preprocess] in ([], ["standardize"])
    block = max(len(s.test) for s in splits)
    fitting = _FIT_BYTES if moments else _COPIES_OF_ROWS * 8 * trained * assets * wide
    predicting = 0 if moments else _COPIES_PREDICTED * 8 * block * assets * wide
    # Who is inside the universe, and the label without the others.
    inside = 9 * sessions * assets if model.universe is not None else 0
    predicted = 8 * tested * assets
    validated = 0 if current_memory() is not None else _VALIDATION_ARRAYS * 8 * sessions * assets
    how = (
        "moments of the rows, one pass for all folds" if moments else "one fold after the other, on its rows"
    )
    before = "".join(f"{step.name}, " for step in model.preprocess)
    choice = "" if model.search is None else f"choose among {len(model.search.candidates())}, "
    return with_steps(
        made.explanation,
        title=f"evaluation: {len(splits)} folds of {model.estimator.name}; {made.explanation.title}",
        steps=(
            Step(
                what=f"{before}{choice}fit {model.estimator.name}: {how}",
                details=tuple(
                    f"fold {n + 1}: {len(s.train):,} sessions train, {len(s.test):,} are predicted"
                    for n, s in enumerate(splits)
                ),
            ),
            Step(what=f"predict and score {tested:,} sessions, {paths} path{'s' if paths > 1 else ''}"),
        ),
        memory={
            "columns": made.output_bytes + inside,
            "fitting": fitting,
            "predictions and scores": (2 * paths + 2) * predicted + predicting,
        },
        notes=() if linear else (f"what {model.estimator.name} itself takes is not known",),
        later=(("the report's book and pictures", _BOOK_ARRAYS * predicted + validated),),
    )
