"""Whether what cells of plain Python judge in alpha_bench's language knows the sessions that it is judged on.

The cells run again, and every evaluation that they ask for gives the report that it gave before:

1. Every value after a session that is tested is another. A definition that is another then knows the tested sessions (E40); a panel, or a
   factor that came as values, that is another up to that session knew the future (E23).
2. On the data as they are, while each evaluation gives the report of the one after it. One that is then of another definition was chosen
   by figures of sessions that it is itself judged on (E41), where fewer trials are declared than were judged. So was a signal that is
   another then, on sessions that those reports tell of.

What is another on the data as they are too is drawn without a seed, and nothing is said of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.describe import answering, describe, first_tested
from nbcode.leaks.futures import Again, different
from nbcode.leaks.judged.definition_look import best_of_many, differences, knows_tested
from nbcode.leaks.lineage import (
    CODE,
    Change,
    Future,
    Look,
    Obstacle,
    leaks_found,
    no_leaks_found,
    not_looked_at,
)
from nbcode.leaks.recording import JudgedBefore
from nbcode.leaks.tables import dates_of_words
from nbcode.primitives import Diagnostic, Json, Place, Severity, dataclass

if TYPE_CHECKING:
    from alpha_bench.describe import Asked

_LATE = 0.85  # of the sessions: nothing is left to change after it
_ANOTHER = Obstacle(
    cause="the cells judge something else each time that they run",
    fix="draw with a seed: np.random.default_rng(7)",
)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Evaluation:
    """One that was asked for. ``plain`` is without the digests of values; ``tables`` are (sessions, assets), by what they are."""

    plain: Mapping[str, Json]
    sessions: np.ndarray[Any, Any]
    assets: tuple[str, ...]
    tables: Mapping[str, np.ndarray[Any, Any]]

    @property
    def first(self) -> int:
        """The position of the first session that it tests; the middle where it trains on none before."""
        begin = self.plain.get("start")
        if "factor" in self.plain:
            at = None if begin is None else int(np.searchsorted(self.sessions, np.datetime64(str(begin))))
        else:
            at = first_tested(self.plain, len(self.sessions))
        return at or len(self.sessions) // 2


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class _Signal:
    """The ``values`` (days, columns) of the expression ``text``."""

    text: str
    days: np.ndarray[Any, Any]
    values: np.ndarray[Any, Any]


def look_at_judged(again: Again, judged: JudgedBefore, signal: str = "") -> Look | None:
    """What is told of what the cells judged; None where they judged nothing. ``signal`` is [meta]'s expression for the positions, where it
    has one. Raises OutOfTime."""
    reports = judged.reports
    if not reports:
        return None
    here = Future(change=Change.NONE, cut=np.datetime64("now"))
    now, names, obstacle = _asked(again, reports, here)
    if not now:
        return not_looked_at(obstacle or _ANOTHER)
    told: list[Diagnostic] = []
    for cut in _cuts(now):
        then, _, failed = _asked(again, reports, Future(change=Change.MOVED, cut=cut))
        obstacle = obstacle or failed
        told = list(_of_the_future(now, then, cut))
        if told:
            break
    chosen = _chosen(again, judged, reports, now, _values(signal, names))
    told += [] if chosen is None else [chosen]
    if told:
        unsteady = any(
            _unlike(one, other) for one, other in zip(now, _asked(again, reports, here)[0], strict=False)
        )
        return not_looked_at(_ANOTHER) if unsteady else leaks_found(*told)
    return no_leaks_found(() if obstacle is None else (obstacle,))


def _asked(
    again: Again, reports: Sequence[Any], future: Future
) -> tuple[list[_Evaluation], Mapping[str, object], Obstacle | None]:
    """What is evaluated, what the cells leave, and what failed."""
    found: list[_Evaluation] = []
    with answering(reports, lambda one: found.append(_evaluation(one))):
        names, obstacle = again.names(future)
    return found, names, obstacle


def _evaluation(asked: Asked) -> _Evaluation:
    plain: dict[str, Any] = dict(describe(asked.definition))
    panel: Any = getattr(asked.panel, "panel", asked.panel)
    fields: Mapping[str, Any] = getattr(panel, "fields", {})
    learnt = {name: part for name, part in plain.items() if name not in {"label", "evaluation"}}
    tables = {f"data.{name}": fields[name] for name in sorted(_fields(learnt)) if name in fields}
    if asked.values is not None:
        tables[f"the factor {plain['factor']['name']}"] = asked.values
        plain["factor"] = None
    plain.pop("benchmark", None)
    return _Evaluation(
        plain=plain,
        sessions=np.asarray(panel.dates, dtype="datetime64[ns]"),
        assets=tuple(map(str, panel.assets)),
        tables=tables,
    )


def _fields(plain: object) -> Iterator[str]:
    """Names of the fields that expressions read."""
    if isinstance(plain, Mapping):
        if isinstance(plain.get("field"), str):
            yield plain["field"]
        for part in plain.values():
            yield from _fields(part)
    elif isinstance(plain, list):
        for part in plain:
            yield from _fields(part)


def _cuts(now: Sequence[_Evaluation]) -> list[np.datetime64]:
    """A session that every evaluation tests or has tested, and a later one on another day of the week."""
    longest = max(now, key=lambda one: len(one.sessions)).sessions
    first = max(one.sessions[min(one.first, len(one.sessions) - 2)] for one in now)
    at = int(np.searchsorted(longest, first))
    later = min(at + (len(longest) - at) // 2 + 1, int(_LATE * len(longest)))
    return [first] if later <= at else [first, longest[later]]


def _of_the_future(
    now: Sequence[_Evaluation], then: Sequence[_Evaluation], cut: np.datetime64
) -> Iterator[Diagnostic]:
    tables: set[str] = set()
    for one, other in zip(now, then, strict=False):
        for name, day in _changed_tables(one, other, cut):
            if name not in tables:
                tables.add(name)
                yield _knew(name, day, cut)
    for one, other in zip(now, then, strict=False):
        changed = list(differences(one.plain, other.plain))
        if changed:
            yield knows_tested(changed, cut)
            return


def _changed_tables(one: _Evaluation, other: _Evaluation, cut: np.datetime64) -> Iterator[tuple[str, str]]:
    """What of an evaluation's data is another up to ``cut``, and on which day first."""
    if one.assets != other.assets:
        yield "the list of assets", str(one.sessions[0])[:10]
        return
    sessions = one.sessions[one.sessions <= cut]
    if not np.array_equal(sessions, other.sessions[other.sessions <= cut]):
        return
    for name in one.tables.keys() & other.tables.keys():
        a, b = (np.asarray(each.tables[name][: len(sessions)], dtype=np.float64) for each in (one, other))
        apart = different(a, b)
        if apart.any() and not _one_factor(a, b):
            yield name, str(sessions[int(np.flatnonzero(apart.any(axis=1))[0])])[:10]


def _one_factor(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    """Whether each asset's values are those of before times one number: prices that were restated, whose ratios stay."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = b / a
        known = np.isfinite(ratio)
        low = np.min(np.where(known, ratio, np.inf), axis=0, initial=np.inf)
        high = np.max(np.where(known, ratio, -np.inf), axis=0, initial=-np.inf)
    some = known.any(axis=0)
    moving = len(a) > 1 and bool(
        (np.nanmax(a, axis=0, initial=-np.inf) > np.nanmin(a, axis=0, initial=np.inf)).any()
    )
    return (
        moving
        and bool(np.array_equal(np.isnan(a), np.isnan(b)))
        and bool(np.all(high[some] - low[some] <= 1e-9 * np.abs(high[some])))
    )


def _unlike(one: _Evaluation, other: _Evaluation) -> bool:
    """Whether two runs on the same data asked for different things."""
    if next(differences(one.plain, other.plain), None) is not None:
        return True
    return any(True for _ in _changed_tables(one, other, one.sessions[-1]))


def _chosen(
    again: Again, judged: JudgedBefore, reports: Sequence[Any], now: Sequence[_Evaluation], signal: _Signal
) -> Diagnostic | None:
    if judged.variants < 2 or len(reports) < 2:
        return None
    here = Future(change=Change.NONE, cut=np.datetime64("now"))
    then, names, _ = _asked(again, [*reports[1:], *reports[:1]], here)
    for number, (one, other) in enumerate(zip(now, then, strict=False)):
        changed = list(differences(one.plain, other.plain))
        if not changed:
            continue
        before = [k for k in range(number) if _overlap(reports[k], reports[number])]
        variants = len({reports[k].definition.variant for k in before} | {reports[number].definition.variant})
        if before and variants > reports[number].definition.trials:
            return best_of_many(changed, variants, reports[number].definition.trials)
        return None
    return _chosen_signal(signal, _values(signal.text, names), reports)


def _values(signal: str, names: Mapping[str, object]) -> _Signal:
    """The values of the expression ``signal`` among ``names``; without days where they are no table of sessions down."""
    dates = None
    with contextlib.suppress(Exception):
        value: Any = eval(signal, dict(names)) if signal else None  # noqa: S307 - the notebook's own
        numbers = np.asarray(value, dtype=np.float64)
        dates = dates_of_words(value.index)
    if dates is None:
        return _Signal(text=signal, days=np.empty(0, "datetime64[ns]"), values=np.empty((0, 0)))
    return _Signal(text=signal, days=dates, values=numbers.reshape(len(dates), -1))


def _chosen_signal(one: _Signal, other: _Signal, reports: Sequence[Any]) -> Diagnostic | None:
    """E41 of a signal that is another where evaluations give each other's reports."""
    if not len(one.days) or one.values.shape != other.values.shape:
        return None
    moved = different(one.values, other.values).any(axis=1)
    told = np.isin(one.days[moved], np.concatenate([_scored(report) for report in reports]))
    if not told.any():
        return None
    day = str(one.days.min())[:10]
    return Diagnostic(
        code="NBC-E41",
        severity=Severity.WARNING,
        message=f"the signal {one.text} was chosen among {len(reports)} evaluations by figures of its own sessions: it is another on "
        f"{int(told.sum()):,} of {len(one.days):,} of them when these figures are each other's",
        cause="the best of many, or the sign that fitted best, looks good by chance too",
        fixes=(f'choose by figures of sessions before the first of the signal: study(..., end="{day}")',),
        place=Place(tag="features"),
    )


def _overlap(one: Any, other: Any) -> bool:
    """Whether two reports tell of the same sessions."""
    return bool(np.isin(_scored(one), _scored(other)).any())


def _scored(report: Any) -> np.ndarray[Any, Any]:
    """The sessions that a report tells of."""
    positions = sorted({at for split in report.splits for part in split.test.ranges for at in part})
    sessions: np.ndarray[Any, Any] = np.asarray(report.dates)[positions]
    return sessions


def _knew(name: str, day: str, cut: np.datetime64) -> Diagnostic:
    return Diagnostic(
        code=CODE,
        severity=Severity.WARNING,
        message=f"{name}, which is judged, knows the future: it is another from {day} on when only data after {str(cut)[:10]} change",
        cause="what cells fill, scale, join or choose over all sessions carries later values to earlier rows",
        fixes=(
            "give the panel the data as they were known, and write what is computed of them with features, ts and cs, which cannot look ahead",
        ),
        place=Place(tag="features"),
    )
