"""Models whose word is a feature of another, and models that are asked for rows that they hold: where sessions are not known, by values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.findings.facts import JUDGES, Facts, Tested, shared_sessions, told
from nbcode.leaks.lineage import UNKNOWN, Call, Kind, Lineage, Role, Rows
from nbcode.leaks.recording import FORETELLS
from nbcode.leaks.tables import sample_in, share_within
from nbcode.primitives import Diagnostic

_FEW = 20
_MOST_COMPARED = 10_000
_SAID = (*JUDGES, *FORETELLS)


def passed_on(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E31 and E26 of such calls."""
    yield from _passed_on(facts, lineage)
    yield from _held(facts, lineage)


def _passed_on(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """A model that was fitted on rows which another is tested on, and whose leaves, neighbours or predictions that one learns from."""
    said = _Said(lineage)
    fits = _fits(lineage)
    for fit, tests in _by_fit(facts.judged):
        for gave in said.feeding(fit):
            first = fits.get(gave.number)
            rows = None if first is None or first.owner == fit.owner else first.rows_of(Role.X)
            one = None if rows is None else next((t for t in tests if _holds(rows, t.tested)), None)
            if first is None or rows is None or one is None:
                continue
            yield told(
                "E31",
                first,
                f"{first.what} learns from rows that are tested later ({one.call.what}), and what it says is learnt from by {fit.what}: "
                f"{shared_sessions(facts, rows, one.tested):,} sessions are in both",
                "labels of the tested rows reach the second model through the first",
                "fit it on training rows only: first.fit(train[columns], train[target])",
                tested=one.call,
            )


def _by_fit(judged: Sequence[Tested]) -> Iterable[tuple[Call, list[Tested]]]:
    found: dict[int, tuple[Call, list[Tested]]] = {}
    for one in judged:
        found.setdefault(one.fit.number, (one.fit, []))[1].append(one)
    return found.values()


def _fits(lineage: Lineage) -> dict[int, Call]:
    """By call that applies a model, the fit of it before."""
    last: dict[int, Call] = {}
    found: dict[int, Call] = {}
    for call in sorted(lineage.calls, key=lambda one: one.number):
        if call.owner == UNKNOWN:
            continue
        if call.kind is Kind.FIT and not call.transforms:
            last[call.owner] = call
        elif call.kind is Kind.APPLY and call.owner in last:
            found[call.number] = last[call.owner]
    return found


def _holds(rows: Rows, tested: Rows) -> bool:
    if rows.names is None or tested.names is None:
        return bool(np.isin(tested.sessions, rows.sessions).any())
    return bool(np.isin(tested.ids, rows.ids).any())


class _Said:
    """What models gave in a run, and which fits learn from it: as it is, through transformers, or as a column of the same values."""

    def __init__(self, lineage: Lineage) -> None:
        self._calls = {call.number: call for call in lineage.calls}
        given = [call for call in lineage.calls if call.kind is Kind.APPLY and not call.transforms]
        self._numbers = {
            call.number: call.gave for call in given if call.gave is not None and len(call.gave) >= _FEW
        }
        self._ordered: dict[int, np.ndarray[Any, Any]] = {}
        self._compared = 0

    def feeding(self, fit: Call) -> Iterator[Call]:
        """The calls whose results ``fit`` learns from."""
        asked, seen = set(fit.fed_by), set[int]()
        while asked:
            number = asked.pop()
            seen.add(number)
            asked |= (self._calls[number].fed_by if number in self._calls else frozenset()) - seen
        x = _numbers(fit)
        for number, gave in self._numbers.items():
            by_values = (
                number < fit.number and x is not None and len(gave) >= len(x) and self._has(x, number, gave)
            )
            if number not in seen and by_values:
                seen.add(number)
        yield from (self._calls[number] for number in sorted(seen) if number in self._calls)

    def _has(self, x: np.ndarray[Any, Any], number: int, gave: np.ndarray[Any, Any]) -> bool:
        self._compared += 1
        if self._compared > _MOST_COMPARED:
            return False
        if number not in self._ordered:
            self._ordered[number] = np.unique(gave[np.isfinite(gave)])
        said = self._ordered[number]
        return len(said) >= _FEW and any(_is_of(column, said) for column in x.T)


def _is_of(column: np.ndarray[Any, Any], said: np.ndarray[Any, Any]) -> bool:
    """Whether all numbers of a column stand among those ``said`` (ascending, each once), and are no whole ones."""
    known = column[np.isfinite(column)]
    if len(known) < _FEW or not sample_in(said, known) or np.array_equal(known, np.round(known)):
        return False
    at = np.minimum(np.searchsorted(said, known), len(said) - 1)
    return bool((said[at] == known).all())


def _held(facts: Facts, lineage: Lineage) -> Iterator[Diagnostic]:
    """E26 for arrays whose sessions are not known: the tested rows are among those of the fit, by their values. A fit that is made again
    and again looks back from each session, and what it says of its own rows is no test."""
    fits = _fits(lineage)
    sites = Counter(call.at for call in lineage.calls if call.kind is Kind.FIT)
    tests: dict[int, list[tuple[Call, Call, float]]] = {}
    for call in lineage.calls:
        fit = fits.get(call.number)
        if fit is None or call.what.rpartition(".")[2] not in _SAID or sites[fit.at] > 1:
            continue
        if fit.rows_of(Role.X) is None or call.rows_of(Role.X) is None:
            tests.setdefault(fit.owner, []).append((fit, call, _share(call, fit)))
    elsewhere = bool(facts.judged) or any(share < 1.0 for found in tests.values() for *_, share in found)
    for found in tests.values():
        fit, call, _ = min(found, key=lambda one: _size(one[1]))
        size = _size(call)
        whole = size == _size(fit)
        if size < _FEW or (whole and elsewhere) or any(share < 1.0 for *_, share in found):
            continue
        yield told(
            "E26",
            fit,
            f"{call.what} is given rows that the model was fitted on: {size:,} of {size:,}, by their values",
            "what is measured on rows that were learnt from is memory, and it is never tested on others",
            "fit on the rows before the tested ones: m.fit(X[: n - 10], y[: n - 10])",
            tested=call,
        )


def _share(call: Call, fit: Call) -> float:
    tested, learnt = _numbers(call), _numbers(fit)
    return 0.0 if tested is None or learnt is None else share_within(tested, learnt)


def _numbers(call: Call) -> np.ndarray[Any, Any] | None:
    return next((one.numbers for one in call.of(Role.X)), None)


def _size(call: Call) -> int:
    return next((one.size for one in call.of(Role.X)), 0)
