"""What the engine runs for time-series operators: shifts in numpy by rows, rolling kernels by columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from itertools import accumulate
from types import MappingProxyType
from typing import Any

import numpy as np

from alpha_bench.kernels.arrays import Implementation
from alpha_bench.kernels.priced import price_ratio_less_one
from alpha_bench.kernels.reference_element import logarithm
from alpha_bench.runtime import Floats, cores, in_pieces, rows_a_piece

_WIDEST = 1024  # columns in one piece of a rolling kernel: long runs of memory are read fastest
_SUFFIX_BYTES = 4 * 1024 * 1024  # what one piece of a rolling kernel may keep of a window


def shifting(
    then: Callable[[Floats, Floats, Floats], object], ahead: int, d: int, x: Floats, into: Floats | None
) -> Floats:
    """``then(x[t+ahead], x[t+ahead-d], out)`` for every ``t`` where both exist; NaN elsewhere."""
    out = np.empty(x.shape) if into is None else into
    begin, end = max(0, d - ahead), len(x) - max(ahead, 0)

    def piece(first: int, last: int) -> None:
        low, high = min(max(first, begin), last), max(min(last, end), first)
        if low >= high:
            out[first:last] = np.nan
            return
        # Only the rows that have no other to be compared with: filling all first would write every value twice.
        out[first:low] = np.nan
        out[high:last] = np.nan
        with np.errstate(all="ignore"):
            then(x[low + ahead : high + ahead], x[low + ahead - d : high + ahead - d], out[low:high])

    in_pieces(piece, len(x), rows_a_piece(x), x.size)
    return out


def price_return(now: Floats, then: Floats, out: Floats) -> None:
    """``now / then - 1``; missing where one of the two is no price."""
    if now.flags.c_contiguous and then.flags.c_contiguous and out.flags.c_contiguous:
        price_ratio_less_one(now, then, out)
    else:
        of_prices(_ratio_less_one)(now, then, out)


def _ratio_less_one(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    np.subtract(out, 1.0, out=out)


def of_prices(then: Callable[[Floats, Floats, Floats], object]) -> Callable[[Floats, Floats, Floats], object]:
    """``then``, missing where one of the two is no price: a return over 0 or less means nothing."""

    def priced(now: Floats, before: Floats, out: Floats) -> None:
        then(now, before, out)
        if (now <= 0.0).any() or (before <= 0.0).any():  # seldom
            out[~(np.minimum(now, before) > 0.0)] = np.nan

    return priced


def log_ratio(now: Floats, then: Floats, out: Floats) -> None:
    np.divide(now, then, out=out)
    out[:] = logarithm(out)


def _copy_then(_now: Floats, then: Floats, out: Floats) -> None:
    out[:] = then


def lag(x: Floats, *, d: int, out: Floats | None = None) -> Floats:
    return shifting(_copy_then, 0, d, x, out)


def delta(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(lambda now, then, to: np.subtract(now, then, out=to), 0, window, x, out)


def ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(price_return, 0, window, x, out)


def log_ret(x: Floats, *, window: int, out: Floats | None = None) -> Floats:
    return shifting(of_prices(log_ratio), 0, window, x, out)


def fwd_ret(x: Floats, *, horizon: int, delay: int, out: Floats | None = None) -> Floats:
    return shifting(price_return, horizon + delay, horizon, x, out)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kernel:
    """A kernel that walks the sessions of some columns.

    Attributes:
        module: where it is, in ``alpha_bench.kernels``.
        name: its function.
        keeps: arrays as long as the window that it keeps of each column.
        how: its last arguments, the same for every call.
        tables: its last arguments, from the parameters.
        window: the parameter that says how many sessions it needs.
    """

    module: str
    name: str
    keeps: int = 2
    how: tuple[float, ...] = ()
    tables: Callable[..., tuple[object, ...]] | None = None
    window: str = "window"

    def __call__(self, *operands: Floats, out: Floats | None = None, **params: float) -> Floats:
        """Values of the operator: one call a group of columns, as many as fit the cache."""
        x, window = operands[0], int(params.pop(self.window))
        made = np.empty(x.shape) if out is None else out
        if len(x) < window and self.window == "window":
            made[:] = np.nan
            return made
        call: Any = getattr(import_module(f"alpha_bench.kernels.{self.module}"), self.name)
        last = self.how if self.tables is None else self.tables(window, **params)
        # As wide as the stacks of a window stay near the core: they are written once and read once a block. Never under a line of
        # the cache, which two threads would otherwise write in turn.
        width = min(_WIDEST, max(8, _SUFFIX_BYTES // max(8 * self.keeps * window, 1)))
        pieces = -(-x.shape[1] // (width * cores())) * cores() or 1  # as many for each core
        width = max(8, -(-x.shape[1] // pieces))
        in_pieces(
            lambda begin, end: call(*operands, made, window, begin, end, *last), x.shape[1], width, x.size
        )
        return made


@lru_cache(maxsize=64)
def _equal_shares(window: int) -> tuple[Floats, Floats, Floats]:
    """What :func:`rolling.rolling_mean` needs for the plain mean."""
    part = np.array([0.0, *(1.0 / k for k in range(1, window + 1))])
    return part, part, np.arange(window + 1) / window


@lru_cache(maxsize=64)
def _halving_shares(window: int, halflife: float) -> tuple[Floats, Floats, Floats]:
    """The same for weights that halve every ``halflife`` sessions, going back."""
    weights = [0.5 ** (age / halflife) for age in range(window)]
    totals = list(accumulate(weights))
    return (
        np.array([0.0, *(1.0 / total for total in totals)]),
        np.array([0.0, *(weight / total for weight, total in zip(weights, totals, strict=True))]),
        np.array([0.0, *(total / totals[-1] for total in totals)]),
    )


def _level(_window: int, *, q: float) -> tuple[float]:
    return (float(q),)


SHIFTS: Mapping[str, Implementation] = {
    "lag": lag,
    "delta": delta,
    "ret": ret,
    "log_ret": log_ret,
    "fwd_ret": fwd_ret,
}

ROLLING: Mapping[str, _Kernel] = MappingProxyType(
    {
        "ts.sum": _Kernel(module="rolling", name="rolling_sum"),
        "ts.product": _Kernel(module="rolling", name="rolling_product"),
        "ts.mean": _Kernel(module="rolling", name="rolling_mean", tables=_equal_shares),
        "ts.ewm": _Kernel(module="rolling", name="rolling_mean", tables=_halving_shares),
        "ts.decay_linear": _Kernel(module="rolling_trend", name="rolling_decay"),
        "ts.var": _Kernel(module="rolling", name="rolling_spread", how=(0,)),
        "ts.std": _Kernel(module="rolling", name="rolling_spread", how=(1,)),
        "ts.zscore": _Kernel(module="rolling", name="rolling_spread", how=(2,)),
        "ts.skew": _Kernel(module="rolling_moments", name="rolling_shape", keeps=4, how=(0,)),
        "ts.kurt": _Kernel(module="rolling_moments", name="rolling_shape", keeps=4, how=(1,)),
        "ts.min": _Kernel(module="rolling", name="rolling_extreme", how=(1.0,)),
        "ts.max": _Kernel(module="rolling", name="rolling_extreme", how=(-1.0,)),
        "ts.argmin": _Kernel(module="rolling_order", name="rolling_since", how=(1.0,)),
        "ts.argmax": _Kernel(module="rolling_order", name="rolling_since", how=(-1.0,)),
        "ts.median": _Kernel(module="rolling_order", name="rolling_quantile", keeps=16, how=(0.5,)),
        "ts.quantile": _Kernel(module="rolling_order", name="rolling_quantile", keeps=16, tables=_level),
        "ts.rank": _Kernel(module="rolling_order", name="rolling_rank"),
        "ts.cov": _Kernel(module="rolling_pairs", name="rolling_pair", keeps=5, how=(0,)),
        "ts.corr": _Kernel(module="rolling_pairs", name="rolling_pair", keeps=5, how=(1,)),
        "ts.beta": _Kernel(module="rolling_pairs", name="rolling_pair", keeps=5, how=(2,)),
        "ts.resid_on": _Kernel(module="rolling_pairs", name="rolling_pair", keeps=5, how=(3,)),
        "ts.slope": _Kernel(module="rolling_trend", name="rolling_trend", keeps=3, how=(0,)),
        "ts.rsq": _Kernel(module="rolling_trend", name="rolling_trend", keeps=3, how=(1,)),
        "ts.resid": _Kernel(module="rolling_trend", name="rolling_trend", keeps=3, how=(2,)),
        "ts.count": _Kernel(module="rolling_order", name="rolling_count", keeps=0),
        "ts.backfill": _Kernel(module="rolling_order", name="last_known", keeps=0, window="limit"),
    }
)


def run_once(name: str) -> None:
    """Run the kernel of operator ``name`` on a few numbers, so that it is compiled."""
    kernel = ROLLING[name]
    sample = np.arange(12.0).reshape(4, 3)
    operands = (sample, sample) if kernel.module == "rolling_pairs" else (sample,)
    params = {kernel.window: 2.0} | {"ts.ewm": {"halflife": 1.0}, "ts.quantile": {"q": 0.5}}.get(name, {})
    kernel(*operands, out=np.empty_like(sample), **params)
