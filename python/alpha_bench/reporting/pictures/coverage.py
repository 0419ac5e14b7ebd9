"""How many assets are predicted on each session, beside those whose label became known."""

from __future__ import annotations

import numpy as np

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.canvas import INK, Canvas
from alpha_bench.reporting.pictures.frame import LEFT, WIDTH, surface_and_line
from alpha_bench.runtime import Html


def draw(report: Outcome) -> Html:
    """Predicted assets as a surface, assets with a known label dashed."""
    dates = report.test_dates
    predicted, labelled = (
        np.asarray(v, dtype=float) for v in (report.study.predicted, report.study.labelled)
    )
    canvas = Canvas(
        width=WIDTH,
        height=192,
        title="Assets predicted on each session",
        description=f"From {predicted.min():.0f} to {predicted.max():.0f} predicted of {len(report.assets)} in the panel.",
    )
    canvas.text(LEFT, 20, "Assets by session", fill=INK, bold=True)
    surface_and_line(
        canvas,
        dates,
        (predicted, labelled),
        ("predicted", "label known"),
        top=44,
        bottom=158,
        margin=2,
        keys=LEFT + 150,
        width=1.2,
        written=lambda v: f"{v:.0f}",
    )
    return canvas.svg()
