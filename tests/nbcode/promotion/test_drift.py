"""How far a refit is from the fit before it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from nbcode.promotion._compared_fits import SESSIONS, drift_of
from nbcode.promotion.drift import Drift, Fit

RNG = np.random.default_rng(3)
NAMES = [f"N{n}" for n in range(40)]
DAYS = [f"2024-01-{n:02}" for n in range(1, 29)] + [f"2024-02-{n:02}" for n in range(1, 29)]


def table(values: np.ndarray, days: list[str]) -> dict[str, dict[str, float]]:
    return {
        day: dict(zip(NAMES, map(float, row), strict=True)) for day, row in zip(days, values, strict=True)
    }


SIGNAL = RNG.normal(size=(len(DAYS), len(NAMES)))
LABELS = SIGNAL + RNG.normal(size=SIGNAL.shape)
BEFORE = Fit(
    coefficients={"a": 3.0, "b": 4.0},
    predictions=table(SIGNAL[:50], DAYS[:50]),
    labels=table(LABELS[:45], DAYS[:45]),
)
NOW = Fit(
    coefficients={"a": 3.0, "b": 4.0},
    predictions=table(SIGNAL[:51], DAYS[:51]),
    labels=table(LABELS[:46], DAYS[:46]),
)


def test_the_same_fit_has_not_moved() -> None:
    found = drift_of(BEFORE, NOW, 5)
    assert (found.coefficient_drift, found.not_made) == (0.0, ())
    assert found.rank_correlation == pytest.approx(1.0)
    assert (found.sessions, found.new_sessions) == (SESSIONS, 1)


def test_coefficients_move_by_the_norm_of_the_difference() -> None:
    found = drift_of(BEFORE, replace(NOW, coefficients={"a": 3.0, "b": 3.5}), 5)
    assert found.coefficient_drift == pytest.approx(0.1)


def test_ranks_are_correlated_as_scipy_does_also_where_values_are_equal() -> None:
    rounded = np.round(SIGNAL[:51] + RNG.normal(size=(51, len(NAMES))), 0)
    found = drift_of(BEFORE, replace(NOW, predictions=table(rounded, DAYS[:51])), 5)
    theirs = [spearmanr(SIGNAL[n], rounded[n]).statistic for n in range(50 - SESSIONS, 50)]
    assert found.rank_correlation == pytest.approx(np.mean(theirs))


def test_the_earlier_predictions_are_judged_on_labels_that_are_new() -> None:
    found = drift_of(BEFORE, NOW, 5)
    old = [spearmanr(SIGNAL[n], LABELS[n]).statistic for n in range(45)]
    new = spearmanr(SIGNAL[45], LABELS[45]).statistic
    assert found.new_ic == pytest.approx(new)
    assert found.ic_fall == pytest.approx((np.mean(old) - new) / np.std(old, ddof=1))


def test_control_predictions_that_turned_fall_far() -> None:
    turned = table(np.vstack([LABELS[:45], -SIGNAL[45:50]]), DAYS[:50])
    found = drift_of(BEFORE, replace(NOW, labels=turned), 1)
    assert found.new_ic == pytest.approx(-1.0)
    assert found.ic_fall is not None
    assert found.ic_fall > 10


@pytest.mark.parametrize(
    ("before", "now", "why"),
    [
        (replace(BEFORE, coefficients=None), NOW, "the model is not linear"),
        (BEFORE, replace(NOW, coefficients={"a": 1.0, "c": 1.0}), "other features"),
        (BEFORE, replace(NOW, predictions={}), "no session in common"),
        (BEFORE, replace(NOW, labels=BEFORE.labels), "no label of a session has come to be known"),
    ],
)
def test_what_could_not_be_compared_is_said(before: Fit, now: Fit, why: str) -> None:
    assert any(why in one for one in drift_of(before, now, 5).not_made)


def test_a_model_that_was_nothing_moves_without_bound() -> None:
    nothing = replace(BEFORE, coefficients={"a": 0.0, "b": 0.0})
    assert drift_of(nothing, NOW, 5).coefficient_drift == math.inf


def test_the_figures_are_those_that_were_made() -> None:
    assert drift_of(BEFORE, replace(NOW, coefficients=None), 5).figures.keys() == {
        "rank_correlation",
        "new_ic",
        "ic_fall",
    }
    assert str(Drift()) == "nothing could be compared"
