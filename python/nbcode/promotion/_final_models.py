"""The window to the models of a promotion: what the final models of two fits predict of the same new sessions, and how alike they rank the names."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbcode.primitives import dataclass
from nbcode.promotion.drift import FinalModels

MOST = 5
"""So many of the last new sessions are predicted: each is a look-back to compute."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PricesOfARun:
    """The files of prices that a run read, as nbcode.toml says they are laid out; see :func:`alpha_bench.describe.panel_for`."""

    prices: Path
    reference: Path | None
    declared: Mapping[str, Any]


def final_models(before: Path, now: Path, read: PricesOfARun, since: str | None) -> FinalModels | None:
    """How alike the models in two artifacts rank the names on the last sessions of ``read`` after the day ``since``, or on the last one.

    None where that cannot be said: a signal, a model that its notebook's own code fitted, prices that the earlier model cannot read, an artifact that
    is no more what it was. It is evidence, and hinders nothing.
    """
    try:
        return _compared(before, now, read, since)
    except Exception:  # whatever a library says of a model that it made
        return None


def _compared(before: Path, now: Path, read: PricesOfARun, since: str | None) -> FinalModels | None:
    from alpha_bench.describe import panel_for
    from nbcode.promotion._compared_fits import rank_correlation
    from nbcode_runtime import load

    models: list[Any] = [load(place) for place in (before, now)]
    if not all(hasattr(one, "needs") for one in models):
        return None
    panel = panel_for(models[1], read.prices, read.reference, read.declared)
    days = sorted({str(day)[:10] for day in panel.dates})
    asked = [day for day in days if since is not None and day > since][-MOST:] or days[-1:]
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of rows without a prediction, which the figures of the fit tell
        for day in asked:
            one, other = (model.predict(panel, as_of=day) for model in models)
            alike = rank_correlation(_named(one), _named(other))
            found += [] if alike is None else [alike]
    return FinalModels(rank_correlation=sum(found) / len(found), sessions=len(found)) if found else None


def _named(table: Any) -> dict[str, float]:
    there = table.dropna(subset=["prediction"])
    return dict(zip(map(str, there["symbol"]), map(float, there["prediction"]), strict=True))
