"""``walk_forward``: a model definition and how it is judged; computed at once where data is bound, lazy where none is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alpha_bench.errors import AlphaBenchError, nearest, unknown_name
from alpha_bench.expr import bound_values, bound_values_or_none
from alpha_bench.models import EvaluationDefinition, ModelDefinition
from alpha_bench.splits import parse_walk_forward

if TYPE_CHECKING:
    from alpha_bench.report import Report

FIGURES = (
    "n_dates", "ic_mean", "ic_std", "icir", "rank_ic_mean", "rank_icir", "ic_t_naive", "ic_t_newey_west",
    "ic_t_newey_west_h1", "ic_t_nonoverlapping", "hit_rate", "quantile_returns", "quantile_spread", "n_eff",
    "rank_ic_t_newey_west", "coverage",
)  # fmt: skip
"""The names of a report's figures, known before it is computed."""
_PARAMETERS = ("folds", "embargo", "window")
_OF_THE_REPORT = frozenset(
    {"figures", "folds", "daily", "warnings", "predictions", "to_json", "to_html", "pictures", "series"}
)


class Evaluation:
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
            from alpha_bench.evaluation import evaluate

            self._report = evaluate(self.definition, panel)
        return self._report

    def __getattr__(self, name: str) -> object:
        if name in _OF_THE_REPORT:
            return getattr(self.report, name)
        if name.startswith("_"):
            raise AttributeError(name)
        if name in FIGURES:
            return self.report.figures[name]
        raise unknown_name("report", name, {"definition", "report", *_OF_THE_REPORT, *FIGURES})

    def __getitem__(self, name: str) -> object:
        """A figure by name: ``report["ic_mean"]``."""
        if name not in FIGURES:
            raise unknown_name("report", name, FIGURES)
        return self.report.figures[name]

    def __dir__(self) -> list[str]:
        return sorted({"definition", "report", *_OF_THE_REPORT, *FIGURES})

    def __repr__(self) -> str:
        if self._report is not None:
            return repr(self._report)
        splitter = self.definition.splitter
        return f"walk_forward({self.definition.model!r}, folds={splitter.folds}, embargo='{splitter.embargo_sessions}d')"

    def _repr_html_(self) -> str:
        if self._report is not None:
            return self._report._repr_html_()
        return self.definition.model._repr_html_()


def walk_forward(
    m: object,
    folds: object = 12,
    embargo: object = "5d",
    window: object = "expanding",
    **unknown: object,
) -> Evaluation:
    """Judge ``m`` by walk-forward: ``folds`` test blocks in time order, each predicted by a fit on the past alone.

    Args:
        m: a model definition, ``Ridge().fit(X=[...], y=fwd_ret_10d)``.
        folds: number of test blocks; ``12`` and ``"12"`` are the same.
        embargo: sessions dropped before each test block beside those whose label reaches into it; ``"5d"`` or ``5``.
        window: ``"expanding"``, or ``"rolling:250"`` for the last 250 sessions of each training range.
        unknown: any other name is refused with the one that was probably meant.

    Raises:
        AlphaBenchError: R28 or R01 for an argument, R33 when ``m`` is no model definition; with data bound, whatever the
            evaluation raises.
    """
    for name in unknown:
        close = nearest(name, _PARAMETERS)
        fix = f"did you mean {close}=?" if close else f"it takes {', '.join(_PARAMETERS)}"
        raise AlphaBenchError("R28", f"walk_forward has no parameter {name!r}", fix=fix)
    if not isinstance(m, ModelDefinition):
        raise AlphaBenchError(
            "R33",
            f"walk_forward takes a model definition, got {type(m).__name__}",
            fix="write m = Ridge().fit(X=[...], y=fwd_ret_10d), then walk_forward(m)",
        )
    definition = EvaluationDefinition(model=m, splitter=parse_walk_forward(folds, embargo, window))
    source = bound_values_or_none()
    if source is None:
        return Evaluation(definition)
    from alpha_bench.evaluation import evaluate

    return Evaluation(definition, evaluate(definition, source))
