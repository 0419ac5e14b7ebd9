"""The folds of an evaluation on a calendar: enough history for every feature in each of them, or an error that says what would do."""

from __future__ import annotations

from dataclasses import replace

from alpha_bench.definitions import EvaluationDefinition, ModelDefinition, build
from alpha_bench.errors import AlphaBenchError, DataError
from alpha_bench.model_selection import AnySplitter, CombinatorialPurgedKFold, Split


def folds_of(plan: EvaluationDefinition, sessions: int) -> tuple[Split, ...]:
    """The folds of a calendar of ``sessions`` sessions; each has sessions on which every feature may have a value.

    Raises:
        AlphaBenchError: R29 naming what looks back furthest, the sessions that would be needed, and how many folds would do.
    """
    model, splitter = plan.model, plan.splitter
    needed = splitter.sessions_needed(
        sessions, horizon=model.horizon, delay=model.delay, rows=model.lookback + 1
    )
    try:
        splits = splitter.split(sessions, horizon=model.horizon, delay=model.delay)
    except AlphaBenchError as error:
        if needed > sessions:  # the features need more than the splitter alone
            splits = ()
        else:
            raise type(error)(
                error.code, error.message, _way_out(model, splitter, sessions), **error.context
            ) from None
    if splits and _long_enough(model, splits):
        return splits
    written = [*model.features, *(e for e in (model.universe, model.weights) if e is not None)]
    longest = max(written, key=lambda e: e.lookback)
    raise DataError(
        "R29",
        f"{longest} needs {longest.lookback} sessions before its first value; with {splitter.describe()}, horizon "
        f"{model.horizon}d and delay {model.delay}d the panel must have {needed} sessions, and it has {sessions}",
        fix=_way_out(model, splitter, sessions),
        sessions_needed=needed,
    )


def _long_enough(model: ModelDefinition, splits: tuple[Split, ...]) -> bool:
    """Whether each fold has a row to train on."""
    return all(split.train.stop > model.lookback for split in splits)


def _fits(model: ModelDefinition, splitter: AnySplitter, sessions: int) -> bool:
    try:
        splits = splitter.split(sessions, horizon=model.horizon, delay=model.delay)
    except AlphaBenchError:
        return False
    return _long_enough(model, splits)


def _way_out(model: ModelDefinition, splitter: AnySplitter, sessions: int) -> str:
    if not isinstance(splitter, CombinatorialPurgedKFold):
        for folds in range(splitter.folds - 1, 1, -1):
            if _fits(model, replace(splitter, folds=folds), sessions):
                return f"use folds={folds}, the most that this panel allows, or shorter windows, or a longer panel"
    return "use a shorter window or embargo, fewer folds, or a longer panel"


def first_tested(plain: object, sessions: int) -> int | None:
    """Of ``sessions`` sessions the position of the first one that the evaluation described by ``plain`` tests; None where it is the first of all,
    or nothing is evaluated. Raises AlphaBenchError R29 where there are too few sessions."""
    found = build(plain)
    first = folds_of(found, sessions)[0].test.start if isinstance(found, EvaluationDefinition) else 0
    return first or None
