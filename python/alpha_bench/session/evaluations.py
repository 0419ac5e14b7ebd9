"""How a model definition is judged: ``walk_forward``, ``purged_kfold``, ``combinatorial_purged_kfold``.

Computed at once where data is bound, lazy where none is, and in a session that says so.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from alpha_bench.definitions import EvaluationDefinition, ModelDefinition
from alpha_bench.errors import DefinitionError
from alpha_bench.evaluation import NamedFigures
from alpha_bench.expressions import (
    OF_REPORT,
    bound_values,
    is_bound,
    parameter_meant,
    unknown_attribute,
    values_at_once,
)
from alpha_bench.model_selection import arguments_of, parse_splitter, whole_number
from alpha_bench.names import FIGURES
from alpha_bench.operators import SessionCount

if TYPE_CHECKING:
    import pyarrow as pa

    from alpha_bench.evaluation import Daily, Figures, FigureValue, FoldResult, Study
    from alpha_bench.reporting import Report

_OF_THE_REPORT = frozenset(
    {
        "figures",
        "folds",
        "daily",
        "warnings",
        "predictions",
        "to_json",
        "to_html",
        "pictures",
        "study",
        "to_frames",
    }
)


class Evaluation(NamedFigures):
    """A definition and, once computed, its report, whose attributes it passes on (``figures``, ``folds``, ``predictions``, ...).

    Attributes:
        definition: what is evaluated; plain data through ``describe``.
    """

    __slots__ = ("_report", "definition")

    def __init__(self, definition: EvaluationDefinition, report: Report | None = None) -> None:
        self.definition = definition
        self._report = report

    @property
    def report(self) -> Report:
        """The report; computed now when it was not yet. Raises ValuesNeeded (R05) when no data is bound."""
        if self._report is None:
            panel = bound_values("the report of walk_forward")
            from alpha_bench.session.evaluation_report import evaluate

            self._report = evaluate(self.definition, panel)
        return self._report

    @property
    def figures(self) -> Figures:
        """Every figure by name; each is an attribute too: ``report.ic_mean``."""
        return self.report.figures

    @property
    def folds(self) -> tuple[FoldResult, ...]:
        """When each fold was trained and tested, and what was fitted."""
        return self.report.folds

    @property
    def daily(self) -> Daily:
        """IC, rank IC and pairs by tested session."""
        return self.report.daily

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that belong beside the figures."""
        return self.report.warnings

    @property
    def predictions(self) -> pa.Table:
        """One row a prediction: ``date, asset, fold, prediction, label``."""
        return self.report.predictions

    @property
    def study(self) -> Study:
        """What is computed when it is asked for: book, decay, exposures, capacity, months, groups."""
        return self.report.study

    def to_json(self) -> dict[str, object]:
        """The content of ``report.json``."""
        return self.report.to_json()

    def to_html(self, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> str:
        """The report as one page that needs no network; with a path it is written there. See
        :meth:`alpha_bench.reporting.report.Report.to_html`."""
        return self.report.to_html(path, title=title)

    def to_frames(self, library: str = "pandas") -> dict[str, Any]:
        """The report as frames by name; see :meth:`alpha_bench.reporting.report.Report.to_frames`."""
        return self.report.to_frames(library)

    def pictures(self) -> dict[str, str]:
        """Name -> SVG text."""
        return self.report.pictures()

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise unknown_attribute(
            "report", name, {"definition", "report", *_OF_THE_REPORT, *FIGURES}, OF_REPORT
        )

    def __getitem__(self, name: str) -> FigureValue:
        """A figure by name: ``report["ic_mean"]``."""
        if name not in FIGURES:
            raise unknown_attribute("report", name, FIGURES, OF_REPORT)
        return self.report.figures[name]

    def __dir__(self) -> list[str]:
        return sorted({"definition", "report", *_OF_THE_REPORT, *FIGURES})

    def __repr__(self) -> str:
        if self._report is not None or is_bound():
            return repr(self.report)
        splitter = self.definition.splitter
        inside = ", ".join(f"{k}={v!r}" for k, v in arguments_of(splitter).items())
        return f"{splitter.name}({self.definition.model!r}, {inside})"

    def _repr_html_(self) -> str:
        if self._report is not None or is_bound():
            return self.report._repr_html_()
        return self.definition.model._repr_html_()


def walk_forward(
    m: ModelDefinition,
    folds: int | str = 12,
    embargo: SessionCount = "5d",
    window: str = "expanding",
    trials: int | str = 1,
    **unknown: object,
) -> Evaluation:
    """Judge ``m`` by walk-forward: ``folds`` test blocks in time order, each predicted by a fit on the past alone.

    Args:
        m: a model definition, ``Ridge().fit(X=[...], y=fwd_ret_10d)``.
        folds: number of test blocks; ``12`` and ``"12"`` are the same.
        embargo: sessions dropped before each test block beside those whose label reaches into it; ``"5d"`` or ``5``.
        window: ``"expanding"``; ``"rolling:250"`` for the last 250 sessions of each training range; ``"fixed:750"`` for exactly
            750 in every fold, so that a panel on which the first fold has fewer is refused.
        trials: how many variants were tried before this one, itself included; the deflated Sharpe ratio allows for them.
        unknown: any other name is refused with the one that was probably meant.

    Raises:
        AlphaBenchError: R28 or R01 for an argument, R33 when ``m`` is no model definition; with data bound, whatever the
            evaluation raises.
    """
    given = {"folds": folds, "embargo": embargo, "window": window}
    return _judged("walk_forward", m, given, trials, unknown)


def purged_kfold(
    m: ModelDefinition,
    folds: int | str = 5,
    embargo: SessionCount = "5d",
    trials: int | str = 1,
    **unknown: object,
) -> Evaluation:
    """Judge ``m`` by purged k-fold: ``folds`` blocks that tile the calendar, each predicted by a fit on the sessions around it.

    Args:
        m: a model definition, ``Ridge().fit(X=[...], y=fwd_ret_10d)``.
        folds: number of test blocks, at least 2.
        embargo: sessions dropped after each test block beside those whose labels share prices with it; ``"5d"`` or ``5``.
        trials: how many variants were tried before this one, itself included.
        unknown: any other name is refused with the one that was probably meant.

    Raises:
        AlphaBenchError: as :func:`walk_forward`.
    """
    return _judged("purged_kfold", m, {"folds": folds, "embargo": embargo}, trials, unknown)


def combinatorial_purged_kfold(
    m: ModelDefinition,
    groups: int | str = 6,
    test_groups: int | str = 2,
    embargo: SessionCount = "5d",
    trials: int | str = 1,
    **unknown: object,
) -> Evaluation:
    """Judge ``m`` by combinatorial purged cross-validation: every choice of ``test_groups`` of ``groups`` blocks is a fold.

    Args:
        m: a model definition, ``Ridge().fit(X=[...], y=fwd_ret_10d)``.
        groups: blocks that tile the calendar.
        test_groups: how many of them a fold tests; 2 of 6 are 15 folds and 5 paths.
        embargo: sessions dropped after each test block beside those whose labels share prices with it; ``"5d"`` or ``5``.
        trials: how many variants were tried before this one, itself included.
        unknown: any other name is refused with the one that was probably meant.

    Raises:
        AlphaBenchError: as :func:`walk_forward`.
    """
    given = {"groups": groups, "test_groups": test_groups, "embargo": embargo}
    return _judged("combinatorial_purged_kfold", m, given, trials, unknown)


def _judged(
    name: str,
    m: ModelDefinition,
    given: Mapping[str, object],
    trials: int | str,
    unknown: Mapping[str, object],
) -> Evaluation:
    for other in unknown:
        close = parameter_meant(other, (*given, "trials"))
        fix = (
            f"write {name}(m, {close}={unknown[other]!r})"
            if close
            else f"it takes {', '.join((*given, 'trials'))}"
        )
        raise DefinitionError("R28", f"{name} has no parameter {other!r}", fix=fix)
    if not isinstance(m, ModelDefinition):
        raise DefinitionError(
            "R33",
            f"{name} takes a model definition, got {type(m).__name__}",
            fix=f"write m = Ridge().fit(X=[...], y=fwd_ret_10d), then {name}(m)",
        )
    definition = EvaluationDefinition(
        model=m, splitter=parse_splitter(name, given), trials=whole_number(trials, "trials", least=1)
    )
    source = values_at_once()
    if source is None:
        return Evaluation(definition)
    from alpha_bench.session.evaluation_report import evaluate

    return Evaluation(definition, evaluate(definition, source))
