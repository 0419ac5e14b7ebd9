"""Runs: the same close again and again, no volume again and again; and volumes far above the usual."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.validation.findings import Finding, Names, Place
from alpha_bench.runtime import Floats

Bools: TypeAlias = NDArray[np.bool_]

_STALE, _NO_VOLUME = 10, 5
_SPIKE, _USUAL = 100.0, 20


def stale(close: Floats, names: Names) -> list[Finding]:
    """Runs of ten identical closes or more, each at its first session, the longest first."""
    same = close[1:] == close[:-1]
    places = [names.at(t, a, f"{n + 1} sessions") for t, a, n in _runs(same, _STALE - 1)]
    return [Finding.of("stale_price", len(places), places=places, field="close")]


def volumes(volume: Floats, names: Names) -> list[Finding]:
    """Runs of five sessions or more without volume; volumes above 100 times the median of the 20 sessions before."""
    runs = _runs(volume == 0, _NO_VOLUME)
    none = [names.at(t, a, f"{n} sessions") for t, a, n in runs]
    spikes = _spikes(volume, names)
    return [
        Finding.of("zero_volume_run", len(none), places=none, field="volume"),
        Finding.of("volume_spike", len(spikes), places=spikes, field="volume"),
    ]


def _runs(mask: Bools, least: int) -> list[tuple[int, int, int]]:
    """(session, asset, length) of every run of ``least`` or more true cells down a column, the longest first."""
    if len(mask) < least or not mask.any():
        return []
    held, length = mask, 1  # held[t]: the cells t .. t + length - 1 are true
    while length < least:
        step = min(length, least - length)
        held = held[: len(held) - step] & held[step:]
        length += step
    begins = held.copy()
    begins[1:] &= ~held[:-1]
    found = []
    for t, a in np.argwhere(begins).tolist():
        after = mask[t:, a]
        n = len(after) if after.all() else int(np.argmin(after))
        found.append((t, a, n))
    return sorted(found, key=lambda run: (-run[2], run[0], run[1]))


def usual(
    values: Floats, sessions: NDArray[np.int64], assets: NDArray[np.int64], *, later: bool = False
) -> Floats:
    """(cells,) the median of the 20 sessions before each cell, or ``later`` after it; NaN where none is known."""
    at = sessions[:, None] + (np.arange(1, _USUAL + 1) if later else np.arange(-_USUAL, 0))
    inside = (at >= 0) & (at < len(values))
    return median(np.where(inside, values[np.where(inside, at, 0), assets[:, None]], np.nan))


def median(rows: Floats) -> Floats:
    """(cells,) median of each row without its NaN; NaN where there is nothing else."""
    ordered = np.sort(rows, axis=1)  # NaN are last
    known = (~np.isnan(rows)).sum(axis=1)
    at = np.arange(len(rows))
    low = ordered[at, np.maximum(known - 1, 0) // 2]
    high = ordered[at, np.minimum(known // 2, rows.shape[1] - 1)]
    return np.asarray((low + high) / 2)


def _spikes(volume: Floats, names: Names) -> list[Place]:
    before, assets = np.nonzero(volume[1:] > 10 * volume[:-1])
    sessions = before + 1
    times = volume[sessions, assets] / usual(volume, sessions, assets)
    real = np.isfinite(times) & (times > _SPIKE)
    return names.worst(sessions[real], assets[real], times[real], (f"x{n:.0f}" for n in times[real]))
