"""Predictions that depend on what else is predicted with them: a fitted object is asked again, for a part of the rows."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from nbcode.leaks.findings.facts import told
from nbcode.leaks.lineage import Role, Rows
from nbcode.leaks.recording import Kept
from nbcode.leaks.tables import numbers_of
from nbcode.primitives import Diagnostic

_MOST = 8
_SAME = 1e-6  # of the spread of the predictions
_SHARE = 0.05
_PARTS = (1 / 3, 2 / 3)


def of_later_rows(kept: Iterable[Kept | None], dates: np.ndarray[Any, Any]) -> Iterator[Diagnostic]:
    """E31 for predictions of sessions that are others when the later rows of the same table are left out. Nothing is said of an object
    that has changed since, nor of one session; ranks within a session, and what looks back, stay as they are. ``dates`` by code."""
    for one in [one for one in kept if one is not None][:_MOST]:
        rows = one.call.rows_of(Role.X)
        if rows is None or one.call.predicted is None:
            continue
        found = None
        quiet = io.StringIO()
        with (
            contextlib.suppress(Exception),  # what cannot be asked for a part of its rows
            contextlib.redirect_stdout(quiet),
            contextlib.redirect_stderr(quiet),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            found = _apart(one, rows, dates)
        if found is not None:
            share, last = found
            yield told(
                "E31",
                one.call,
                f"{one.call.what} depends on later rows of the same table: {share:.0%} of the predictions up to {str(last)[:10]} are others "
                "when the rows after it are left out",
                "a step takes means, ranks or scales of the table that it is given, and a tested row is changed by those beside and after it",
                "learn them in `fit` of the step, of training rows: StandardScaler() in the place of a function",
                tested=None,
            )


def _apart(one: Kept, rows: Rows, dates: np.ndarray[Any, Any]) -> tuple[float, np.datetime64] | None:
    at = np.append(dates, np.datetime64("NaT"))[rows.sessions]
    sessions = np.unique(at[~np.isnat(at)])
    whole = numbers_of(one.owner.predict(one.x))
    size = float(np.nanstd(one.call.predicted)) if one.call.predicted is not None else 0.0
    if whole is None or size == 0 or len(sessions) < 3 or _differ(whole, one.call.predicted, size).any():
        return None
    for part in _PARTS:
        last = sessions[int(part * (len(sessions) - 1))]
        early = np.asarray(at <= last)
        mine = numbers_of(one.owner.predict(one.x[early]))
        apart = 0.0 if mine is None else float(_differ(mine, whole[early], size).mean())
        if apart > _SHARE:
            return apart, last
    return None


def _differ(a: Any, b: Any, size: float) -> np.ndarray[Any, Any]:
    if np.shape(a) != np.shape(b):
        return np.ones(1, dtype=bool)
    return np.asarray((np.abs(a - b) > _SAME * size).any(axis=1))
