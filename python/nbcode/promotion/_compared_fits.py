"""How far a refit is from the fit before it. The window to numpy of a promotion, so it is opened where two fits are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nbcode.promotion.drift import Day, Drift, Fit, Named

SESSIONS = 20
"""Of the last sessions that both have, so many are compared."""
_FEWEST = 5
"""Names without which a session has no rank correlation."""


def drift_of(before: Fit, now: Fit, horizon: int) -> Drift:
    """How far ``now`` is from ``before``; ``horizon`` is that of the label, in sessions."""
    not_made: list[str] = []
    moved = _moved(before.coefficients, now.coefficients, not_made)
    both = sorted(before.predictions.keys() & now.predictions.keys())[-SESSIONS:]
    ranks = [_spearman(before.predictions[day], now.predictions[day]) for day in both]
    made = [one for one in ranks if one is not None]
    if not made:
        not_made.append("predictions not compared: no session in common")
    known = [_ic(before.predictions, before.labels, day) for day in before.predictions]
    since = [
        _ic(before.predictions, now.labels, day) for day in before.predictions if day not in before.labels
    ]
    old, new = ([one for one in values if one is not None] for values in (known, since))
    fall = None
    if new and len(old) > SESSIONS and np.std(old) > 0:
        error = np.std(old, ddof=1) / np.sqrt(max(1.0, len(new) / horizon))
        fall = float((np.mean(old) - np.mean(new)) / error)
    if not new:
        not_made.append("rank IC since: no label of a session has come to be known")
    return Drift(
        coefficient_drift=moved,
        rank_correlation=float(np.mean(made)) if made else None,
        sessions=len(made),
        new_ic=float(np.mean(new)) if new else None,
        new_sessions=len(new),
        ic_fall=fall,
        not_made=tuple(not_made),
    )


def _moved(
    before: Mapping[str, float] | None, now: Mapping[str, float] | None, not_made: list[str]
) -> float | None:
    if before is None or now is None:
        not_made.append("coefficients not compared: the model is not linear")
        return None
    if before.keys() != now.keys():
        not_made.append("coefficients not compared: other features")
        return None
    old = np.array([before[name] for name in sorted(before)])
    new = np.array([now[name] for name in sorted(before)])
    size = float(np.linalg.norm(old))
    difference = float(np.linalg.norm(new - old))
    return difference / size if size > 0 else (0.0 if difference == 0 else float("inf"))


def _ic(predictions: Mapping[Day, Named], labels: Mapping[Day, Named], day: Day) -> float | None:
    return _spearman(predictions[day], labels[day]) if day in labels else None


def _spearman(one: Named, other: Named) -> float | None:
    """Rank correlation over the assets of both; None where they are few, or all alike."""
    assets = [name for name in one if name in other]
    if len(assets) < _FEWEST:
        return None
    a, b = (_ranks([values[name] for name in assets]) for values in (one, other))
    if np.std(a) == 0 or np.std(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Ranks, those of equal values being their mean."""
    _, place, count = np.unique(np.asarray(values), return_inverse=True, return_counts=True)
    last = np.cumsum(count)
    middle: NDArray[np.float64] = (last - (count - 1) / 2.0)[place]
    return middle
