"""The adoption report as one HTML page: no network, no script, prints on paper."""

from __future__ import annotations

from pathlib import Path

from alpha_bench.describe import Html, document, element, joined
from nbcode.cli.render.adoption import period_text, sentence, share_text, week_days
from nbcode.cli.render.adoption_picture import owners_picture, weeks_picture
from nbcode.commands.adoption import AdoptionResult, Counts
from nbcode.commands.named_file import NamedFile

_MARK = "<!-- written by nbcode adoption -->"
"""What a page begins with, so that the next one may replace it."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = Html(
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733;background:#fff}"
    "h1{font-size:27px;line-height:1.2;margin:0 0 4px;font-weight:650;letter-spacing:-.01em}"
    "h2{font-size:18px;margin:2rem 0 .5rem;padding-top:.8rem;border-top:1px solid #cbd2d9;font-weight:650}"
    ".verdict{border-left:5px solid #009e73;background:#f5f7fa;padding:10px 16px;margin:16px 0;font-size:16px}"
    ".answers{display:grid;grid-template-columns:repeat(5,1fr);gap:10px;margin:16px 0}"
    ".answer{border:1px solid #cbd2d9;border-radius:6px;padding:9px 13px}"
    ".answer span{color:#52606d;font-size:12.5px;display:block}.answer b{display:block;font-size:23px;font-weight:650;font-variant-numeric:tabular-nums}"
    "table{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;width:100%}"
    "th{text-align:left;font-weight:600;color:#52606d;border-bottom:1.5px solid #9aa5b1;padding:4px 12px 4px 0}"
    "td{border-bottom:1px solid #e4e7eb;padding:4px 12px 4px 0}.n{text-align:right}figure{margin:8px 0}svg{max-width:100%;height:auto}"
    ".quiet{color:#52606d;font-size:13px}@media (max-width:680px){.answers{grid-template-columns:repeat(2,1fr)}}"
    "@media print{@page{size:A4;margin:14mm 13mm}body{max-width:none;font-size:11.5px;margin:0}figure,tr,.answers{break-inside:avoid}"
    "*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}"
)
_NUMBERS = ("notebook", "framework", "notebooks' share", "refits", "models", "promoters")
_COUNTED = (
    "A version counts in the week in which it was registered, by its tag nbcode.registered_at; weeks are ISO weeks, in UTC, from Monday on and before the next.",
    "Counted is what the registry holds now: a version that was deleted is not in it. A copy that MLflow's own button made is not counted again.",
    "A refit is the same model on newer data. It is counted as a refit, and in no other number.",
    "A promoter is the account that the registry's server knew, where it has accounts, else the user of the machine. An owner is the owner of [meta].",
)


def adoption_page(found: AdoptionResult) -> str:
    """The whole page. Every text of the registry is escaped."""
    title = "Adoption of nbcode"
    body = joined(
        element("h1", title),
        element("p", f"{period_text(found)} · {found.registry}", class_="quiet"),
        element("div", sentence(found), class_="verdict"),
        element("div", [_answer(label, text) for label, text in _answers(found)], class_="answers"),
        element("h2", "By week"),
        weeks_picture(found.weeks),
        _table(
            ("week", "days", *_NUMBERS, "new models"),
            [
                (week.name, week_days(week), *_cells(week.counts), str(week.new_models))
                for week in found.weeks
            ],
        ),
        element("h2", "By owner"),
        owners_picture(found.owners),
        _table(
            ("owner", "latest", *_NUMBERS, "of all versions"),
            [
                (one.owner, f"{one.latest:%Y-%m-%d}", *_cells(one.counts), share_text(one.share))
                for one in found.owners
            ],
        ),
        element("h2", "What is counted"),
        element("ul", [element("li", text) for text in _COUNTED], class_="quiet"),
    )
    head = (
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width,initial-scale=1"),
        element("title", title),
        element("style", _STYLE),
    )
    return _MARK + document(head, body)


def write_page(page: str, to: Path) -> None:
    """Write it to ``to``, whole or not at all. Raises ``NbcodeError``: NBC-X04 where it cannot be written, NBC-X08 where another file is."""
    mark = _MARK.encode()
    target = NamedFile(
        path=to,
        what="page",
        ours=lambda there: there.startswith(mark),
        instead="nbcode adoption --html FILE",
    )
    target.prepare()
    target.write(page.encode())


def _answers(found: AdoptionResult) -> tuple[tuple[str, str], ...]:
    total = found.total
    return (
        ("versions", f"{total.versions:,}"),
        ("from notebooks", share_text(total.notebook_share)),
        ("models", f"{total.models:,}"),
        ("promoters", f"{total.promoters:,}"),
        ("refits beside them", f"{total.refits:,}"),
    )


def _answer(label: str, text: str) -> Html:
    return element("div", element("span", label), element("b", text), class_="answer")


def _cells(counts: Counts) -> tuple[str, ...]:
    numbers = (counts.notebook, counts.framework, share_text(counts.notebook_share), counts.refits)
    return tuple(str(one) for one in (*numbers, counts.models, counts.promoters))


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> Html:
    """The first two columns are words, the others numbers."""
    looks = [None if number < 2 else "n" for number in range(len(heads))]
    head = element(
        "tr", [element("th", name, scope="col", class_=look) for name, look in zip(heads, looks, strict=True)]
    )
    body = [
        element("tr", [element("td", text, class_=look) for text, look in zip(row, looks, strict=True)])
        for row in rows
    ]
    return element("table", head, body)
