"""Predictions of rows: a pandas series on the caller's own index that also knows each row's date, symbol and whether it is in-sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from alpha_bench.errors import DataError
from alpha_bench.fitting.design_matrix import Predicted

if TYPE_CHECKING:
    _Series = pd.Series[float]
else:
    _Series = pd.Series


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Keys:
    """Which session and which name each row is of: ``places`` are ``session * N + asset``."""

    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    places: NDArray[np.int64]

    @property
    def sessions(self) -> NDArray[np.int64]:
        """(rows,) positions in ``dates``."""
        return self.places // len(self.assets)

    @property
    def names(self) -> NDArray[np.int64]:
        """(rows,) positions in ``assets``."""
        return self.places % len(self.assets)

    def index(self) -> pd.MultiIndex:
        """(date, symbol) of each row: midnights without a zone, and texts."""
        days = pd.DatetimeIndex(self.dates.astype("datetime64[s]"))
        return pd.MultiIndex(
            levels=[days, pd.Index(self.assets.astype(object))],  # type: ignore[list-item]
            codes=[self.sessions, self.names],  # type: ignore[list-item]
            names=["date", "symbol"],
        )


class Predictions(_Series):
    """A series ``prediction``, a row a row of what was given, in its order.

    The index is that of a pandas frame that was given, so that ``frame["prediction"] = model.predict(frame)`` is right whatever that
    is; else (date, symbol). :meth:`table` has date and symbol of every row in either case. What is computed from it is a plain series.

    Attributes:
        keys: the date and symbol of each row; None where features were given, not a panel.
        in_sample: (rows,) whether the row's session trained the model; None where no dates were given.
    """

    _metadata: ClassVar[list[str]] = ["keys", "in_sample"]
    keys: Keys | None  # type: ignore[assignment]
    in_sample: NDArray[np.bool_] | None

    @classmethod
    def of(
        cls,
        values: NDArray[np.float64],
        index: pd.Index,
        *,
        keys: Keys | None,
        in_sample: NDArray[np.bool_] | None,
    ) -> Predictions:
        """The series, with what is known of its rows."""
        made = cls(values, index=index, name="prediction")
        made.keys, made.in_sample = keys, in_sample
        return made

    def table(self) -> pd.DataFrame:
        """The columns date, symbol, prediction and in_sample, a row a row; dates are midnights without a zone, symbols texts.

        Raises:
            AlphaBenchError: R36 where features were predicted on, whose names and dates are not known.
        """
        if self.keys is None or self.in_sample is None:
            raise DataError(
                "R36",
                "features were given: of their rows neither date nor symbol is known",
                fix="give a long panel, or put the predictions beside the frame's own columns",
            )
        keyed = self.keys.index()
        return pd.DataFrame(
            {
                "date": keyed.get_level_values(0),
                "symbol": keyed.get_level_values(1),
                "prediction": self.to_numpy(),
                "in_sample": self.in_sample,
            }
        )


def of_panel(predicted: Predicted) -> pd.DataFrame:
    """Sessions down and assets across."""
    return pd.DataFrame(
        predicted.values,
        index=pd.DatetimeIndex(predicted.dates, name="date"),
        columns=pd.Index(predicted.assets, name="symbol"),
    )


def laid_out_as(predicted: Predicted, frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """On the index and the columns of the caller's wide frames where those are all the same; else by date and symbol."""
    from alpha_bench.panel import days_of_rows

    first, *others = frames.values()
    if any(not (f.index.equals(first.index) and f.columns.equals(first.columns)) for f in others):
        return of_panel(predicted)
    rows = np.searchsorted(predicted.dates, days_of_rows(first))
    columns = np.searchsorted(predicted.assets, np.array([str(c) for c in first.columns]))
    return pd.DataFrame(predicted.values[rows][:, columns], index=first.index, columns=first.columns)


def of_one_session(date: np.datetime64, symbols: Sequence[str], values: NDArray[np.float64]) -> pd.DataFrame:
    """The columns date, symbol and prediction, a row a name."""
    return pd.DataFrame(
        {
            "date": pd.DatetimeIndex(np.full(len(symbols), date).astype("datetime64[s]")),
            "symbol": pd.Index(list(symbols), dtype=object),
            "prediction": values,
        }
    )
