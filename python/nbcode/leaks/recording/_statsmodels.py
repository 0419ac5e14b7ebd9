"""The window to statsmodels' models of time, whose ``predict`` is given places in time and no rows."""

from __future__ import annotations

from typing import Any

from nbcode.leaks.recording.given import Given


def is_of_time(model: Any) -> bool:
    """Whether it foretells a series from its own past."""
    return hasattr(type(model), "_get_prediction_index")


def in_sample(given: Given) -> Any:
    """The part of the series that ``predict(start, end)`` gives the fitted values of; None where it reaches beyond the series, or the
    model is none of time."""
    model: Any = getattr(given.owner, "model", None)
    series = getattr(getattr(model, "data", None), "orig_endog", None)
    if series is None or not is_of_time(model) or any(name in given.keywords for name in ("exog", "params")):
        return None
    start, end = given.one(("start",), 0), given.one(("end",), 1)
    first, last, beyond, _ = model._get_prediction_index(start, end)  # noqa: SLF001 - it knows dates, labels and None
    return None if beyond or last < first else series[first : last + 1]
