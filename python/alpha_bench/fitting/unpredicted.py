"""What is to be said of predictions: which rows have none and why, and which are of sessions that trained the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from alpha_bench.errors import DataError, InSampleWarning, MissingPredictionsWarning, PredictionWarning, some
from alpha_bench.fitting.design_matrix import Predicted

_SHOWN = 5


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AskedRows:
    """The rows that a caller wants predictions of: ``places`` in what was predicted, ``session * N + asset``."""

    predicted: Predicted
    places: NDArray[np.int64]
    lookback: int
    absent: tuple[str, ...] = ()
    """Names that have no row on the one session that is wanted, and have one before it."""
    cross_section: bool = False
    """Whether a prediction also depends on the other names of its session."""
    reference: tuple[str, ...] = ()
    """Columns that the model's data had from a reference."""
    unreferenced: frozenset[str] = frozenset()
    """Names of which it has none of those."""

    @property
    def values(self) -> NDArray[np.float64]:
        """(rows,) their predictions."""
        return self.predicted.values.ravel()[self.places]

    @property
    def outside(self) -> NDArray[np.bool_]:
        """(rows,) whether they are outside of the model's universe."""
        inside = self.predicted.universe
        return np.zeros(len(self.places), dtype=bool) if inside is None else inside.ravel()[self.places] == 0


def missing_predictions(asked: AskedRows) -> MissingPredictionsWarning | None:
    """The warning R67 for rows without a prediction; rows outside of the universe are meant to have none, and are not counted.

    Raises:
        AlphaBenchError: R64 where no row has one, for want of history or of values.
    """
    known, outside = np.isfinite(asked.values), asked.outside
    if not known.any() and not outside.all():
        raise _no_history(asked)
    if not known.any():
        everything = f"{len(known)} are outside of the model's universe"
        return _warning(asked, np.ones(len(known), dtype=bool), [(everything, "ask for names that it ranks")])
    gone = ~(known | outside)
    early = gone & (asked.places // len(asked.predicted.assets) < asked.lookback)
    assets = asked.predicted.assets[asked.places % len(asked.predicted.assets)]
    unknown = gone & ~early & np.isin(assets.astype(str), sorted(asked.unreferenced))
    other = gone & ~(early | unknown)
    reasons: list[tuple[str, str]] = []
    if early.any():
        reasons.append(
            (
                f"{_rows(asked, early)}: the model looks back {asked.lookback} sessions",
                f"give {asked.lookback} sessions before the first one that is wanted",
            )
        )
    if unknown.any():
        reasons.append(
            (
                f"{_rows(asked, unknown)}: the reference has no {', '.join(asked.reference)} of these names",
                "add these names to the reference",
            )
        )
    if other.any():
        reasons.append(
            (
                f"{_rows(asked, other)}: a value that a feature needs is missing, a price is not above zero, or its group has no other name",
                f"look at the last {asked.lookback + 1} sessions of these names: prices above zero, no value missing, a group of more than one",
            )
        )
    if asked.absent:
        has = "1 name has" if len(asked.absent) == 1 else f"{len(asked.absent)} names have"
        reasons.append(
            (
                f"{has} no row on that session: {some(asked.absent, _SHOWN)}",
                "bring the rows of that session, where these names traded on it",
            )
        )
    return _warning(asked, gone, reasons) if reasons else None


def missing_features(gone: int, rows: int) -> MissingPredictionsWarning | None:
    """The warning R67 for rows of features."""
    if not gone:
        return None
    return MissingPredictionsWarning(
        "R67",
        f"{gone} of {rows} rows have no prediction: a feature is missing there",
        fix="give every feature a number in each row",
        rows=gone,
    )


def in_sample_rows(count: int, rows: int, through: str) -> InSampleWarning | None:
    """The warning R68 for ``count`` of ``rows`` predictions that are of sessions up to ``through``."""
    if not count:
        return None
    return InSampleWarning(
        "R68",
        f"{count} of {rows} predictions are in-sample: of sessions up to {through}, which trained the model",
        fix="ask for later sessions, with as_of= for one; the predictions.parquet of a promoted model are out of sample",
        rows=count,
        fitted_through=through,
    )


def told(*found: PredictionWarning | None) -> tuple[PredictionWarning, ...]:
    """Those that there are."""
    return tuple(one for one in found if one is not None)


def _rows(asked: AskedRows, which: NDArray[np.bool_]) -> str:
    """``1,800 rows of 30 names (A, B, ...) on 60 sessions, 2024-01-01 to 2024-03-22``."""
    sessions, names = _where(asked, which)
    span = f"{sessions[0]}" if len(sessions) == 1 else f"{sessions[0]} to {sessions[-1]}"
    count = int(which.sum())
    return (
        f"{count:,} row{'s' * (count > 1)} of {len(names)} name{'s' * (len(names) > 1)} ({some(names, _SHOWN)}) "
        f"on {len(sessions)} session{'s' * (len(sessions) > 1)}, {span}"
    )


def _where(asked: AskedRows, which: NDArray[np.bool_]) -> tuple[list[str], list[str]]:
    """The sessions and the names of some of the rows, each once and in order."""
    sessions, names = np.divmod(asked.places[which], len(asked.predicted.assets))
    dates = asked.predicted.dates[np.unique(sessions)].astype("datetime64[D]")
    return [str(d) for d in dates], [str(a) for a in asked.predicted.assets[np.unique(names)]]


def _warning(
    asked: AskedRows, gone: NDArray[np.bool_], reasons: Sequence[tuple[str, str]]
) -> MissingPredictionsWarning:
    """``reasons`` are causes, each with its way out."""
    sessions, names = _where(asked, gone)
    count, why = int(gone.sum()), "; ".join(cause for cause, _ in reasons)
    return MissingPredictionsWarning(
        "R67",
        f"{count:,} of {len(gone):,} rows have no prediction: {why}"
        if count
        else f"every row has a prediction, but {why}",
        fix="; ".join(way for _, way in reasons),
        rows=count,
        sessions=sessions,
        names=names,
        absent=list(asked.absent),
    )


def _no_history(asked: AskedRows) -> DataError:
    needed, there = asked.lookback + 1, len(asked.predicted.dates)
    if there < needed:
        what = f"the model needs {needed} sessions for its first prediction, and the data has {there}"
        fix = f"give the last {needed} sessions of each symbol, or more"
    elif asked.cross_section and len(_where(asked, ~asked.outside)[1]) == 1:
        what = "the model compares the names of a session, and there is one"
        fix = "give every name that it ranks, each with its look-back"
    else:
        rows = _rows(asked, ~asked.outside)
        what = (
            f"the model needs values on {needed} sessions, and no name has them: of {there} sessions, "
            f"{rows} want one that a feature needs"
        )
        fix = f"look at the last {needed} sessions: prices above zero, no value missing, rows of every symbol on each"
    return DataError(
        "R64",
        what,
        fix=fix,
        needed=needed,
        sessions=there,
    )
