"""Prices that jump, classified: bad prints, wrong factors, splits, spin-offs, news.

A jump with the volume of news is news; one without it that is undone the next session is a bad print; one that stays is a
corporate action which earlier prices were not adjusted for. The bounds were set on two real panels, where every known
defect is found; what else is found there was looked at (see ``docs/how-to/bring-your-data.md``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alpha_bench.panel.validation.findings import Finding, Names
from alpha_bench.panel.validation.runs import median, usual
from alpha_bench.runtime import Floats

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.int64]

_LOOKED_AT = 0.1  # |log return| from which a move is looked at
_LARGE = 0.35  # |log return| of a large move: -30 % or +42 %
_AWAY = 0.22  # a fall from which an opening far away is a pay-out: -20 %
_UNDONE = 0.25  # share of a bad print's jump that may be left after the next session
_SIGMAS, _MANY_SIGMAS, _OUTLIER = 10.0, 15.0, 20.0
_NEWS = 8.0  # times the usual volume
_AT_OPEN = 0.6  # share of a pay-out's fall that is there at the open
_DOUBLE = 0.65  # |log return| of a wrong factor: about 2
_TREBLE = 1.1  # |log|: about 3
_SPELL = 250
_NEIGHBOURS = 60  # sessions on each side by which an asset's own deviation is measured
_TOGETHER = 4
_AROUND = 15  # sessions on each side that are drawn
_RATIOS = np.log([1.5, 2, 3, 4, 5, 6, 7, 8, 10, 15, 20, 25, 30, 40, 50, 100])
_NEAR = 0.03


@dataclass(frozen=True, kw_only=True, slots=True)
class _Moves:
    """Moves of more than 10 %, by asset and session.

    Attributes:
        sessions, assets: where.
        move: log return over the last known price.
        after: log return of the next session, NaN where there is none.
        sigmas: the move in robust standard deviations of the asset's own returns, 60 sessions on each side; 0 where not looked at.
        volume: times the usual volume, NaN where unknown.
        volume_since: the same of the 20 sessions after.
        at_open: share of the move that was there at the open, NaN where unknown.
    """

    sessions: Ints
    assets: Ints
    move: Floats
    after: Floats
    sigmas: Floats
    volume: Floats
    volume_since: Floats
    at_open: Floats


def jumps(close: Floats, opened: Floats | None, volume: Floats | None, names: Names) -> list[Finding]:
    """Every large move once, under the first of these that it is."""
    m = _moves(close, opened, volume)
    size, far = np.abs(m.move), m.sigmas > _SIGMAS
    quiet = ~(m.volume >= _NEWS)
    # A wrong factor of prices is one of volumes too; from a split on, as many times more shares are traded, each day.
    no_more_money = quiet | (m.volume * np.exp(m.move) < _NEWS)
    more_shares = (np.abs(np.log(m.volume_since) + m.move) < _DOUBLE) & (
        np.abs(np.log(m.volume) + m.move) < _TREBLE
    )
    undone = np.abs(m.move + m.after) <= _UNDONE * size
    bad = quiet & far & undone
    back = _next_session(bad, m) & ~bad
    spell = _spells(no_more_money & far & (size > _DOUBLE) & ~bad & ~back, m)
    rest = ~bad & ~back & ~spell
    stays = ~undone & ~_next_session(undone, m)
    known = ~np.isnan(m.at_open)
    opens_away = known & (m.at_open >= _AT_OPEN)
    splits = (
        rest
        & stays
        & (quiet | more_shares)
        & far
        & _by_ratio(m)
        & np.where(known, opens_away, size > _DOUBLE)
    )
    rest &= ~splits
    away = np.where(known, opens_away & (m.move < -_AWAY), (size > _LARGE) & (m.sigmas > _MANY_SIGMAS))
    paid = rest & stays & quiet & away & (known | ~np.isnan(m.volume))
    rest &= ~paid
    large = rest & (size > _LARGE)
    outlier = rest & ~large & (m.sigmas > _OUTLIER)
    return [
        _found("bad_print", bad, m, close, names),
        Finding.of("bad_session", *_together(bad | spell, m, names)),
        *(_found(code, mask, m, close, names) for code, mask in (
            ("wrong_scale", spell), ("split_like", splits), ("unadjusted", paid), ("large_move", large), ("outlier", outlier),
        )),
    ]  # fmt: skip


def _moves(close: Floats, opened: Floats | None, volume: Floats | None) -> _Moves:
    ratio = close[1:] / close[:-1]
    seen = (ratio > np.exp(_LOOKED_AT)) | (ratio < np.exp(-_LOOKED_AT))
    columns, rows = np.nonzero(seen.T)  # by asset and then session, as spells are looked for
    before, sessions, assets = rows, rows + 1, columns
    gap = _over_gaps(close)
    before, sessions, assets = (
        np.concatenate(pair) for pair in zip((before, sessions, assets), gap, strict=True)
    )
    order = np.lexsort((sessions, assets))
    before, sessions, assets = before[order], sessions[order], assets[order]
    price, last = close[sessions, assets], close[before, assets]
    move = np.log(price / last)
    following = np.minimum(sessions + 1, len(close) - 1)
    after = np.where(sessions + 1 < len(close), np.log(close[following, assets] / price), np.nan)
    unknown = np.full(len(move), np.nan)
    before_it = unknown if volume is None else usual(volume, sessions, assets)
    return _Moves(
        sessions=sessions,
        assets=assets,
        move=move,
        after=after,
        sigmas=_sigmas(close, sessions, assets, move, after),
        volume=unknown if volume is None else volume[sessions, assets] / before_it,
        volume_since=unknown if volume is None else usual(volume, sessions, assets, later=True) / before_it,
        at_open=unknown if opened is None else np.log(opened[sessions, assets] / last) / move,
    )


def _over_gaps(close: Floats) -> tuple[Ints, Ints, Ints]:
    """(session before, session after, asset) of moves of more than 10 % over a gap."""
    known = ~np.isnan(close)
    found = []
    opens = known[1:] & ~known[:-1]
    for asset in np.flatnonzero(opens.any(axis=0)):
        there = np.flatnonzero(known[:, asset])
        far = np.flatnonzero(np.diff(there) > 1)
        prices = close[there, asset]
        found += [
            (there[i], there[i + 1], asset)
            for i in far
            if abs(np.log(prices[i + 1] / prices[i])) > _LOOKED_AT
        ]
    return tuple(np.array([f[k] for f in found], dtype=np.int64) for k in range(3))  # type: ignore[return-value]


def _sigmas(close: Floats, sessions: Ints, assets: Ints, move: Floats, after: Floats) -> Floats:
    """Moves in own deviations; 0 for small ones that stay, which are not looked at further."""
    size = np.abs(move)
    wanted = np.flatnonzero((size > _AWAY) | (np.abs(move + after) <= _UNDONE * size))
    sigmas = np.zeros(len(move))
    sigmas[wanted] = size[wanted] / _own_deviation(close, sessions[wanted], assets[wanted])
    return sigmas


def _own_deviation(close: Floats, sessions: Ints, assets: Ints) -> Floats:
    """1.4826 times the median of the |log returns| around that are not zero, the move itself and the next one left out."""
    steps = np.array([k for k in range(-_NEIGHBOURS, _NEIGHBOURS + 2) if k not in {0, 1}])
    at = sessions[:, None] + steps
    inside = (at >= 1) & (at < len(close))
    at = np.clip(at, 1, len(close) - 1)
    moves = np.abs(np.log(close[at, assets[:, None]] / close[at - 1, assets[:, None]]))
    return np.maximum(1.4826 * median(np.where(inside & (moves > 0), moves, np.nan)), 0.003)


def _next_session(marked: Bools, m: _Moves) -> Bools:
    """The moves of the session after each marked one, of the same asset."""
    following = np.zeros(len(marked), dtype=bool)
    follows = (m.assets[1:] == m.assets[:-1]) & (m.sessions[1:] == m.sessions[:-1] + 1)
    following[1:] = marked[:-1] & follows
    return following


def _spells(likely: Bools, m: _Moves) -> Bools:
    """Pairs of opposite jumps of an asset by about one factor, at most 250 sessions apart."""
    found = np.zeros(len(likely), dtype=bool)
    at = np.flatnonzero(likely)
    for i, j in pairwise(at):
        near = m.assets[i] == m.assets[j] and m.sessions[j] - m.sessions[i] <= _SPELL
        if near and not found[i] and abs(m.move[i] + m.move[j]) <= _UNDONE * abs(m.move[i]):
            found[i] = found[j] = True
    return found


def _by_ratio(m: _Moves) -> Bools:
    """Moves within 3 % of a split's ratio, and not the next session's undoing."""
    apart = np.abs(np.abs(m.move)[:, None] - _RATIOS).min(axis=1, initial=np.inf)
    return np.asarray((apart < _NEAR) & (np.abs(m.move) > _LARGE))


def _together(bad: Bools, m: _Moves, names: Names) -> tuple[int, list[str]]:
    """Sessions with four or more, up and down: where all fall, it may have been the market."""
    ups = np.bincount(m.sessions[bad & (m.move > 0)], minlength=len(names.dates))
    downs = np.bincount(m.sessions[bad & (m.move < 0)], minlength=len(names.dates))
    many = np.flatnonzero((ups + downs >= _TOGETHER) & (ups > 0) & (downs > 0))
    return len(many), [f"{names.dates[t]} {ups[t] + downs[t]}" for t in many]


def _found(code: str, mask: Bools, m: _Moves, close: Floats, names: Names) -> Finding:
    size = np.abs(m.move[mask])
    places = names.worst(m.sessions[mask], m.assets[mask], size, _notes(mask, m))
    around: list[float] = []
    if len(size):
        worst = int(np.argmax(size))
        session = int(m.sessions[mask][worst])
        around = close[max(0, session - _AROUND) : session + _AROUND + 1, m.assets[mask][worst]].tolist()
    told = [f"{p.asset} {p.date}" for p in places]
    return Finding.of(code, int(mask.sum()), told, places=places, field="close", around=around)


def _notes(mask: Bools, m: _Moves) -> Iterator[str]:
    for move, times in zip(m.move[mask], m.volume[mask], strict=True):
        yield f"{np.expm1(move):+.0%}" + ("" if np.isnan(times) else f", volume x{times:.1f}")
