"""The information coefficient: over time, how sure, over horizons, by group."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.markup import figure, number, percent, table
from alpha_bench.reporting.pictures import Picture


def draw(report: Outcome, pictures: Mapping[str, Picture]) -> str:
    """Pictures of the IC and the table of its t statistics."""
    parts = [
        '<h2 id="ab-ic">Information coefficient</h2>',
        figure(pictures["ic"]),
        "<h3>How sure is it?</h3>",
        _significance(report),
        "<h3>By month</h3>",
        figure(pictures["months"]),
    ]
    if "decay" in pictures:
        parts += ["<h3>By horizon</h3>", figure(pictures["decay"])]
    if "groups" in pictures:
        parts += ["<h3>By group</h3>", figure(pictures["groups"])]
    if "paths" in pictures:
        parts += ["<h3>By path</h3>", figure(pictures["paths"])]
    return "".join(parts)


def _significance(report: Outcome) -> str:
    f, h = report.figures, report.definition.model.horizon
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
    body = [(escape(name), number(t, 2), escape(what)) for name, t, what in rows]
    return (
        table(("t of the mean IC", ">t", "what it assumes"), body)
        + f"<p>{number(f['n_dates'], 0)} scored dates carry the information of about {number(f['n_eff'], 0)} independent ones. "
        f"IC standard deviation {number(f['ic_std'], 4)}, ICIR {number(f['icir'], 3)}; rank IC {number(f['rank_ic_mean'], 4)}, "
        f"t {number(f['rank_ic_t_newey_west'], 2)}, ICIR {number(f['rank_icir'], 3)}. Neither ICIR is annualised.</p>"
        f"<p>{percent(f['coverage'])} of the asset-dates with a known label have a prediction.</p>"
    )
