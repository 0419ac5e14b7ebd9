"""The information coefficient: over time, how sure, over horizons, by group."""

from __future__ import annotations

from collections.abc import Mapping

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.markup import figure, heading, number, percent, table
from alpha_bench.reporting.pictures import Picture
from alpha_bench.runtime import Html, element, joined


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> Html:
    """Pictures of the IC and the table of its t statistics."""
    further = {"months": "By month", "decay": "By horizon", "groups": "By group", "paths": "By path"}
    return joined(
        heading("Information coefficient", "ic"),
        figure(pictures["ic"]),
        element("h3", "How sure is it?"),
        _significance(report),
        [(element("h3", head), figure(pictures[name])) for name, head in further.items() if name in pictures],
    )


def _significance(report: Outcome) -> Html:
    f, h = report.figures, report.definition.horizon
    rows = [
        (
            "naive",
            f["ic_t_naive"],
            "takes dates as independent; inflated by overlapping labels" if h > 1 else "dates as independent",
        ),
        (f"Newey-West, lag {2 * (h - 1)}", f["ic_t_newey_west"], "the one to read: allows for the overlap"),
        (f"Newey-West, lag {h - 1}", f["ic_t_newey_west_h1"], "shorter lag; rejects a little too often"),
        (
            f"every {h} sessions" if h > 1 else "all dates",
            f["ic_t_nonoverlapping"],
            "labels do not overlap; few dates, safest",
        ),
    ]
    body = [(name, number(t, 2), what) for name, t, what in rows]
    worth = (
        f"{number(f['n_dates'], 0)} scored dates carry the information of about {number(f['n_eff'], 0)} independent ones. "
        f"IC standard deviation {number(f['ic_std'], 4)}, ICIR {number(f['icir'], 3)}; rank IC {number(f['rank_ic_mean'], 4)}, "
        f"t {number(f['rank_ic_t_newey_west'], 2)}, ICIR {number(f['rank_icir'], 3)}. Neither ICIR is annualised."
    )
    better = (
        f" Out-of-sample R² of the predictions against a forecast of 0: {percent(f['r2_oos'], 3)}."
        if isinstance(f["r2_oos"], float)
        else ""
    )
    covered = f"{percent(f['coverage'])} of the asset-dates with a known label have a prediction.{better}"
    return joined(
        table(("t of the mean IC", ">t", "what it assumes"), body), element("p", worth), element("p", covered)
    )
