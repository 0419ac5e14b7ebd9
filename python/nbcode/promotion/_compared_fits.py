"""How far a refit is from the fit before it. The window to numpy of a promotion, so it is opened where two fits are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from nbcode.promotion.drift import Day, Drift, Fit, Named, Names, NotMade

SESSIONS = 20
"""Of the last sessions that both have, so many are compared."""
_FEWEST = 5
"""Names without which a session has no rank correlation."""


def drift_of(before: Fit, now: Fit, horizon: int) -> Drift:
    """How far ``now`` is from ``before``; ``horizon`` is that of the label, in sessions."""
    not_made: list[NotMade] = []
    moved = _moved(before.coefficients, now.coefficients, not_made)
    ranks = _ranks_alike(before.predictions, now.predictions, not_made)
    new, fall = _fallen(before, now, horizon, not_made)
    return Drift(
        coefficient_drift=moved,
        rank_correlation=float(np.mean(ranks)) if ranks else None,
        sessions=len(ranks),
        new_ic=float(np.mean(new)) if new else None,
        new_sessions=len(new),
        ic_fall=fall,
        names=_names(before.predictions, now.predictions),
        not_made=tuple(not_made),
        back=_back(before.predictions, now.predictions),
    )


def _names(before: Mapping[Day, Named], now: Mapping[Day, Named]) -> Names | None:
    """The session on which the count of names is furthest from those of the last sessions before, among these and what came since."""
    last = sorted(before)[-SESSIONS:]
    days = [day for day in now if last and day >= last[0]]
    if not days:
        return None
    usual = [_predicted(before[day]) for day in last]
    least, most = min(usual), max(usual)

    def beyond(day: Day) -> float:
        count = _predicted(now[day])
        return (count - most) / max(most, 1) if count > most else max(0.0, (least - count) / max(least, 1))

    day = max(sorted(days), key=beyond)
    return Names(day=day, now=_predicted(now[day]), least=least, most=most, change=beyond(day))


def _predicted(names: Named) -> int:
    return sum(value == value for value in names.values())  # noqa: PLR0124 - NaN is none


def _back(before: Mapping[Day, Named], now: Mapping[Day, Named]) -> tuple[Day, Day] | None:
    last, mine = max(before, default=""), max(now, default="")
    return (last, mine) if mine and mine < last else None


def _ranks_alike(
    before: Mapping[Day, Named], now: Mapping[Day, Named], not_made: list[NotMade]
) -> list[float]:
    """The rank correlation of both predictions on each of the last sessions that both have."""
    both = sorted(before.keys() & now.keys())[-SESSIONS:]
    made = [one for day in both if (one := _same_names(before[day], now[day])) is not None]
    if made and len(made) >= len(both) / 2:
        return made
    if not before and not now:
        why = "the model leaves none by session and name"
    elif not both:
        why = f"no session in common; there are those of {_span(before)} before, and of {_span(now)} now"
    else:
        why = f"on {len(both) - len(made)} of the last {len(both)} sessions in common, {_apart(before, now, both)}"
    not_made.append(NotMade(limit="rank_correlation", why=f"predictions not compared: {why}"))
    return []


def _same_names(one: Named, other: Named) -> float | None:
    """Rank correlation of both, None where most names are in one of them alone."""
    return rank_correlation(one, other) if 2 * _common(one, other) >= max(len(one), len(other)) else None


def _common(one: Named, other: Named) -> int:
    return len(one.keys() & other.keys())


def _span(predictions: Mapping[Day, Named]) -> str:
    return f"{min(predictions)} to {max(predictions)}" if predictions else "no session"


def _apart(before: Mapping[Day, Named], now: Mapping[Day, Named], days: Sequence[Day]) -> str:
    """Why predictions of ``days`` are not compared."""
    day = next((one for one in reversed(days) if _same_names(before[one], now[one]) is None), days[-1])
    one, other = before[day], now[day]
    common = _common(one, other)
    counts = f"{common} of {len(one)} names before and {len(other)} now"
    if 2 * common < max(len(one), len(other)):
        return f"on {day} {counts} are in both: before {_some(one, other)}; now {_some(other, one)}"
    if common < _FEWEST:
        return f"on {day} {counts} are in both, and a rank correlation takes {_FEWEST}"
    return f"on {day} all predictions of a fit are alike, or some are no numbers"


def _some(mine: Named, others: Named) -> str:
    """A few names that only one of them has."""
    own = sorted(mine.keys() - others.keys())
    return f"{', '.join(own[:3])}{', ...' if len(own) > 3 else ''} alone" if own else "no other"


def _fallen(before: Fit, now: Fit, horizon: int, not_made: list[NotMade]) -> tuple[list[float], float | None]:
    """The rank IC of the earlier predictions on each session whose label is new, and how far they lie below those before."""
    known = [_ic(before.predictions, before.labels, day) for day in before.predictions]
    come = [day for day in before.predictions if day not in before.labels and day in now.labels]
    since = [_ic(before.predictions, now.labels, day) for day in come]
    old, new = ([one for one in values if one is not None] for values in (known, since))
    if not before.labels and not now.labels:
        why = "rank IC since: the model leaves no labels"
        not_made.append(NotMade(limit="ic_fall", why=why, innocent=True))
    elif not before.labels or not now.labels:
        which = "the fit before" if not before.labels else "this fit"
        not_made.append(NotMade(limit="ic_fall", why=f"rank IC since: {which} leaves no labels"))
    elif not come:
        why = "rank IC since: no label of a session has come to be known"
        not_made.append(NotMade(limit="ic_fall", why=why, innocent=True))
    elif not new:
        day = max(come)
        common = _common(before.predictions[day], now.labels[day])
        counts = f"on {day} {common} of {len(before.predictions[day])} names predicted have one of {len(now.labels[day])} labels"
        why = f"rank IC since: labels of {len(come)} sessions have come to be known, and {counts}"
        not_made.append(NotMade(limit="ic_fall", why=why))
    elif len(old) <= SESSIONS or not np.std(old) > 0:
        why = f"rank IC not held against that before: it is known of {len(old)} sessions, and it takes more than {SESSIONS}, not all alike"
        not_made.append(NotMade(limit="ic_fall", why=why))
    else:
        error = np.std(old, ddof=1) / np.sqrt(max(1.0, len(new) / horizon))
        return new, float((np.mean(old) - np.mean(new)) / error)
    return new, None


def _moved(
    before: Mapping[str, float] | None, now: Mapping[str, float] | None, not_made: list[NotMade]
) -> float | None:
    if before is None and now is None:
        why = "coefficients not compared: the model is not linear"
        not_made.append(NotMade(limit="coefficient_drift", why=why, innocent=True))
        return None
    if before is None or now is None or before.keys() != now.keys():
        why = f"coefficients not compared: {_other_features(before, now)}"
        not_made.append(NotMade(limit="coefficient_drift", why=why))
        return None
    old = np.array([before[name] for name in sorted(before)])
    new = np.array([now[name] for name in sorted(before)])
    size = float(np.linalg.norm(old))
    difference = float(np.linalg.norm(new - old))
    return difference / size if size > 0 else (0.0 if difference == 0 else float("inf"))


def _other_features(before: Mapping[str, float] | None, now: Mapping[str, float] | None) -> str:
    if before is None or now is None:
        return f"{'the fit before' if before is None else 'this fit'} has none, and the other has"
    gone, new = (sorted(one.keys() - other.keys()) for one, other in ((before, now), (now, before)))
    return f"other features; before alone: {', '.join(gone) or 'none'}; now alone: {', '.join(new) or 'none'}"


def _ic(predictions: Mapping[Day, Named], labels: Mapping[Day, Named], day: Day) -> float | None:
    return rank_correlation(predictions[day], labels[day]) if day in labels else None


def rank_correlation(one: Named, other: Named) -> float | None:
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
