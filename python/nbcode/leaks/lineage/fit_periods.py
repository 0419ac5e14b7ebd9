"""On which dates what was fitted and tested: the recorded calls of a run as plain data, for its report."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nbcode.leaks.lineage.calls import Call, Kind, Lineage, Role, Rows
from nbcode.primitives import Json

_MOST = 24
_MOST_SPANS = 60
_TESTS = frozenset(
    {"predict", "predict_proba", "predict_log_proba", "decision_function", "score", "forecast"}
)


def stretches(lineage: Lineage) -> list[Json]:
    """An entry a call and use (``trained``, ``tested``, ``fitted`` of a transformer, ``evaluated`` of a set given to ``fit``): ``call``,
    ``rows``, ``sessions``, ``first`` and ``last`` (dates), their places ``from`` and ``to`` in the calendar of the inputs, and ``spans``,
    pairs of such places without a session missing between. In the order of the cells' lines, so that threads change nothing; each once, at
    most two dozen. Calls whose rows are not known are left out; empty where the calendar is not known."""
    if lineage.calendar is None:
        return []
    days = lineage.dates.astype("datetime64[D]")
    known = lineage.calendar.astype("datetime64[D]")
    calendar = np.unique(np.concatenate([known, days[~np.isnat(days)]]))
    found: dict[str, tuple[tuple[object, ...], dict[str, Json]]] = {}
    for call in lineage.calls:
        for use, rows in _uses(call):
            codes = rows.sessions[rows.sessions >= 0]
            if not len(codes):
                continue
            at = np.unique(np.searchsorted(calendar, days[codes]))
            entry = _entry(use, call.what, len(rows), at, calendar)
            key = (call.place.cell or 0, call.place.line or 0, *map(str, entry.values()))
            found.setdefault(str(key), (key, entry))
    ordered = sorted(found.values(), key=lambda one: (one[0][0], one[0][1], str(one[0][2:])))
    return [entry for _, entry in ordered[:_MOST]]


def _uses(call: Call) -> Iterator[tuple[str, Rows]]:
    learnt = call.rows_of(Role.X)
    train, test = call.rows_of(Role.TRAIN), call.rows_of(Role.TEST)
    if train is not None and test is not None:
        yield from (("trained", train), ("tested", test))
    elif call.folds and learnt is not None:
        for one, other in call.folds:
            yield from (("trained", learnt[one]), ("tested", learnt[other]))
    elif call.kind is Kind.FIT and learnt is not None:
        yield "fitted" if call.transforms else "trained", learnt
    elif call.kind is Kind.APPLY and learnt is not None and call.what.rpartition(".")[2] in _TESTS:
        yield "tested", learnt
    for held in call.of(Role.EVALUATION):
        if held.rows is not None:
            yield "evaluated", held.rows


def _entry(
    use: str,
    call: str,
    rows: int,
    at: np.ndarray[tuple[int], np.dtype[np.intp]],
    calendar: np.ndarray[tuple[int], np.dtype[np.datetime64]],
) -> dict[str, Json]:
    breaks = np.flatnonzero(np.diff(at) > 1)
    begins, ends = np.r_[at[0], at[breaks + 1]], np.r_[at[breaks], at[-1]]
    spans: list[Json] = [[int(a), int(b)] for a, b in zip(begins, ends, strict=True)]
    return {
        "use": use,
        "call": call,
        "rows": rows,
        "sessions": len(at),
        "first": str(calendar[at[0]]),
        "last": str(calendar[at[-1]]),
        "from": int(at[0]),
        "to": int(at[-1]),
        "spans": spans[:_MOST_SPANS],
    }
