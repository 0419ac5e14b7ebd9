"""The report of an evaluation: its figures, its folds, its daily series, as JSON and as one self-contained HTML page."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.page import report_fragment, report_page
from alpha_bench.reporting.page_file import page_or_file
from alpha_bench.reporting.pictures import gallery
from alpha_bench.reporting.plain import to_plain

if TYPE_CHECKING:
    import pyarrow as pa

_READING = re.compile(r""" data-read=("[^"]*"|'[^']*')""")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False, eq=False)
class Report(Outcome):
    """An outcome that writes itself down. Figures are of the walk-forward predictions only."""

    @property
    def predictions(self) -> pa.Table:
        """One row a prediction, in order of date, then asset: ``date, asset, fold (1-based), prediction, label``."""
        from alpha_bench.runtime import arrow_dates, arrow_numbers, arrow_table, arrow_texts

        rows, columns = np.nonzero(np.isfinite(self.prediction))
        fold = self.fold_of_session
        label = self.label[rows, columns]
        return arrow_table(
            {
                "date": arrow_dates(self.test_dates[rows]),
                "asset": arrow_texts(self.assets, columns),
                "fold": arrow_numbers(fold[rows]),
                "prediction": arrow_numbers(self.prediction[rows, columns]),
                "label": arrow_numbers(label, known=np.isfinite(label)),
            }
        )

    def to_json(self) -> dict[str, object]:
        """The content of ``report.json``: plain JSON data, no NaN; ISO dates."""
        return to_plain(self)

    def to_frames(self, library: str = "pandas") -> dict[str, Any]:
        """The report as frames: ``daily, monthly, years, groups, decay, quantiles, folds``, of a model ``features``, and where there is a book
        ``portfolio, costs, exposures, capacity, benchmark``. With pandas the first column is the index.

        >>> report.to_frames()["portfolio"]["profit"].cumsum()   # doctest: +SKIP

        Args:
            library: ``"pandas"``, ``"polars"`` or ``"arrow"``.

        Raises:
            AlphaBenchError: R54 for another library.
        """
        from alpha_bench.reporting.tables import frames

        return frames(self, library)

    def pictures(self) -> dict[str, str]:
        """Name -> SVG text, of those that the report has: ``ic, months, decay, groups, quantiles, quantile_paths, turnover, equity, underwater,
        years, exposures, capacity, coverage, folds, paths, coefficients``."""
        return {name: picture.svg for name, picture in gallery(self).items()}

    def to_html(self, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> str:
        """One page with figures and pictures; needs no network, and shows everything without its script.

        >>> report.to_html("report.html")   # doctest: +SKIP

        Args:
            path: where to write it: a ``Path``, or a text that ends in ``.html``. A text that does not is the title.
            title: the heading of the page.

        Returns:
            The page; where it was written, the path.

        Raises:
            AlphaBenchError: R53 where it cannot be written.
        """
        return page_or_file(path, lambda chosen: report_page(self, chosen), title)

    def to_files(self, title: str | None = None) -> dict[str, str]:
        """Path -> text of the page (``report.html``) and of its pictures (``pictures/NAME.svg``), each drawn once.

        A picture by itself has no script, so that it goes without what the pointer would tell: a third of its size.
        """
        drawn = gallery(self)
        page = report_page(self, title, drawn)
        return {
            "report.html": page,
            **{f"pictures/{name}.svg": _still(one.svg) for name, one in drawn.items()},
        }

    def _repr_html_(self) -> str:
        return report_fragment(self)

    def __repr__(self) -> str:
        def shown(name: str) -> str:
            value = self.figures[name]
            return f"{value:+.4f}" if isinstance(value, float) else "none"

        return (
            f"Report: {self.figures['n_dates']} dates, IC {shown('ic_mean')} (Newey-West t {shown('ic_t_newey_west')}), "
            f"rank IC {shown('rank_ic_mean')}"
        )


def _still(svg: str) -> str:
    return _READING.sub("", svg, count=1)
