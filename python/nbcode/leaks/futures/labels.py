"""Labels that begin before their rows: the looks at another past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from nbcode.leaks.futures.compare import is_the_argument
from nbcode.leaks.futures.cuts import Cuts
from nbcode.leaks.futures.unlike import is_rescaled
from nbcode.leaks.lineage import Argument, Call, Change, Future, Lineage, Role
from nbcode.leaks.tables import Keys, begins_at_its_row, measures_forward
from nbcode.primitives import Diagnostic, Severity

_FEW_NAMES = 3


class Labels:
    """The labels that calls of the run ``first`` learnt from. ``tables`` are the inputs with their keys, ``horizon`` what labels may reach
    ahead."""

    def __init__(self, first: Lineage, cuts: Cuts, tables: Sequence[tuple[Any, Keys]], horizon: int) -> None:
        self._first, self._cuts, self._tables, self._horizon = first, cuts, tables, horizon
        self._known: list[tuple[Argument, bool]] = []

    def told(self, run: Callable[[Future, Iterable[Call]], Lineage | None]) -> list[Diagnostic]:
        """E32 for a label that knows what was before its rows; ``run`` gives the calls on another future, None where there is no time."""
        calls = [call for call in self._cuts.learning() if self._unknown_label(call)]
        if not calls or measures_forward(self._first, self._tables, self._horizon):
            return []
        at = self._cuts.own_middle(calls[0])
        past = run(Future(change=Change.PAST, cut=at), calls)
        if past is None or not any(self._apart(self._target(call), _twin(call, past), at) for call in calls):
            return []
        flat = run(Future(change=Change.FLAT, cut=at), calls)
        both = None if flat is None else run(Future(change=Change.PAST_FLAT, cut=at), calls)
        if flat is None or both is None:
            return []
        for call in calls:
            one, other = _twin(call, flat), _twin(call, both)
            share = self._apart(one, other, at)
            if share:
                return [self._overlap(call, share, at)]
        return []

    def _unknown_label(self, call: Call) -> bool:
        """Whether it learns from a label of which it is not known that it is a return from its own row on. Calls in a loop over settings have
        the same labels."""
        target = self._target(call)
        if target is None:
            return False
        known = next((unknown for one, unknown in self._known if is_the_argument(one, target)), None)
        if known is None:
            known = not begins_at_its_row(target, self._first, self._tables, self._horizon)
            self._known.append((target, known))
        return known

    def _target(self, call: Call) -> Argument | None:
        y = next(call.of(Role.Y), None)
        if y is None or y.numbers is None or y.rows is None or y.numbers.shape[1] != 1 or call.transforms:
            return None
        return y

    def _apart(self, one: Argument | None, other: Argument | None, at: np.datetime64) -> float:
        """The share of labels of the session ``at`` that differ."""
        a, b = (self._of_session(argument, at) for argument in (one, other))
        if a is None or b is None or one is None or one.numbers is None:
            return 0.0
        names = sorted(a.keys() & b.keys())
        if not names:
            return 0.0
        size = float(np.nanstd(one.numbers)) or 1.0
        before, after = np.array([a[name] for name in names]), np.array([b[name] for name in names])
        apart = np.abs(before - after) > 1e-6 * np.maximum(size, np.abs(before))
        if len(names) < _FEW_NAMES:  # a scale shows in time alone
            a, b = (self._of_session(argument, at, on=True) or {} for argument in (one, other))
            names = sorted(a.keys() & b.keys())
            before, after = np.array([a[name] for name in names]), np.array([b[name] for name in names])
        return 0.0 if is_rescaled(before, after, size) else float(np.mean(apart))

    def _of_session(
        self, argument: Argument | None, at: np.datetime64, *, on: bool = False
    ) -> dict[int, float] | None:
        """The labels of a session, or from it ``on``, by the number of the row."""
        if argument is None or argument.rows is None or argument.numbers is None:
            return None
        dates = np.append(self._first.dates, np.datetime64("NaT"))
        of = dates[argument.rows.sessions]
        rows = np.flatnonzero(of >= at if on else of == at)
        ids = argument.rows.ids[rows].tolist()
        return dict(zip(ids, argument.numbers[rows, 0].tolist(), strict=True))

    def _overlap(self, call: Call, share: float, at: np.datetime64) -> Diagnostic:
        y = next(call.of(Role.Y))
        return Diagnostic(
            code="NBC-E32",
            severity=Severity.WARNING,
            message=f"the target {y.text} begins before its row: on {str(at)[:10]} {share:.0%} of it is made of earlier values alone",
            cause="with the same values from that session on and others before, and nothing that happens afterwards, it is another: what it "
            "shares with the features is foretold for nothing",
            fixes=('begin the label at the row\'s own price: by_symbol.shift(-10) / table["close"] - 1',),
            place=call.place,
        )


def _twin(call: Call, second: Lineage) -> Argument | None:
    """The target of the same call in another run."""
    then = next((one for one in second.calls if (one.at, one.time) == (call.at, call.time)), None)
    return None if then is None else next(then.of(Role.Y), None)
