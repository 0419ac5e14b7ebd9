"""Each feature alone: its own IC on the test sessions, and how alike the features are."""

from __future__ import annotations

import math

from alpha_bench.evaluation import FeaturesAlone, Outcome
from alpha_bench.reporting.markup import heading, number, table
from alpha_bench.runtime import Child, Html, code, element, joined

_ALIKE = 0.9
_MOST_COLUMNS = 10


def draw(report: Outcome) -> Html:
    """A row a feature with its IC and its correlations; nothing for a factor."""
    found = report.supplement.features
    if found is None:
        return joined()
    shown = found.correlation[:, :_MOST_COLUMNS]
    rows: list[list[Child]] = []
    for i, one in enumerate(found.scores):
        row: list[Child] = [
            str(i + 1),
            code(one.name),
            number(one.ic, 4),
            number(one.t, 2),
            number(one.rank_ic, 4),
        ]
        beside = [number(float(r), 2) for r in shown[i]] if i < len(shown) else [""] * shown.shape[1]
        rows.append([*row, *beside])
    heads = [">", "feature", ">IC", ">t", ">rank IC", *(f">{i + 1}" for i in range(shown.shape[1]))]
    said = (
        f"Each feature's own values in the place of the predictions, on {found.scores[0].n_dates} dates of the test sessions (ranks on "
        f"{found.scores[0].n_ranked}), no sign turned and nothing fitted. The numbered "
        "columns are mean rank correlations with the features of those numbers."
    )
    return joined(
        heading("Features alone", "features"),
        table(heads, rows),
        element("p", said, class_="quiet"),
        _alike(found),
    )


def _alike(found: FeaturesAlone) -> Html | None:
    names = [one.name for one in found.scores]
    pairs = [
        f"{names[j]} and {names[i]} ({number(float(r), 2)})"
        for i in range(len(found.correlation))
        for j in range(i)
        if math.isfinite(r := found.correlation[i, j]) and abs(r) >= _ALIKE
    ]
    if not pairs:
        return None
    return element(
        "p", f"Nearly the same: {'; '.join(pairs[:5])}. Their coefficients mean little one by one."
    )
