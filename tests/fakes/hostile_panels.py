"""Panels that a market should not give and sometimes does, for hypothesis; and the same panel in another form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from alpha_bench.panel.panel import Panel
from fakes.small_panels import panel_of

Floats = NDArray[np.float64]
Defect = Callable[[Floats, np.random.Generator], None]


def _nan_run(x: Floats, rng: np.random.Generator) -> None:
    first = rng.integers(len(x))
    x[first : first + rng.integers(1, 12), rng.integers(x.shape[1])] = np.nan


def _constant(x: Floats, rng: np.random.Generator) -> None:
    x[:, rng.integers(x.shape[1])] = 12.3


def _spike(x: Floats, rng: np.random.Generator) -> None:
    x[rng.integers(len(x)), rng.integers(x.shape[1])] = 1e8


def _infinite(x: Floats, rng: np.random.Generator) -> None:
    x[rng.integers(len(x)), rng.integers(x.shape[1])] = rng.choice([np.inf, -np.inf])


def _nothing_known(x: Floats, rng: np.random.Generator) -> None:
    """A session without any asset: an empty universe."""
    x[rng.integers(len(x))] = np.nan


def _never_known(x: Floats, rng: np.random.Generator) -> None:
    x[:, rng.integers(x.shape[1])] = np.nan


def _ties(x: Floats, _: np.random.Generator) -> None:
    x[:] = np.round(x)


def _zeros(x: Floats, rng: np.random.Generator) -> None:
    x[rng.random(x.shape) < 0.2] = 0.0


def _negative(x: Floats, rng: np.random.Generator) -> None:
    x[rng.random(x.shape) < 0.3] *= -1.0


DEFECTS: dict[str, Defect] = {
    "a run of missing values": _nan_run,
    "a constant asset": _constant,
    "a spike of 1e8": _spike,
    "an infinite value": _infinite,
    "a session without assets": _nothing_known,
    "an asset that is never known": _never_known,
    "ties": _ties,
    "zeros": _zeros,
    "negative values": _negative,
}


def fields_with(defects: list[str], seed: int, rows: int, columns: int) -> dict[str, Floats]:
    """``close`` and ``volume`` of ``rows`` sessions and ``columns`` assets; each defect is put into both."""
    rng = np.random.default_rng(seed)
    close = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.02, (rows, columns)), axis=0)), 2)
    volume = np.round(rng.lognormal(10, 1, (rows, columns)))
    for name in defects:
        for values in (close, volume):
            DEFECTS[name](values, rng)
    return {"close": close, "volume": volume}


@st.composite
def hostile_fields(draw: st.DrawFn, rows: int = 26, columns: int = 13) -> dict[str, Floats]:
    """From one session of one asset up to ``rows`` of ``columns``, with up to four defects."""
    return fields_with(
        draw(st.lists(st.sampled_from(sorted(DEFECTS)), max_size=4, unique=True)),
        draw(st.integers(0, 2**32 - 1)),
        draw(st.sampled_from([1, 2, 5, 11, rows])),
        draw(st.sampled_from([1, 2, columns])),
    )


def with_another_future(panel: Panel, t: int, other: dict[str, Floats]) -> Panel:
    """``panel`` up to session ``t``, and afterwards ``other``'s values, a million times as large, with holes and infinities."""
    fields = {}
    for name, values in panel.fields.items():
        later = 1e6 * other[name][t + 1 :]
        later[::3] = np.inf
        later[1::3, 0] = np.nan
        fields[name] = np.vstack([values[: t + 1], later])
    groups = {n: np.vstack([g[: t + 1], g[t + 1 :, ::-1]]) for n, g in panel.groups.items()}
    return replace(panel, fields=MappingProxyType(fields), groups=MappingProxyType(groups))


def with_assets(panel: Panel, order: NDArray[np.int64]) -> Panel:
    """The assets ``order`` of ``panel``, in that order: a permutation or a part."""
    return replace(
        panel,
        assets=panel.assets[: len(order)],
        fields=MappingProxyType({n: np.ascontiguousarray(v[:, order]) for n, v in panel.fields.items()}),
        groups=MappingProxyType({n: np.ascontiguousarray(v[:, order]) for n, v in panel.groups.items()}),
    )


def scaled(panel: Panel, name: str, factor: float) -> Panel:
    """The field ``name`` in other units."""
    return replace(
        panel, fields=MappingProxyType({n: v * factor if n == name else v for n, v in panel.fields.items()})
    )


def hostile_panel(fields: dict[str, Floats]) -> Panel:
    """A panel of ``fields``, as :func:`fakes.small_panels.panel_of` makes it (with its groups, where it has them)."""
    return panel_of(fields)
