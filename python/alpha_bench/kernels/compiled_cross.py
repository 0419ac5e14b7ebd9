"""Operators across assets as the engine runs them: kernel calls a run of sessions, on all cores.

What a run needs on the way (the order of its sessions, the slots of its groups) is made for the run alone, so it stays in the
cache, and no more than a run of it is ever held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.kernels.arrays import Implementation
from alpha_bench.runtime import Floats, in_pieces

Integers: TypeAlias = NDArray[np.int32]
# In one run: enough that what a kernel gets for itself is paid for once in many sessions, and so few that orders and slots of
# some thousand assets stay in the second-level cache between the kernel that makes them and the one that reads them.
_SESSIONS = 32
_LIMITS = {"quantile": 0, "std": 1, "mad": 2}


def _moments(kernel: str, *how: int) -> Implementation:
    """An operator of one array and no parameter."""

    def run(x: Floats, *, out: Floats | None = None) -> Floats:
        from alpha_bench.kernels import cross

        call: Any = getattr(cross, kernel)
        made = np.empty(x.shape) if out is None else out
        in_pieces(lambda first, last: call(x, made, first, last, *how), len(x), _SESSIONS, x.size)
        return made

    return run


def _ordered(x: Floats, first: int, last: int) -> tuple[Integers, Integers]:
    from alpha_bench.kernels import order

    positions, known = np.empty((last - first, x.shape[1]), np.int32), np.empty(last - first, np.int32)
    order.order(x, positions, known, first, last)
    return positions, known


def _numbered(groups: Floats, first: int, last: int) -> tuple[Integers, Integers]:
    from alpha_bench.kernels import groups as kernels

    slots, counts = np.empty((last - first, groups.shape[1]), np.int32), np.empty(last - first, np.int32)
    kernels.number(groups, slots, counts, first, last)
    return slots, counts


def _from_order(kernel: str, how: Callable[..., tuple[object, ...]]) -> Implementation:
    """An operator of one array that is made from the order of each session; ``how`` turns parameters into arguments."""

    def run(x: Floats, *, out: Floats | None = None, **params: Any) -> Floats:
        from alpha_bench.kernels import normal, ranked

        call: Any = normal.scores if kernel == "scores" else getattr(ranked, kernel)
        made = np.empty(x.shape) if out is None else out
        arguments = how(**params)

        def piece(first: int, last: int) -> None:
            positions, known = _ordered(x, first, last)
            call(x, positions, known, made, first, last, *arguments)

        in_pieces(piece, len(x), _SESSIONS, x.size)
        return made

    return run


def _within(what: int) -> Implementation:
    """Moments within groups."""

    def run(x: Floats, groups: Floats, *, out: Floats | None = None) -> Floats:
        from alpha_bench.kernels import groups as kernels

        made = np.empty(x.shape) if out is None else out

        def piece(first: int, last: int) -> None:
            slots, counts = _numbered(groups, first, last)
            kernels.centre(x, slots, counts, made, first, last, what)

        in_pieces(piece, len(x), _SESSIONS, x.size)
        return made

    return run


def group_rank(x: Floats, groups: Floats, *, out: Floats | None = None) -> Floats:
    from alpha_bench.kernels import ranked

    made = np.empty(x.shape) if out is None else out

    def piece(first: int, last: int) -> None:
        positions, known = _ordered(x, first, last)
        slots, counts = _numbered(groups, first, last)
        ranked.rank_in_groups(x, positions, known, made, first, last, slots, counts)

    in_pieces(piece, len(x), _SESSIONS, x.size)
    return made


def _residual(
    x: Floats,
    exposures: tuple[Floats, ...],
    groups: Floats | None,
    weights: Floats | None,
    out: Floats | None,
    *,
    apart: bool,
) -> Floats:
    from alpha_bench.kernels import residual

    made = np.empty(x.shape) if out is None else out
    # No rows stand for equal weights: the kernel is compiled for one type, and needs no array of ones.
    weighted = np.empty((0, x.shape[1])) if weights is None else weights

    def piece(first: int, last: int) -> None:
        rows = last - first
        if groups is None:
            slots, counts = np.zeros((rows, x.shape[1]), np.int32), np.ones(rows, np.int32)
        else:
            slots, counts = _numbered(groups, first, last)
        # Exposures are separate arrays, as many as there are; the kernel takes one contiguous cube, so that it is compiled once
        # for any number of them.
        cube = np.empty((len(exposures), rows, x.shape[1]))
        for k, exposure in enumerate(exposures):
            cube[k] = exposure[first:last]
        residual.residual(x, cube, weighted, slots, counts, made, first, last, apart)

    in_pieces(piece, len(x), _SESSIONS, x.size)
    return made


def neutralize(
    x: Floats, *operands: Floats, exposures: int, groups: int, weights: int, out: Floats | None = None
) -> Floats:
    grouped = operands[exposures] if groups else None
    return _residual(x, operands[:exposures], grouped, operands[-1] if weights else None, out, apart=False)


def group_neutralize(
    x: Floats, groups: Floats, *operands: Floats, exposures: int, weights: int, out: Floats | None = None
) -> Floats:
    return _residual(x, operands[:exposures], groups, operands[-1] if weights else None, out, apart=True)


CROSS: Mapping[str, Implementation] = MappingProxyType(
    {
        "cs.rank": _from_order("rank", lambda: ()),
        "cs.demean": _moments("centre", 0),
        "cs.zscore": _moments("centre", 1),
        "cs.mean": _moments("centre", 2),
        "cs.std": _moments("centre", 3),
        "cs.scale": _moments("share"),
        "cs.winsorize": _from_order("limited", lambda limit, by: (limit, _LIMITS[by])),
        "cs.gaussianize": _from_order("scores", lambda: ()),
        "cs.quantile": _from_order("bucket", lambda bins: (bins,)),
        "cs.top": _from_order("extreme", lambda n: (n, 1)),
        "cs.bottom": _from_order("extreme", lambda n: (n, 0)),
        "cs.neutralize": neutralize,
        "group.demean": _within(0),
        "group.zscore": _within(1),
        "group.mean": _within(2),
        "group.rank": group_rank,
        "group.neutralize": group_neutralize,
    }
)

_SOME: Mapping[str, Mapping[str, object]] = {
    "cs.winsorize": {"limit": 0.1, "by": "quantile"},
    "cs.quantile": {"bins": 2},
    "cs.top": {"n": 1},
    "cs.bottom": {"n": 1},
    "cs.neutralize": {"exposures": 1, "groups": 1, "weights": 0},
    "group.neutralize": {"exposures": 1, "weights": 0},
}


def run_once(name: str) -> None:
    """Run the operator ``name`` on a few numbers, so that its kernels are compiled."""
    x = np.arange(12.0).reshape(4, 3)
    operands = 3 if name.endswith("neutralize") else 2 if name.startswith("group.") else 1
    CROSS[name](*[x] * operands, **_SOME.get(name, {}))
