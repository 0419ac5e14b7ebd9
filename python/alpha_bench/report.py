"""The report of an evaluation: its figures, its folds, its daily series, as JSON and as one self-contained HTML page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alpha_bench.models import EvaluationDefinition
from alpha_bench.splits import Split

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Daily:
    """By session of the test blocks: IC, rank IC (NaN where not scored) and pairs of prediction and label."""

    ic: Floats
    rank_ic: Floats
    pairs: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class Report:
    """What an evaluation found. Figures are of the walk-forward predictions only.

    Attributes:
        definition: what was evaluated.
        dates: every session of the panel (T,); ``assets``: every asset (N,).
        splits: the folds' session positions.
        folds: by fold ``train_sessions, train_rows, test_first, test_last, coef, intercept`` (``coef`` in the order of the
            features, None for an estimator without coefficients).
        figures: name -> number, list of numbers (quantiles, lowest prediction first) or None where one cannot be formed.
        daily: series over the sessions of the test blocks.
        prediction, label: (sessions of the test blocks, N); NaN where not predicted or not known.
        warnings: sentences that belong beside the figures.
    """

    definition: EvaluationDefinition
    dates: NDArray[np.datetime64]
    assets: NDArray[np.str_]
    splits: tuple[Split, ...]
    folds: list[dict[str, object]]
    figures: dict[str, object]
    daily: Daily
    prediction: Floats
    label: Floats
    warnings: list[str]

    @property
    def test_dates(self) -> NDArray[np.datetime64]:
        """The sessions of the test blocks, in order."""
        return self.dates[self.splits[0].test.start : self.splits[-1].test.stop]

    @property
    def predictions(self) -> pa.Table:
        """One row a prediction, in order of date, then asset: ``date, asset, fold (1-based), prediction, label``."""
        import pyarrow as pa

        rows, columns = np.nonzero(np.isfinite(self.prediction))
        fold = np.repeat(
            np.arange(1, len(self.splits) + 1, dtype=np.int32), [len(s.test) for s in self.splits]
        )
        label = self.label[rows, columns]
        return pa.table(
            {
                "date": pa.array(self.test_dates[rows]),
                "asset": pa.array(self.assets, pa.string()).take(pa.array(columns)),
                "fold": pa.array(fold[rows]),
                "prediction": pa.array(self.prediction[rows, columns]),
                "label": pa.array(label, mask=~np.isfinite(label)),
            }
        )

    def to_json(self) -> dict[str, object]:
        """The content of ``report.json``: plain JSON data, no NaN; ISO dates."""
        from alpha_bench.describe import definition_digest, describe

        ic, rank = self.daily.ic, self.daily.rank_ic
        return {
            "schema_version": SCHEMA_VERSION,
            "definition": describe(self.definition),
            "definition_digest": definition_digest(self.definition),
            "features": [
                {"name": n, "formula": str(f)}
                for n, f in zip(self.definition.model.names, self.definition.model.features, strict=True)
            ],
            "panel": {
                "sessions": len(self.dates),
                "assets": len(self.assets),
                "first": str(self.dates[0]),
                "last": str(self.dates[-1]),
            },
            "figures": dict(self.figures),
            "folds": [dict(f) for f in self.folds],
            "warnings": list(self.warnings),
            "daily": {
                "date": [str(d) for d in self.test_dates],
                "ic": [None if v != v else v for v in ic.tolist()],
                "rank_ic": [None if v != v else v for v in rank.tolist()],
                "pairs": self.daily.pairs.tolist(),
            },
        }

    def pictures(self) -> dict[str, str]:
        """Name -> SVG text: ``folds``, ``ic``, ``quantiles``, ``coefficients`` (where the model has some)."""
        from alpha_bench.plots import pictures

        return pictures(self)

    def to_html(self) -> str:
        """One page with figures and pictures; needs no network and no script."""
        from alpha_bench.page import report_page

        return report_page(self)

    def _repr_html_(self) -> str:
        from alpha_bench.page import report_fragment

        return report_fragment(self)

    def __repr__(self) -> str:
        def shown(name: str) -> str:
            value = self.figures[name]
            return f"{value:+.4f}" if isinstance(value, float) else "none"

        return (
            f"Report: {self.figures['n_dates']} dates, IC {shown('ic_mean')} (Newey-West t {shown('ic_t_newey_west')}), "
            f"rank IC {shown('rank_ic_mean')}"
        )
