"""One session's predictions of a loaded model, from files of prices: what a daily job asks for."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alpha_bench.describe import DataError, PredictionWarning, panel_for, sessions_between


@dataclass(frozen=True, kw_only=True, slots=True)
class Scores:
    """The predictions of one session.

    Attributes:
        session: the session, YYYY-MM-DD.
        symbols: the names that have a row on it, in order.
        predictions: theirs; NaN where there is none.
        absent: names that have no row on it, and had one within the look-back.
        missing: how many of ``symbols`` have no prediction though the model's universe has them.
        in_sample: whether the session trained the model.
        needed: sessions that a prediction needs, this one with it.
        sessions: sessions that the data has up to this one.
        last: the last session of the data.
        warned: what is to be known of them.
    """

    session: str
    symbols: tuple[str, ...]
    predictions: Any
    absent: tuple[str, ...]
    missing: int
    in_sample: bool
    needed: int
    sessions: int
    last: str
    warned: tuple[PredictionWarning, ...]

    @property
    def predicted(self) -> int:
        """How many names have a prediction."""
        return int((self.predictions == self.predictions).sum())

    @property
    def coverage(self) -> float | None:
        """The share of names with a prediction, among those of the universe that have a row on the session or had one within the
        look-back; None where there are none."""
        wanted = self.predicted + self.missing + len(self.absent)
        return self.predicted / wanted if wanted else None


def score(
    model: Any,
    prices: Path,
    reference: Path | None = None,
    *,
    as_of: str | None = None,
    declared: Mapping[str, Any] | None = None,
    calendar: str = "",
) -> Scores:
    """Predict the session of ``as_of``, by default the last one, from ``prices`` and the reference that goes with them.

    The recipe of the model's data is done to them. ``declared`` is how they are laid out, where that is not as the recipe has it; see
    :func:`alpha_bench.describe.panel_for`. With the exchange ``calendar`` a day on which it is closed gives the session before it, as a Sunday
    does.

    Raises:
        AlphaBenchError: E19, E21 for a calendar that there is not; R66 where the exchange had a session since the data end.
        AlphaBenchError: R36 for a model that does not predict from prices; R64 where no name has the history that is needed; R66 where
            the data do not reach ``as_of``; and as :meth:`predict` and the reading of files.
    """
    if not hasattr(model, "needs"):
        raise DataError(
            "R71",
            "this version predicts from rows of features, not from prices: it was fitted by its notebook's own code, or is a signal",
            fix="make the features as the notebook does, and predict on them: mlflow.pyfunc.load_model(...).predict(rows)",
        )
    panel = panel_for(model, prices, reference, declared)
    last = str(panel.dates[-1])
    if calendar and as_of is not None:
        as_of = _open_day(last, as_of, calendar)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = model.predict(panel, as_of=as_of or last)
    warned = tuple(one.message for one in told if isinstance(one.message, PredictionWarning))
    gone: Mapping[str, Any] = next((one.context for one in warned if one.code == "R67"), {})
    up_to = panel.dates[panel.dates <= panel.dates.dtype.type(as_of or last)]
    session = str(up_to[-1])
    return Scores(
        session=session,
        symbols=tuple(map(str, found["symbol"])),
        predictions=found["prediction"].to_numpy(),
        absent=tuple(map(str, gone.get("absent", ()))),
        missing=0 if not len(found) else int(gone.get("rows", 0)),
        in_sample=session <= model.fitted_through,
        needed=model.needs.sessions,
        sessions=len(up_to),
        last=last,
        warned=warned,
    )


def _open_day(last: str, as_of: str, calendar: str) -> str:
    """The day to ask for where the data end with ``last``: that itself, where the exchange was closed since."""
    day = last.partition("T")[0]
    missing = sessions_between(calendar, day, as_of)
    if missing:
        what = f"as_of is {as_of}, and the data end on {day}: {calendar} had a session on {missing[0]}"
        fix = f'bring the data of that day, or write as_of="{day}"'
        raise DataError("R66", what, fix=fix, as_of=as_of, last=day, calendar=calendar)
    return min(as_of, day)
