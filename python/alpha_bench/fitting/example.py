"""Made-up rows that a model predicts on: to try it by, where no data are at hand or may be shown."""

from __future__ import annotations

import itertools
import random
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from alpha_bench.definitions import ModelDefinition
from alpha_bench.errors import AlphaBenchError
from alpha_bench.expressions import walk
from alpha_bench.fitting.needs import Needs
from alpha_bench.panel import Recipe

NAMES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
_SEED = 20190102
_SHARES = 1e8
_VOLUME = 2e6
_LEVELS = (_SHARES, 100.0, 0.05)
"""Of fields whose name does not say what they are: amounts, indices, ratios; whichever the universe takes."""
_GROUPS = ("one", "two")
_PRICES = {"open": 1.001, "high": 1.01, "low": 0.99, "close": 1.0, "price": 1.0, "vwap": 1.0}
"""By a part of a field's name, what it is of the close."""


class _Predicts(Protocol):
    """What a :class:`alpha_bench.fitting.fitted_model.FittedModel` has."""

    @property
    def needs(self) -> Needs: ...
    @property
    def definition(self) -> ModelDefinition: ...
    @property
    def fitted_through(self) -> str: ...
    @property
    def recipe(self) -> Recipe: ...
    def predict(self, data: object, *, as_of: str) -> Any: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """Columns of a long panel by name, texts and numbers alone, and the session ``as_of`` that they are the history of."""

    columns: Mapping[str, tuple[str | float, ...]]
    as_of: str

    def to_plain(self) -> dict[str, object]:
        """Plain JSON data: the names of the columns, and a list a row."""
        rows = [list(row) for row in zip(*self.columns.values(), strict=True)]
        return {"as_of": self.as_of, "columns": list(self.columns), "data": rows}


def example_of(model: _Predicts) -> Example | None:
    """Rows of six made-up names on as many weekdays as a prediction needs, from the day after ``model`` was fitted through: the same ones
    every time. They have the columns of the tables that it was fitted on (:attr:`alpha_bench.fitting.needs.Needs.rows`), where such rows can
    be written as texts and numbers, else those of its panel. They are asked of the model: None where it predicts none of them, as where its
    universe has no room for them.
    """
    best, most = None, 0
    kinds = [model.needs.rows, *([model.needs.columns] if model.needs.columns != model.needs.rows else [])]
    for columns, groups, level in itertools.product(kinds, _groupings(model.definition), _LEVELS):
        made = _example(model, columns, groups, level)
        count = _predicted(model, made)
        if count > most:
            best, most = made, count
        if most == len(NAMES):
            break
    return best


def _predicted(model: _Predicts, made: Example) -> int:
    """How many of the names have a prediction."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found: Any = model.predict(
                {name: list(of) for name, of in made.columns.items()}, as_of=made.as_of
            )
        except AlphaBenchError:
            return 0
    return int(np.isfinite(found["prediction"].to_numpy()).sum())


def _groupings(definition: ModelDefinition) -> Iterator[dict[str, tuple[str, ...]]]:
    """The names of groups by field, to be given to the names in turn: those that the model asks for, and others beside them."""
    asked: dict[str, list[str]] = {}
    for one in walk(definition.predictors):
        if one.op == "member":
            found = dict(one.params)
            asked.setdefault(str(found["name"]), []).append(str(found["group"]))
    named = {name: tuple(dict.fromkeys(groups)) for name, groups in asked.items()}
    yield named
    if named:
        yield {name: (*groups, *_GROUPS) for name, groups in named.items()}


def _example(
    model: _Predicts, columns: Mapping[str, str], groups: Mapping[str, tuple[str, ...]], level: float
) -> Example:
    days = _weekdays(model.fitted_through, model.needs.sessions)
    market = _Market(len(days), level)
    renamed = dict(model.recipe.renames)
    date, symbol = itertools.islice(columns, 2)
    made: dict[str, tuple[str | float, ...]] = {
        date: tuple(str(day) for day in days for _ in NAMES),
        symbol: NAMES * len(days),
    }
    for name, kind in columns.items():
        called = renamed.get(name, name)
        if kind == "number":
            made[name] = tuple(itertools.chain.from_iterable(market.field(called)))
        elif name not in made:
            of = groups.get(called, _GROUPS)
            made[name] = tuple(of[place % len(of)] for place in range(len(NAMES))) * len(days)
    return Example(columns=made, as_of=str(days[-1]))


def _weekdays(after: str, count: int) -> np.ndarray[Any, np.dtype[np.datetime64]]:
    first = np.busday_offset(np.datetime64(after, "D") + 1, 0, roll="forward")
    return np.asarray(np.busday_offset(first, np.arange(count)))


class _Market:
    """Made-up values, (sessions, names), by sums and products of one generator's numbers alone, so that they are the same everywhere."""

    def __init__(self, sessions: int, level: float) -> None:
        self._level = level
        draw = random.Random(_SEED)  # noqa: S311 - no secret
        close = [20.0 + 15.0 * place for place in range(len(NAMES))]
        self._close: list[list[float]] = []
        for _ in range(sessions):
            close = [round(one * (1.0 + draw.uniform(-0.02, 0.021)), 2) for one in close]
            self._close.append(close)
        self._draw = draw

    def field(self, name: str) -> list[list[float]]:
        """One field, a list a session."""
        share = next((share for part, share in _PRICES.items() if part in name.lower()), None)
        if share is not None:
            return [[round(one * share, 2) for one in row] for row in self._close]
        level = {"volume": _VOLUME, "shares_outstanding": _SHARES}.get(name, self._level)
        spread = 0.001 if name == "shares_outstanding" else 0.2
        digits = 0 if level >= _VOLUME else 4
        return [
            [
                round(level * (1.0 + place / 10) * (1.0 + self._draw.uniform(-spread, spread)), digits)
                for place in range(len(NAMES))
            ]
            for _ in self._close
        ]
