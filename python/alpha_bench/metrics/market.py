"""The prices that a label is made of, over the sessions of the test blocks: what a book is traded and valued at."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from alpha_bench.expressions import Expr, ValueSource, field, walk
from alpha_bench.names import CLASSIFIERS
from alpha_bench.runtime import Floats

_MOST_GROUPS = 60  # a report shows no more


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """Prices over all T sessions of the panel, (T, N); ``first`` and ``last`` bound the test blocks, half open.

    Attributes:
        price: as the panel has it; NaN where missing.
        groups: group numbers, and their names; None where the panel has no classification.
    """

    first: int
    last: int
    price: Floats
    groups: Floats | None
    group_names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Market(Prices):
    """Prices, and what else a book needs; made for it, and not kept after.

    Attributes:
        mark: the last known price, for valuing what is held through a gap; NaN before the first one. Nothing is traded at it. After an
            asset's last one it is that price and the label's delisting return.
        dollar_volume: price times volume; None where the panel has no volume.
        shares: shares outstanding; None where the panel has none.
    """

    mark: Floats
    dollar_volume: Floats | None
    shares: Floats | None


def prices_of(panel: ValueSource, label: Expr, first: int, last: int) -> Prices | None:
    """The prices of a label; None when none can be told: the label has none of its own and there is no ``close``."""
    price = price_of(label, panel.field_names)
    if price is None:
        return None
    (values,) = panel.compute((price,))
    groups, names = _groups(panel)
    return Prices(first=first, last=last, price=values, groups=groups, group_names=names)


def market_of(panel: ValueSource, label: Expr, first: int, last: int) -> Market | None:
    """The market of a label; None where :func:`prices_of` has none."""
    price, prices = price_of(label, panel.field_names), prices_of(panel, label, first, last)
    if price is None or prices is None:
        return None
    known = set(panel.field_names)
    volume = panel.compute((price * field("volume"),))[0] if "volume" in known else None
    shares = panel.compute((field("shares_outstanding"),))[0] if "shares_outstanding" in known else None
    return Market(
        first=first,
        last=last,
        price=prices.price,
        mark=forward_filled(_with_delistings(prices.price, panel, label)),
        dollar_volume=volume,
        shares=shares,
        groups=prices.groups,
        group_names=prices.group_names,
    )


def _with_delistings(price: Floats, panel: ValueSource, label: Expr) -> Floats:
    """Prices, and on the session after an asset's last one what its delisting return leaves of it."""
    returns = next((node.args[1] for node in walk((label,)) if node.op == "fwd_ret_delisted"), None)
    if returns is None:
        return price
    (values,) = panel.compute((returns,))
    session, asset = np.nonzero(np.isfinite(values[:-1]) & np.isfinite(price[:-1]) & ~np.isfinite(price[1:]))
    out = price.copy()
    out[session + 1, asset] = price[session, asset] * (1.0 + values[session, asset])
    return out


def price_of(label: Expr, fields: tuple[str, ...]) -> Expr | None:
    """What a label's forward return is the return of; ``close`` where it has no such thing."""
    for node in walk((label,)):
        if node.lookahead > 0 and node.args and all(a.lookahead == 0 for a in node.args):
            return node.args[0]
    return field("close") if "close" in fields else None


def forward_filled(values: Floats) -> Floats:
    """(T, N) with each gap filled by the last known value before it."""
    out = values.copy()
    for before, now in pairwise(out):
        np.copyto(now, before, where=~np.isfinite(now))
    return out


def _groups(panel: ValueSource) -> tuple[Floats | None, tuple[str, ...]]:
    """``sector`` where the panel has it, else its first classification by name: those that are called so, then other texts of few kinds."""
    names: dict[str, tuple[str, ...]] = getattr(panel, "group_names", {})
    known = [n for n in names if n in CLASSIFIERS or len(names[n]) <= _MOST_GROUPS]
    if not known:
        return None, ()
    name = min(known, key=lambda n: (n != "sector", n not in CLASSIFIERS, n))
    return panel.groups[name], names[name]  # type: ignore[attr-defined]
