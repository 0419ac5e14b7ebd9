"""Figures of plain Python found again by the judge: from the predictions that the cells made, and labels of the declared prices.

1. The labels that the cells learnt from say which return of which declared prices they are: the forward return over the horizon, its
   logarithm, or whether it is positive. Where none agrees on nearly all rows nothing is found again.
2. The predictions of each call of ``predict``, and of all of them together, are scored against those labels.
3. A stated figure that one of these scores agrees with was found outside too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nbcode.primitives import Json, Judged, Judgement
from nbcode.results.asked_again import asked_again
from nbcode.results.called import found_again
from nbcode.results.given import PREDICTIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from alpha_bench.describe import Panel

_KEYS = (("date", "day", "session", "datetime"), ("symbol", "ticker", "name", "asset"))
_ENOUGH = 0.99  # of the labels have to be this one; the others may be clipped or filled
_SAME = 1e-9
_LEAST_NAMES = 3
_LEAST_ROWS = 10
_SHOWN = ("ic", "rank_ic", "n_dates")
_SHOWN_OF_ONE = ("correlation", "hit_rate", "n_dates")
_KINDS = {
    "correlation": "ic",
    "rank_correlation": "ic",
    "r2": "r2",
    "mse": "error",
    "rmse": "error",
    "mae": "error",
    "hit_rate": "hit",
    "accuracy": "hit",
} | {
    f"{prefix}{name}": kind
    for prefix in ("", "rank_")
    for name, kind in (("ic", "ic"), ("icir", "ir"), ("icir_0", "ir"), ("ic_t", "t"))
}
"""What each score is, as names of figures say it."""
_LABELS: tuple[Callable[[Any], Any], ...] = (
    lambda r: r,
    np.log1p,
    lambda r: np.where(np.isnan(r), np.nan, r > 0),
)


def panel_in(path: Path) -> Panel | None:
    """The long table of prices that ``path`` is, by the usual names of its columns; None where it is none."""
    from alpha_bench.describe import AlphaBenchError, read_panel
    from nbcode.results._pyarrow import column_names

    try:
        names = {name.lower(): name for name in column_names(path)}
        date, symbol = (next((names[n] for n in usual if n in names), None) for usual in _KEYS)
        if date is None or symbol is None or "close" not in names.values():
            return None
        return read_panel(path, None, {}, date=date, symbol=symbol)
    except (AlphaBenchError, OSError, ValueError):
        return None


def recomputed(
    directory: Path,
    panels: Iterable[Panel],
    horizon: int,
    stated: Mapping[str, Json],
    model: Path | None = None,
) -> Judgement:
    """What of the figures ``stated`` is found again from ``predictions.npz`` in ``directory``; ``horizon`` is in sessions. ``model`` is the
    folder of the kept model, which is asked again for what it predicted.

    Raises:
        OSError, ValueError, KeyError: the file is not what the recorder writes.
    """
    with (directory / PREDICTIONS).open("rb") as stream, np.load(stream, allow_pickle=False) as kept:
        data = {name: kept[name] for name in kept.files}
    found = _found_again(data, panels, horizon, stated)
    if model is None:
        return found
    same, unasked = asked_again(data, model)
    return replace(found, model=same, unasked=unasked)


def _found_again(
    data: Mapping[str, Any], panels: Iterable[Panel], horizon: int, stated: Mapping[str, Json]
) -> Judgement:
    for panel in panels:
        truth = _known_label(data, panel, horizon)
        if truth is not None:
            return _judgement(data, panel, truth, stated)
    return Judgement(judged=Judged.STATED)


def _known_label(data: Mapping[str, Any], panel: Panel, horizon: int) -> NDArray[np.float64] | None:
    """The label that the cells learnt from, (T, N) on ``panel``; None where it is none of its returns."""
    close = panel.fields.get("close")
    if close is None:
        return None
    returns = np.full(close.shape, np.nan)
    with np.errstate(all="ignore"):
        returns[:-horizon] = close[horizon:] / close[:-horizon] - 1
    rows, columns = _places(data, "label", panel)
    there = (rows >= 0) & (columns >= 0)
    given = data["label_value"]
    if there.mean() < _ENOUGH:
        return None
    for kind in _LABELS:
        with np.errstate(all="ignore"):
            truth: NDArray[np.float64] = kind(returns)
        same = np.abs(truth[rows[there], columns[there]] - given[there]) <= _SAME
        if same.size >= _LEAST_ROWS and same.mean() >= _ENOUGH and np.unique(given[there]).size > 1:
            return truth
    return None


def _places(data: Mapping[str, Any], kind: str, panel: Panel) -> tuple[Any, Any]:
    """Positions on ``panel`` of the rows of ``kind``: (session, asset), -1 for what it does not have."""
    dates = panel.dates.astype("datetime64[D]")
    on_row = _position(data["dates"].astype("datetime64[D]"), dates)
    on_column = _position(data["names"].astype(str), panel.assets.astype(str))
    names = data[f"{kind}_name"]
    alone = 0 if len(panel.assets) == 1 else -1
    columns = np.where(names < 0, alone, on_column[names] if len(on_column) else -1)
    return on_row[data[f"{kind}_row"]], columns


def _position(wanted: Any, there: Any) -> Any:
    order = np.argsort(there, kind="stable")
    found = np.minimum(np.searchsorted(there[order], wanted), len(there) - 1)
    return np.where(there[order][found] == wanted, order[found], -1)


def _judgement(
    data: Mapping[str, Any], panel: Panel, truth: NDArray[np.float64], stated: Mapping[str, Json]
) -> Judgement:
    rows, columns = _places(data, "predicted", panel)
    there = (rows >= 0) & (columns >= 0)
    calls = data["predicted_call"]
    together = _scores(truth, rows[there], columns[there], data["predicted_value"][there])
    found = [together]
    for call in np.unique(calls):
        one = there & (calls == call)
        found.append(_scores(truth, rows[one], columns[one], data["predicted_value"][one]))
    values = [(_KINDS[name], v) for scores in found for name, v in scores.items() if name in _KINDS]
    shown = _SHOWN if "ic" in together else _SHOWN_OF_ONE
    figures = tuple(found_again(stated, values))
    opposite = found_again(stated, [(kind, -value) for kind, value in values if value < 0])
    return Judgement(
        judged=Judged.STATED,
        figures=figures,
        turned=tuple(name for name in opposite if name not in figures),
        outside={name: together[name] for name in shown if name in together},
    )


def _scores(truth: NDArray[np.float64], rows: Any, columns: Any, predicted: Any) -> dict[str, float]:
    """Scores of predictions; of a row that was predicted twice the later one counts. Empty for too few."""
    places = rows * truth.shape[1] + columns
    _, last = np.unique(places[::-1], return_index=True)
    kept = len(places) - 1 - last
    actual, predicted, rows = truth[rows, columns][kept], predicted[kept], rows[kept]
    known = np.isfinite(actual) & np.isfinite(predicted)
    actual, predicted, rows = actual[known], predicted[known], rows[known]
    if len(actual) < _LEAST_ROWS:
        return {}
    error = predicted - actual
    spread = ((actual - actual.mean()) ** 2).mean()
    scores = {
        "correlation": _correlation(predicted, actual),
        "rank_correlation": _correlation(_ranks(predicted), _ranks(actual)),
        "r2": 1 - (error**2).mean() / spread if spread else np.nan,
        "mse": (error**2).mean(),
        "rmse": np.sqrt((error**2).mean()),
        "mae": np.abs(error).mean(),
        "hit_rate": (np.sign(predicted) == np.sign(actual)).mean(),
        "accuracy": (predicted == actual).mean(),
        "n_dates": float(len(np.unique(rows))),
    }
    scores |= _by_date(rows, predicted, actual)
    return {name: float(value) for name, value in scores.items() if np.isfinite(value)}


def _by_date(rows: Any, predicted: Any, actual: Any) -> dict[str, float]:
    daily = [one for one in _dates(rows, predicted, actual) if len(one[0]) >= _LEAST_NAMES]
    if not daily:
        return {}
    found: dict[str, float] = {"n_dates": float(len(daily))}
    ranked = [(_ranks(p), _ranks(a)) for p, a in daily]
    for name, pairs in (("ic", daily), ("rank_ic", ranked)):
        series = np.array([_correlation(p, a) for p, a in pairs])
        series = series[np.isfinite(series)]
        if len(series) > 1:
            found[name] = series.mean()
            found[f"{name}ir"] = series.mean() / series.std(ddof=1)
            found[f"{name}ir_0"] = series.mean() / series.std()
            found[f"{name}_t"] = series.mean() / series.std(ddof=1) * np.sqrt(len(series))
    return found


def _dates(rows: Any, predicted: Any, actual: Any) -> Iterator[tuple[Any, Any]]:
    order = np.argsort(rows, kind="stable")
    cuts = np.flatnonzero(np.diff(rows[order])) + 1
    yield from zip(np.split(predicted[order], cuts), np.split(actual[order], cuts), strict=True)


def _correlation(one: Any, two: Any) -> float:
    one, two = one - one.mean(), two - two.mean()
    size = np.sqrt((one**2).sum() * (two**2).sum())
    return float((one * two).sum() / size) if size else float("nan")


def _ranks(values: Any) -> Any:
    """Ranks from 0, ties their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts + 1) / 2)[inverse]
