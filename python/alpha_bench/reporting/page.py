"""The report as one HTML page: no network, prints on paper, complete without its script."""

from __future__ import annotations

from html import escape

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.cautions import limits
from alpha_bench.reporting.pictures import Picture, gallery
from alpha_bench.reporting.script import DIGEST, SCRIPT
from alpha_bench.reporting.sections import book, folds, model, quantiles, risk, scores, summary
from alpha_bench.reporting.style import STYLE

_PARTS = (
    ("ic", "Information coefficient"),
    ("quantiles", "Returns by prediction"),
    ("book", "The book"),
    ("exposures", "Exposures"),
    ("capacity", "Capacity"),
    ("coverage", "Coverage"),
    ("folds", "Folds"),
    ("model", "Model"),
)
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{DIGEST}'"
"""What a browser may do with the page: its own style, and the one script with this digest. No request, nothing from data."""


def page(body: str, title: str) -> str:
    """A whole page around a fragment."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>:root{{color-scheme:light}}body{{margin:0;padding:22px 10px 46px;background:#fff}}"
        f".ab{{margin:0 auto}}@media print{{body{{padding:0}}}}</style></head><body>{body}</body></html>\n"
    )


def fragment(parts: list[str]) -> str:
    """Style, parts and script, for a page or for a notebook's output."""
    return f'<div class="ab"><style>{STYLE}</style>{"".join(parts)}</div><script>{SCRIPT}</script>'


def report_page(report: Outcome, title: str | None = None, pictures: dict[str, Picture] | None = None) -> str:
    """The whole page; without a title it is named after its splitter. ``pictures`` are its own, where they are drawn already."""
    title = title or summary.title_of(report)
    return page(report_fragment(report, title, pictures), title)


def report_fragment(
    report: Outcome, title: str | None = None, pictures: dict[str, Picture] | None = None
) -> str:
    """The same without the page around it, for a notebook's output."""
    title = title or summary.title_of(report)
    pictures = gallery(report) if pictures is None else pictures
    return fragment(
        [
            summary.draw(report, pictures, title),
            _limits(report),
            _contents(report),
            scores.draw(report, pictures),
            quantiles.draw(report, pictures),
            book.draw(report, pictures),
            risk.draw(report, pictures),
            folds.draw(report, pictures),
            model.draw(report),
        ]
    )


def _limits(report: Outcome) -> str:
    items = "".join(f"<li>{escape(w)}</li>" for w in limits(report))
    return f"<h2>Limits</h2><ul>{items}</ul>"


def _contents(report: Outcome) -> str:
    shown = [p for p in _PARTS if report.study.portfolio is not None or p[0] not in {"exposures", "capacity"}]
    links = "".join(f'<a href="#ab-{key}">{name}</a>' for key, name in shown)
    how = "Point at a picture to read it, drag along it to enlarge, double-click to return, click a key to hide its line."
    return f'<nav>{links}</nav><p class="quiet live">{how}</p>'
