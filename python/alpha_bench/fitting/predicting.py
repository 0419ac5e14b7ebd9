"""From what a caller holds to predictions: which columns are read, on which rows, and what is to be said of the result.

Law: whatever holds the rows, each is given the bits that the plain long frame gives its date and symbol; or an error says why not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import ModelDefinition
from alpha_bench.errors import AlphaBenchError, DataError, DefinitionError, PredictionWarning, nearest
from alpha_bench.expressions import ValueSource, walk
from alpha_bench.fitting.design_matrix import Predicted, predict_all
from alpha_bench.fitting.needs import Needs, needs_of
from alpha_bench.fitting.supplying import SuppliedRows, columns_to_read, lacks, supplied, words_of_the_caller
from alpha_bench.fitting.training import Fit
from alpha_bench.fitting.unpredicted import (
    AskedRows,
    in_sample_rows,
    missing_features,
    missing_predictions,
    told,
)
from alpha_bench.runtime import Floats

if TYPE_CHECKING:
    import pandas as pd

    from alpha_bench.fitting.predictions import Predictions
    from alpha_bench.panel import HandedOver, Recipe, ReferenceData

Answer = tuple["pd.DataFrame | Predictions", tuple[PredictionWarning, ...]]
"""Predictions, and the warnings that go with them."""


@dataclass(frozen=True, kw_only=True)
class Predictor:
    """A fitted model as what predicts."""

    definition: ModelDefinition
    fit: Fit
    fitted_through: str
    recipe: Recipe

    @cached_property
    def needs(self) -> Needs:
        """What it reads."""
        return needs_of(self.definition, self.recipe)

    def answer(self, data: Any, as_of: object = None, reference: ReferenceData | None = None) -> Answer:
        """Predictions of every row of ``data``, or of one session; see :meth:`alpha_bench.fitting.fitted_model.FittedModel.predict`."""
        from alpha_bench.panel import handed_over

        day = None if as_of is None else day_of(as_of)
        if hasattr(data, "field_names"):
            return self._of_panel(data) if day is None else self._of_panel_on(data, day)
        definition = self.definition
        wanted = {
            *columns_to_read(self.needs, self.recipe),
            *map(str, definition.features),
            *definition.names,
        }
        found = supplied(handed_over(data, wanted), self.needs, self.recipe, reference)
        with words_of_the_caller(found.called):
            return self._of_rows(found, day)

    def _of_rows(self, found: SuppliedRows, day: np.datetime64 | None) -> Answer:
        if found.held.wide is not None:
            return self._of_wide(found, day)
        columns = self._feature_columns(found)
        if columns is None:
            return self._of_long(found, day)
        if day is not None:
            raise DataError(
                "R36",
                "as_of= needs a panel, and one column a feature was given",
                fix=f"give date, symbol and {', '.join((*self.needs.fields, *self.needs.groups))}",
            )
        return self._of_features(found.held, columns)

    # -- which columns ---------------------------------------------------------------------------------------------

    def _feature_columns(self, found: SuppliedRows) -> list[str] | None:
        """The columns that hold the features' values; None where the rows are a long panel. Raises R36, R69."""
        frame: Any = found.held.frame
        here = {*frame.columns}
        formulas = [str(f) for f in self.definition.features]
        if set(formulas) <= here and not set(formulas) <= set(found.read):
            return formulas
        keyed = frame.index.nlevels == 2 or {"date", "symbol"} <= {*here, *frame.index.names}
        if keyed and found.is_complete:
            return None
        for columns in (formulas, list(self.definition.names)):
            if columns and set(columns) <= here:
                return columns
        if keyed or not here.isdisjoint({"date", "symbol", *found.read}) or _alike(found.read, found.held):
            raise found.lacking(keyed=keyed)
        if not _is_dated(frame):
            fix = "give one column a feature, named by its formula, or a long panel with date, symbol and fields"
            raise lacks(found.source, formulas, {*found.names}, fix)
        raise DataError(
            "R36",
            "the frame is by date, and no column of it is a field that the model reads",
            fix="give wide frames by field: {" + ", ".join(f'"{name}": frame' for name in found.read) + "}",
        )

    # -- panels ----------------------------------------------------------------------------------------------------

    def _predicted(self, panel: ValueSource) -> Predicted:
        return predict_all(self.definition, self.fit, panel)

    def _known(self, panel: ValueSource) -> NDArray[np.bool_]:
        """(T, N) where a field that the model reads and that varies over time has a value: the rows of a panel."""
        shape = len(panel.dates), len(panel.assets)
        held: Mapping[str, Floats] = {**getattr(panel, "groups", {}), **getattr(panel, "fields", {})}
        constant = {name for name, one in held.items() if one.strides[0] == 0 and shape[0] > 1}
        leaves = [e for e in walk(self.definition.predictors) if e.op == "field"]
        values = panel.compute(tuple(e for e in leaves if dict(e.params)["name"] not in constant))
        known = np.full(shape, not values)
        for one in values:
            known |= ~np.isnan(one)
        return known

    def _said(self, asked: AskedRows) -> tuple[tuple[PredictionWarning, ...], NDArray[np.bool_]]:
        """The warnings on rows, and which of them are in-sample. Raises R64."""
        missing = missing_predictions(asked)
        sessions = asked.places // len(asked.predicted.assets)
        trained = self._trained(asked.predicted.dates)[sessions]
        known = np.isfinite(asked.values)
        count = int((trained & known).sum())
        return told(missing, in_sample_rows(count, int(known.sum()), self.fitted_through)), trained

    def _trained(self, dates: NDArray[np.datetime64]) -> NDArray[np.bool_]:
        return np.asarray(dates <= np.datetime64(self.fitted_through, "D"))

    def _asked(
        self,
        predicted: Predicted,
        places: NDArray[np.int64],
        panel: ValueSource,
        absent: Sequence[str] = (),
    ) -> AskedRows:
        held: Mapping[str, Floats] = {**getattr(panel, "groups", {}), **getattr(panel, "fields", {})}
        constants = {
            name: np.isnan(held[name][-1]) for name, _ in self.recipe.reference or () if name in held
        }
        gone = np.logical_and.reduce([*constants.values()]) if constants else np.zeros(0, dtype=bool)
        return AskedRows(
            reference=tuple(constants),
            unreferenced=frozenset(map(str, predicted.assets[np.flatnonzero(gone)])),
            predicted=predicted,
            places=places,
            lookback=self.needs.lookback,
            absent=tuple(absent),
            cross_section=self.needs.cross_section,
        )

    def _of_panel(self, panel: ValueSource) -> Answer:
        from alpha_bench.fitting.predictions import of_panel

        predicted, warnings = self._of_cells(panel)
        return of_panel(predicted), warnings

    def _of_cells(self, panel: ValueSource) -> tuple[Predicted, tuple[PredictionWarning, ...]]:
        """Predictions of all of a panel, and what is to be said of those cells that hold a value."""
        predicted = self._predicted(panel)
        return predicted, self._said(self._asked(predicted, np.flatnonzero(self._known(panel)), panel))[0]

    def _of_panel_on(self, panel: ValueSource, day: np.datetime64) -> Answer:
        """One session of a panel, computed from what comes before it alone."""
        at = int(np.searchsorted(panel.dates, last_session(panel.dates, day)))
        cut: Any = panel
        if hasattr(panel, "truncate"):
            cut = panel.truncate(at + 1)
        return self._of_session(cut, at, self._known(cut))

    def _of_session(self, panel: ValueSource, at: int, known: NDArray[np.bool_]) -> Answer:
        """The names that have a row in session ``at``, the last one of the panel."""
        from alpha_bench.fitting.predictions import of_one_session

        self._refuse_empty(panel, at)
        predicted = self._predicted(panel)
        recent = known[max(0, at - self.needs.lookback) : at + 1].any(axis=0) & ~known[at]
        places = at * known.shape[1] + np.flatnonzero(known[at])
        asked = self._asked(predicted, places, panel, [str(a) for a in predicted.assets[recent]])
        warnings, _ = self._said(asked)
        symbols = [str(a) for a in predicted.assets[known[at]]]
        return of_one_session(predicted.dates[at], symbols, asked.values), warnings

    def _refuse_empty(self, panel: ValueSource, at: int) -> None:
        """Raise R66 where session ``at``, the last one, has rows and no value in them: it is announced, and its data are late."""
        filled: NDArray[np.bool_] = np.asarray(self._known(panel)[: at + 1].any(axis=1))
        if filled[at] or not filled.any():
            return
        day, last = panel.dates[at].astype("datetime64[D]"), panel.dates[:at][filled[:at]][-1]
        last_day = str(last.astype("datetime64[D]"))
        where = f"have no value on that session: they end on {last_day}"
        fix = f'bring the data of that day, or write as_of="{last_day}"'
        raise _not_reached(day, where, fix, last=last_day)

    # -- frames ----------------------------------------------------------------------------------------------------

    def _of_long(self, found: SuppliedRows, day: np.datetime64 | None) -> Answer:
        from alpha_bench.fitting.predictions import Keys, Predictions
        from alpha_bench.panel import Panel, days_of_rows

        frame: Any = found.held.frame
        refuse_twice(frame, sorted(found.supply.columns))
        kept = frame[[c for c in frame.columns if c in found.supply.columns or c in {"date", "symbol"}]]
        if day is not None:
            days = days_of_rows(kept)
            kept = kept[days <= last_session(_distinct(days), day)]
        panel, places = Panel.from_rows(
            kept,
            groups=found.groups,
            constants=found.constants,
            reference=found.reference,
            derive=found.supply.formulas,
        )
        if day is not None:
            known = np.zeros(len(panel.dates) * len(panel.assets), dtype=bool)
            known[places] = True
            return self._of_session(panel, len(panel.dates) - 1, known.reshape(len(panel.dates), -1))
        asked = self._asked(self._predicted(panel), places, panel)
        warnings, trained = self._said(asked)
        keys = Keys(dates=panel.dates, assets=panel.assets, places=places)
        index = frame.index if found.held.indexed else keys.index()
        return Predictions.of(asked.values, index, keys=keys, in_sample=trained), warnings

    def _of_wide(self, found: SuppliedRows, day: np.datetime64 | None) -> Answer:
        from alpha_bench.fitting.predictions import laid_out_as
        from alpha_bench.panel import days_of_rows

        if not found.is_complete:
            raise found.lacking(keyed=True)
        frames = {name: one for name, one in (found.held.wide or {}).items() if name in found.supply.columns}
        if day is None:
            predicted, warnings = self._of_cells(found.of_wide(frames))
            return laid_out_as(predicted, frames), warnings
        days = {name: days_of_rows(frame) for name, frame in frames.items()}
        last = last_session(np.unique(np.concatenate([*days.values()])), day)
        panel = found.of_wide({name: frame[days[name] <= last] for name, frame in frames.items()})
        return self._of_session(panel, len(panel.dates) - 1, self._known(panel))

    def _of_features(self, held: HandedOver, columns: list[str]) -> Answer:
        from alpha_bench.fitting.predictions import Predictions
        from alpha_bench.panel import days_of_rows

        frame: Any = held.frame
        refuse_twice(frame, columns)
        try:
            values = [frame[c].to_numpy(dtype=np.float64, na_value=np.nan).reshape(1, -1) for c in columns]
        except (TypeError, ValueError) as error:
            raise DataError(
                "R36", f"a column of the frame holds no numbers: {error}", fix="give the features as numbers"
            ) from error
        out = self.fit.predict(values, 0, 1)[0]
        trained = None
        if "date" in {*frame.columns, *frame.index.names}:
            try:
                trained = self._trained(days_of_rows(frame[[c for c in frame.columns if c == "date"]]))
            except AlphaBenchError:
                trained = None  # the features are numbers whatever their rows are called
        known = np.isfinite(out)
        count = 0 if trained is None else int((trained & known).sum())
        warnings = told(
            missing_features(int((~known).sum()), len(out)),
            in_sample_rows(count, int(known.sum()), self.fitted_through),
        )
        return Predictions.of(out, frame.index, keys=None, in_sample=trained), warnings


def _is_dated(frame: pd.DataFrame) -> bool:
    """Whether the frame's index holds time stamps or periods."""
    return frame.index.nlevels == 1 and str(frame.index.dtype).startswith(("datetime64", "period"))


def _distinct(days: NDArray[np.datetime64]) -> NDArray[np.datetime64]:
    """Each day once, in order; of rows by date only those are sorted that differ from the row before."""
    return np.unique(np.concatenate([days[:1], days[1:][days[1:] != days[:-1]]]))


def _alike(fields: Sequence[str], held: HandedOver) -> bool:
    """Whether a column is called nearly as a field is."""
    return any(nearest(name, held.names) for name in fields)


def refuse_twice(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise AlphaBenchError R36 where one of ``columns`` is there twice."""
    for name in columns:
        if (frame.columns == name).sum() > 1:
            raise DataError("R36", f"the frame has column {name!r} twice", fix="keep one of them")


def day_of(as_of: object) -> np.datetime64:
    """The day that ``as_of`` names: a date, a midnight, or a text YYYY-MM-DD. Raises AlphaBenchError R01."""
    given = None if as_of != as_of else as_of  # noqa: PLR0124 - NaT
    if hasattr(given, "to_pydatetime"):
        given = given.to_pydatetime()
    if isinstance(given, np.datetime64):
        given = given.astype("datetime64[us]").item()
    if isinstance(given, str):
        try:
            given = dt.datetime.fromisoformat(given.strip())
        except ValueError:
            given = None
    if isinstance(given, dt.datetime):
        given = given.date() if given.time() == dt.time() else None
    if isinstance(given, dt.date):
        return np.datetime64(given, "D")
    raise DefinitionError(
        "R01", f"as_of is {as_of!r}; one day is needed", fix='write as_of="2024-03-28", a date without a time'
    )


def last_session(sessions: NDArray[np.datetime64], day: np.datetime64) -> np.datetime64:
    """The last of ``sessions`` (each once, in order) up to ``day``.

    A day after the last session is reached only over a weekend, where the sessions have none: a day on which the exchange was closed
    cannot be told from one whose data is late.

    Raises:
        AlphaBenchError: R66 where they begin after ``day`` or end before it.
    """
    before = sessions[sessions <= day]
    if not len(before):
        raise _not_reached(
            day, f"begin on {sessions[0]}", f'give data up to it, or write as_of="{sessions[0]}"'
        )
    last = before[-1]
    between = np.arange(last + 1, day + 1)
    if len(before) < len(sessions) or not len(between):
        return np.datetime64(last)
    if not np.is_busday(sessions).all() or np.is_busday(between).any():
        fix = f'bring the data of that day; where it is no session, write as_of="{last}"'
        raise _not_reached(day, f"end on {last}", fix, last=str(last))
    return np.datetime64(last)


def _not_reached(day: np.datetime64, where: str, fix: str, **context: object) -> DataError:
    return DataError("R66", f"as_of is {day}, and the data {where}", fix=fix, as_of=str(day), **context)
