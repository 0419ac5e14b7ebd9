"""What the steps of preprocessing learn from training rows, and how they change values. One column a feature.

Missing is whatever is not finite. Every step is a function of one value and of what was learnt, so a test row is changed the same
way whichever rows are beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import Step
from alpha_bench.errors import FitError
from alpha_bench.runtime import Floats

_EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedStep:
    """A step and what it learnt: name -> one number a feature, or one row of numbers a feature."""

    step: Step
    learnt: Mapping[str, Floats]

    def apply(self, values: Floats, feature: int) -> Floats:
        """The changed values of one feature, any shape; a new array."""
        return _APPLY[self.step.name](values, {name: array[feature] for name, array in self.learnt.items()})


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class FittedSteps:
    """Steps in their order; empty where there are none."""

    steps: tuple[FittedStep, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def apply(self, columns: Sequence[Floats]) -> list[Floats]:
        """The changed columns. Rows where every one of ``columns`` is missing stay missing."""
        if not self.steps:
            return list(columns)
        some = np.zeros(columns[0].shape, dtype=bool)
        for column in columns:
            some |= np.isfinite(column)
        changed = []
        for number, column in enumerate(columns):
            values = np.where(np.isfinite(column), column, np.nan)
            for step in self.steps:
                values = step.apply(values, number)
            values[~some] = np.nan
            changed.append(values)
        return changed


def usable_rows(steps: Sequence[Step], columns: Sequence[Floats]) -> NDArray[np.bool_]:
    """Rows that can train: every feature is there; with ``impute`` among the steps, at least one."""
    filled = any(step.name == "impute" for step in steps)
    usable = np.full(columns[0].shape, not filled)
    for column in columns:
        if filled:
            usable |= np.isfinite(column)
        else:
            usable &= np.isfinite(column)
    return usable


def fit_steps(steps: Sequence[Step], columns: Sequence[Floats]) -> tuple[FittedSteps, list[Floats]]:
    """Learn every step from training rows, one (rows,) array a feature; also the rows as the last step leaves them.

    Raises:
        AlphaBenchError: R30 for a feature that has no value in any row.
    """
    values = [np.where(np.isfinite(c), c, np.nan) for c in columns]
    fitted = []
    for step in steps:
        learnt = [_LEARN[step.name](_known(v, k), step) for k, v in enumerate(values)]
        one = FittedStep(
            step=step,
            learnt={name: np.array([each[name] for each in learnt]) for name in learnt[0]},
        )
        values = [one.apply(v, k) for k, v in enumerate(values)]
        fitted.append(one)
    return FittedSteps(steps=tuple(fitted)), values


def _known(values: Floats, feature: int) -> Floats:
    known = values[np.isfinite(values)]
    if len(known):
        return known
    raise FitError(
        "R30",
        f"feature {feature + 1} has no value in the training rows of a fold",
        fix="leave it out, use shorter windows, or fewer folds",
    )


Learnt = Mapping[str, Floats]


def _learn_winsorize(known: Floats, step: Step) -> Learnt:
    limit = float(step.values()["limit"])
    low, high = np.quantile(known, [limit, 1 - limit])
    return {"low": low, "high": high}


def _learn_impute(known: Floats, step: Step) -> Learnt:
    fill = step.values()["fill"]
    if isinstance(fill, str):
        return {"fill": np.median(known) if fill == "median" else np.float64(_mean(known))}  # type: ignore[dict-item]
    return {"fill": np.float64(fill)}  # type: ignore[dict-item]


def _learn_standardize(known: Floats, _step: Step) -> Learnt:
    mean, rows = _mean(known), len(known)
    variance = _mean((known - mean) ** 2)
    constant = variance <= rows * _EPSILON * variance + (rows * mean * _EPSILON) ** 2
    return {"mean": np.float64(mean), "scale": np.float64(1.0 if constant else np.sqrt(variance))}  # type: ignore[dict-item]


def _learn_rank(known: Floats, step: Step) -> Learnt:
    return {"knots": np.quantile(known, np.linspace(0, 1, int(step.values()["knots"])))}


def _mean(values: Floats) -> float:
    """Numpy's own sum is pairwise over contiguous values: its order depends on their number alone."""
    return float(np.sum(values)) / len(values)


def _apply_winsorize(values: Floats, learnt: Learnt) -> Floats:
    return np.clip(values, learnt["low"], learnt["high"])


def _apply_impute(values: Floats, learnt: Learnt) -> Floats:
    return np.where(np.isnan(values), learnt["fill"], values)


def _apply_standardize(values: Floats, learnt: Learnt) -> Floats:
    changed: Floats = (values - learnt["mean"]) / learnt["scale"]
    return changed


def _apply_rank(values: Floats, learnt: Learnt) -> Floats:
    """From the left and from the right, and the mean of both: the middle of a run of equal knots."""
    knots = learnt["knots"]
    levels = np.linspace(0, 1, len(knots))
    flat = values.ravel()
    left = np.interp(flat, knots, levels)
    right = -np.interp(-flat, -knots[::-1], -levels[::-1])
    changed = np.where(np.isnan(flat), np.nan, 0.5 * (left + right))
    return changed.reshape(values.shape)


_LEARN = {
    "winsorize": _learn_winsorize,
    "impute": _learn_impute,
    "standardize": _learn_standardize,
    "rank": _learn_rank,
}
_APPLY = {
    "winsorize": _apply_winsorize,
    "impute": _apply_impute,
    "standardize": _apply_standardize,
    "rank": _apply_rank,
}


def steps_to_plain(fitted: FittedSteps) -> list[dict[str, object]]:
    """Plain JSON data: each step's own, and ``learnt``."""
    return [
        {**one.step.to_plain(), "learnt": {name: array.tolist() for name, array in one.learnt.items()}}
        for one in fitted.steps
    ]


def steps_from_plain(plain: object, steps: Sequence[Step], features: int) -> FittedSteps:
    """What :func:`steps_to_plain` wrote for ``steps`` (or nothing, where they are folded into coefficients).

    Raises:
        ValueError: when it is not that, or holds numbers of another shape.
    """
    if not isinstance(plain, list):
        raise ValueError("steps is no list")  # noqa: TRY004 - whoever reads files expects one kind of error
    if not plain:
        return FittedSteps()
    if len(plain) != len(steps):
        raise ValueError(f"{len(plain)} steps were saved, {len(steps)} are defined")
    made = []
    for step, given in zip(steps, plain, strict=True):
        if not isinstance(given, dict) or given.get("step") != step.name:
            raise ValueError(f"{step.name} is not what was saved")
        learnt = {
            str(name): np.array(array, dtype=np.float64) for name, array in dict(given["learnt"]).items()
        }
        knots = (int(step.values()["knots"]),) if step.name == "rank" else ()
        names = set(_LEARN[step.name](np.zeros(1), step))
        if set(learnt) != names or any(a.shape != (features, *knots) for a in learnt.values()):
            raise ValueError(f"what {step.name} learnt has another shape")
        if not all(np.isfinite(a).all() for a in learnt.values()):
            raise ValueError(f"what {step.name} learnt is not finite")
        made.append(FittedStep(step=step, learnt=learnt))
    return FittedSteps(steps=tuple(made))
