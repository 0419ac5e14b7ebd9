"""The report as one HTML page: no network, prints on paper, complete without its script."""

from __future__ import annotations

from alpha_bench.evaluation import Outcome
from alpha_bench.reporting.cautions import limits
from alpha_bench.reporting.markup import heading, items
from alpha_bench.reporting.pictures import Picture, gallery
from alpha_bench.reporting.script import DIGEST, SCRIPT
from alpha_bench.reporting.sections import (
    book,
    features_alone,
    folds,
    model,
    overfitting,
    quantiles,
    record,
    risk,
    scores,
    summary,
)
from alpha_bench.reporting.style import STYLE
from alpha_bench.runtime import Child, Html, document, element, joined

_PARTS = (
    ("ic", "Information coefficient"),
    ("quantiles", "Returns by prediction"),
    ("features", "Features alone"),
    ("book", "The book"),
    ("record", "The record"),
    ("exposures", "Exposures"),
    ("capacity", "Capacity"),
    ("coverage", "Coverage"),
    ("folds", "Folds"),
    ("model", "Model"),
)
_POLICY = f"default-src 'none'; style-src 'unsafe-inline'; script-src '{DIGEST}'"
"""What a browser may do with the page: its own style, and the one script with this digest. No request, nothing from data."""


_OF_A_PAGE = Html(
    ":root{color-scheme:light}body{margin:0;padding:22px 10px 46px;background:#fff}"
    ".ab{margin:0 auto}@media print{body{padding:0}}"
)


def page(body: Html, title: str) -> Html:
    """A whole page around a fragment."""
    head = [
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("title", title),
        element("style", _OF_A_PAGE),
    ]
    return document(head, body)


def fragment(*parts: Child) -> Html:
    """Style, parts and script, for a page or for a notebook's output."""
    styled = element("div", element("style", Html(STYLE)), *parts, class_="ab")
    return joined(styled, element("script", Html(SCRIPT)))


def report_page(
    report: Outcome, title: str | None = None, pictures: dict[str, Picture] | None = None
) -> Html:
    """The whole page; without a title it is named after its splitter. ``pictures`` are its own, where they are drawn already."""
    title = title or summary.title_of(report)
    return page(report_fragment(report, title, pictures), title)


def report_fragment(
    report: Outcome, title: str | None = None, pictures: dict[str, Picture] | None = None
) -> Html:
    """The same without the page around it, for a notebook's output."""
    title = title or summary.title_of(report)
    pictures = gallery(report) if pictures is None else pictures
    return fragment(
        summary.draw(report, pictures, title),
        heading("Limits"),
        items(limits(report)),
        _contents(report),
        scores.draw(report, pictures),
        overfitting.draw(report),
        quantiles.draw(report, pictures),
        features_alone.draw(report),
        book.draw(report, pictures),
        record.draw(report, pictures),
        risk.draw(report, pictures),
        folds.draw(report, pictures),
        model.draw(report),
    )


def _contents(report: Outcome) -> Html:
    lacking = ({"exposures", "capacity"} if report.study.portfolio is None else set()) | (
        set() if report.folds else {"folds", "features"}
    )
    shown = [p for p in _PARTS if p[0] not in lacking]
    links = [element("a", name, href=f"#ab-{key}") for key, name in shown]
    how = "Point at a picture to read it, drag along it to enlarge, double-click to return, click a key to hide its line."
    return joined(element("nav", links), element("p", how, class_="quiet live"))
