"""``study``: a factor is judged as it is, with the whole report, and no model between."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.definitions import BroughtFactor, define_factor
from alpha_bench.errors import DefinitionError
from alpha_bench.evaluation import study_factor
from alpha_bench.expressions import Expr, ValueSource, bound_values, parameter_meant
from alpha_bench.panel import factor_values
from alpha_bench.reporting import Report
from alpha_bench.session.benchmarks import benchmark_returns
from alpha_bench.session.evaluation_report import report_of
from alpha_bench.session.looks import Asked, answered

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

_TAKES = (
    "y", "panel", "universe", "quantiles", "rebalance", "holding_period", "start", "end", "benchmark", "trials",
)  # fmt: skip


def study(
    factor: Expr | pd.Series[Any] | pd.DataFrame | pl.DataFrame | pl.LazyFrame,
    *,
    y: Expr | None = None,
    panel: ValueSource | None = None,
    universe: Expr | None = None,
    quantiles: int = 5,
    rebalance: str = "day",
    holding_period: int | str | None = None,
    start: str | None = None,
    end: str | None = None,
    benchmark: str | pd.Series[Any] | None = None,
    trials: int = 1,
    **unknown: object,
) -> Report:
    """Judge a factor as it is: the report of ``walk_forward`` with the factor's own values where predictions are, and nothing fitted.

    Args:
        factor: an expression; a pandas series by (date, asset), as alphalens takes it; a wide frame, dates down and assets across; a long
            frame, a row a date and asset, with one column of values; or what ``walk_forward`` gives: its predictions.
        y: the label, such as ``fwd_ret(10)``; predictions have their own.
        panel: what it is judged on; by default the panel that is bound.
        universe: the assets that take part on each session, a condition.
        quantiles: into how many bins the assets of a session are put, 2 to 100.
        rebalance: ``"day"``, ``"week"`` or ``"month"``: the book is renewed at the last session of each.
        holding_period: how long each part of the book is held, in such periods: ``5`` or ``"5d"``, ``"2w"``, ``"3m"``. By default the
            label's horizon where ``rebalance`` is ``"day"``, else one period. The IC is not touched by it.
        start: the first session that is judged, ``YYYY-MM-DD``.
        end: the last session that is judged, itself included; nothing after it is read.
        benchmark: what the book is measured against: an asset's name, or a pandas series of returns by date; by default the mean of all.
        trials: how many variants were tried before this one, itself included.
        unknown: any other name is refused.

    Raises:
        AlphaBenchError: R05 without a panel, R28 for an argument, R29 where nothing can be scored, R31 for a factor that looks ahead,
            R32 for a label that is none, R33 for what is no factor, E15 where it has nothing in common with the panel.
    """
    _refuse(unknown)
    source = _source(panel)
    last = _day(end, "end", source.dates[-1])
    how = {
        "universe": universe, "quantiles": quantiles, "rebalance": rebalance, "holding": holding_period, "trials": trials,
        "start": _day(start, "start", source.dates[0]), "end": last,
    }  # fmt: skip
    return _judged(factor, y, _until(source, last), benchmark, how)


def _judged(factor: Any, y: Expr | None, source: ValueSource, benchmark: object, how: Any) -> Report:
    if hasattr(factor, "predictions") and hasattr(factor, "definition"):
        y = factor.definition.label if y is None else y
        factor = factor.predictions.select(["date", "asset", "prediction"]).to_pandas(date_as_object=False)
    brought = None if isinstance(factor, Expr) else factor_values(factor, source)
    returns, against = benchmark_returns(benchmark, source)
    what = factor if brought is None else BroughtFactor(name=brought.name, digest=brought.digest)
    values = None if brought is None else brought.values
    defined = define_factor(what, y, benchmark=against, **how)
    if (held := answered(lambda: Asked(definition=defined, panel=source, values=values))) is not None:
        return held
    found = study_factor(
        defined,
        source,
        values=values,
        benchmark=returns,
        notes=() if brought is None else brought.left_out,
    )
    return report_of(found, source)


def _refuse(unknown: Mapping[str, object]) -> None:
    for other, value in unknown.items():
        close = parameter_meant(other, _TAKES)
        fix = f"write study(factor, {close}={value!r})" if close else f"it takes {', '.join(_TAKES)}"
        raise DefinitionError("R28", f"study has no parameter {other!r}", fix=fix)


def _source(panel: ValueSource | None) -> ValueSource:
    if panel is None:
        return bound_values("study")
    if not hasattr(panel, "compute"):
        raise DefinitionError(
            "R33", f"panel is a {type(panel).__name__}", fix="write panel=alpha_bench.Panel.of(frame)"
        )
    return panel


def _day(given: object, name: str, such_as: object) -> str | None:
    """A day as ``YYYY-MM-DD``, from such a text, a date or a timestamp. Raises AlphaBenchError R28."""
    if given is None:
        return None
    try:
        return date.fromisoformat(str(given)[:10]).isoformat()
    except ValueError:
        raise DefinitionError("R28", f"{name} is {given!r}", fix=f'write {name}="{such_as}", a day') from None


def _until(source: ValueSource, end: str | None) -> ValueSource:
    """The panel without the sessions after ``end``."""
    if end is None:
        return source
    sessions = int(
        np.searchsorted(np.asarray(source.dates, dtype="datetime64[D]"), np.datetime64(end), side="right")
    )
    if not sessions:
        raise DefinitionError(
            "R28",
            f"end is {end}, before the first session {source.dates[0]}",
            fix=f'write end="{source.dates[-1]}", or leave it out',
        )
    cut: ValueSource = source.truncate(sessions)  # type: ignore[attr-defined]
    return cut
