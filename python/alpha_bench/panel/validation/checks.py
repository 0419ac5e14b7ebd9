"""Looking at a panel: every kind of oddity in turn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.validation.findings import Finding, Names
from alpha_bench.panel.validation.jumps import jumps
from alpha_bench.panel.validation.report import Validation
from alpha_bench.panel.validation.rows import adjusted, bars, duplicates, spans, values_of
from alpha_bench.panel.validation.runs import stale, volumes
from alpha_bench.runtime import Floats

_POINTS = 200


def validate(
    dates: NDArray[np.datetime64],
    assets: NDArray[np.str_],
    fields: Mapping[str, Floats],
    noticed: Iterable[Finding] = (),
) -> Validation:
    """Look at every field that varies over time. ``noticed`` comes first; what was not found is left out."""
    varying = {n: v for n, v in fields.items() if v.strides[0] != 0}
    names = Names(dates=dates, assets=assets)
    findings = [*noticed]
    price = next((varying[n] for n in ("close", *varying) if n in varying), None)
    listed: tuple[int, ...] = ()
    with np.errstate(all="ignore"):
        if price is not None:
            known = ~np.isnan(price)
            listed = tuple(known[:: max(1, len(known) // _POINTS)].sum(axis=1).tolist())
            findings += spans(known, names)
            findings += [f for name, v in varying.items() for f in values_of(name, v, known, names)]
        findings += bars(varying, names)
        findings += duplicates(varying, names)
        if "close" in varying:
            findings += jumps(varying["close"], varying.get("open"), varying.get("volume"), names)
            findings += stale(varying["close"], names)
            findings += adjusted(varying["close"])
        if "volume" in varying:
            findings += volumes(varying["volume"], names)
    return Validation(
        sessions=len(dates),
        assets=len(assets),
        first=str(dates[0]),
        last=str(dates[-1]),
        fields=tuple(sorted(fields)),
        findings=tuple(sorted((f for f in findings if f.count), key=lambda f: f.severity != "warning")),
        listed=listed,
    )
