"""How far a refit is from the fit before it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from nbcode.promotion._compared_fits import SESSIONS, drift_of
from nbcode.promotion.drift import Drift, Fit, Names

NOTHING = "nothing could be compared"
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


def other_names(days: dict[str, dict[str, float]], count: int = len(NAMES)) -> dict[str, dict[str, float]]:
    """The first ``count`` names in small letters."""
    return {
        day: {(name.lower() if n < count else name): value for n, (name, value) in enumerate(row.items())}
        for day, row in days.items()
    }


def not_made(before: Fit, now: Fit) -> dict[str, tuple[str, bool]]:
    return {one.limit: (one.why, one.innocent) for one in drift_of(before, now, 5).not_made}


@pytest.mark.parametrize(
    ("before", "now", "limit", "why"),
    [
        (replace(BEFORE, coefficients=None), replace(NOW, coefficients=None), "coefficient_drift", "the model is not linear"),
        (BEFORE, replace(NOW, labels=BEFORE.labels), "ic_fall", "no label of a session has come to be known"),
        (replace(BEFORE, labels={}), replace(NOW, labels={}), "ic_fall", "the model leaves no labels"),
    ],
)  # fmt: skip
def test_what_an_ordinary_refit_may_lack_is_innocent(before: Fit, now: Fit, limit: str, why: str) -> None:
    ((name, (said, innocent)),) = not_made(before, now).items()
    assert (name, innocent) == (limit, True)
    assert why in said


FLAT = {day: dict.fromkeys(row, 1.0) for day, row in NOW.predictions.items()}


@pytest.mark.parametrize(
    ("before", "now", "limit", "why"),
    [
        (replace(BEFORE, coefficients=None), NOW, "coefficient_drift", "the fit before has none, and the other has"),
        (BEFORE, replace(NOW, coefficients=None), "coefficient_drift", "this fit has none, and the other has"),
        (BEFORE, replace(NOW, coefficients={"a": 1.0, "c": 1.0}), "coefficient_drift", "before alone: b; now alone: c"),
        (BEFORE, replace(NOW, predictions={}), "rank_correlation", "no session in common; there are those of 2024-01-01 to 2024-02-22 before, and of no session now"),
        (BEFORE, replace(NOW, predictions=other_names(NOW.predictions)), "rank_correlation",
         "on 20 of the last 20 sessions in common, on 2024-02-22 0 of 40 names before and 40 now are in both: before N0, N1, N10, ... alone; now n0, n1, n10, ... alone"),
        (BEFORE, replace(NOW, predictions=other_names(NOW.predictions, 21)), "rank_correlation", "19 of 40 names before and 40 now are in both"),
        (BEFORE, replace(NOW, predictions=FLAT), "rank_correlation", "on 2024-02-22 all predictions of a fit are alike"),
        (BEFORE, replace(NOW, labels=other_names(NOW.labels)), "ic_fall", "labels of 1 sessions have come to be known, and on 2024-02-18 0 of 40 names"),
        (BEFORE, replace(NOW, labels={}), "ic_fall", "this fit leaves no labels"),
        (replace(BEFORE, labels={}), NOW, "ic_fall", "the fit before leaves no labels"),
        (replace(BEFORE, labels=table(LABELS[:20], DAYS[:20])), NOW, "ic_fall", "it is known of 20 sessions, and it takes more than 20"),
    ],
)  # fmt: skip
def test_what_should_have_been_compared_is_no_innocent_lack(
    before: Fit, now: Fit, limit: str, why: str
) -> None:
    found = not_made(before, now)
    assert found.keys() == {limit}
    said, innocent = found[limit]
    assert not innocent
    assert why in said


def test_a_few_names_that_are_others_hinder_no_comparison() -> None:
    found = drift_of(BEFORE, replace(NOW, predictions=other_names(NOW.predictions, 20)), 5)
    assert (found.rank_correlation, found.not_made) == (pytest.approx(1.0), ())


def few(predictions: dict[str, dict[str, float]], days: list[str], count: int) -> dict[str, dict[str, float]]:
    """``predictions`` with only so many of the names on ``days``; a NaN is no prediction."""
    return predictions | {
        day: {
            name: value if n < count else math.nan for n, (name, value) in enumerate(predictions[day].items())
        }
        for day in days
    }


def twice(predictions: dict[str, dict[str, float]], days: list[str]) -> dict[str, dict[str, float]]:
    return predictions | {
        day: predictions[day] | {f"{name}.X": value for name, value in predictions[day].items()}
        for day in days
    }


@pytest.mark.parametrize(
    ("predictions", "now", "change"),
    [
        (NOW.predictions, 40, 0.0),
        (few(NOW.predictions, DAYS[50:51], 20), 20, 0.5),  # on the new session
        (few(NOW.predictions, DAYS[40:42], 30), 30, 0.25),  # on sessions that the last fit had whole
        (few(NOW.predictions, DAYS[:5], 3), 40, 0.0),  # long ago: no longer looked at
        (twice(NOW.predictions, DAYS[:51]), 80, 1.0),
        (twice(NOW.predictions, DAYS[50:51]), 80, 1.0),
    ],
)
def test_names_with_a_prediction_are_counted_against_the_last_sessions_before(
    predictions: dict[str, dict[str, float]], now: int, change: float
) -> None:
    found = drift_of(BEFORE, replace(NOW, predictions=predictions), 5).names
    assert found is not None
    assert (found.now, found.change, found.before) == (now, pytest.approx(change), "40")
    told = str(Drift(names=found))
    assert told == (f"predictions of {now} names on {found.day}, before of 40" if change else NOTHING)


def test_one_listing_more_is_no_news() -> None:
    one = Names(day="2024-01-05", now=265, least=260, most=264, change=1 / 264)
    assert str(Drift(names=one)) == NOTHING


def test_a_model_whose_names_come_and_go_is_held_to_what_it_had() -> None:
    uneven = few(BEFORE.predictions, DAYS[30:40], 10)
    found = drift_of(
        replace(BEFORE, predictions=uneven),
        replace(NOW, predictions=few(NOW.predictions, DAYS[30:51], 12)),
        5,
    )
    assert found.names is not None
    assert (found.names.change, found.names.before) == (0.0, "10 to 40")


def test_a_fit_on_older_data_is_known_by_its_last_session() -> None:
    assert drift_of(BEFORE, NOW, 5).back is None
    assert drift_of(NOW, BEFORE, 5).back == (DAYS[50], DAYS[49])


def test_a_model_that_was_nothing_moves_without_bound() -> None:
    nothing = replace(BEFORE, coefficients={"a": 0.0, "b": 0.0})
    assert drift_of(nothing, NOW, 5).coefficient_drift == math.inf


def test_the_figures_are_those_that_were_made() -> None:
    assert drift_of(replace(BEFORE, coefficients=None), NOW, 5).figures.keys() == {
        "rank_correlation",
        "new_ic",
        "ic_fall",
    }
    assert str(Drift()) == NOTHING
