"""The page of a plain Python notebook, from its ``report.json``: the verdict first, then what it was trained and tested on, what was found,
where the figures end, and who made them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from alpha_bench.describe import Html, code, document, element, joined
from nbcode.primitives import Json, Judgement, LookAhead, Verdict, from_plain
from nbcode.results.rows_picture import rows_picture

_STYLE = Html(
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1d2733}"
    "table{border-collapse:collapse}th,td{padding:.3rem .9rem;border-bottom:1px solid #d9dee4;text-align:left;vertical-align:top}"
    "td{font-variant-numeric:tabular-nums}pre{background:#f4f6f8;padding:.8rem;overflow:auto}h2{margin-top:1.8rem}li{margin:.25rem 0}"
    ".verdict{border-left:5px solid #52606d;background:#f5f7fa;padding:10px 16px;margin:16px 0}"
    ".verdict.bad{border-color:#d55e00}.verdict.good{border-color:#009e73}.quiet{color:#52606d}"
)
_HEADS = {
    Verdict.FOUND: ("bad", "The future was known."),
    Verdict.NOT_LOOKED_AT: ("", "Nobody has looked whether the future was known."),
    Verdict.NONE_FOUND: ("", "No look-ahead was found."),
}
OF_THE_CELLS = (
    "The figures are stated by the notebook: its own cells computed them in the clean run, and nobody else has.",
    "Whether they allow for costs, for labels that overlap, and for the number of variants that were tried, only the cells say.",
)


def plain_page(report: Mapping[str, Json], title: str = "Report") -> str:
    """The page of ``report``, the content of report.json. All text of the notebook is escaped."""
    rows = _mappings(report.get("rows"))
    body = joined(
        element("h1", title),
        _verdict(report),
        element(
            "p",
            *_span(rows, "trained", "Trained"),
            " ",
            *_span(rows, "tested", "Tested"),
            *_gap(rows, report),
        ),
        rows_picture(rows),
        element("h2", "Figures"),
        element("p", "As the notebook's own cells computed them in the clean run.", class_="quiet"),
        _figures(report),
        element("h2", "Findings"),
        _findings(_mappings(report.get("findings"))),
        element("h2", "Limits"),
        element("ul", [element("li", text) for text in _texts(report.get("warnings"))]),
        element("h2", "Rows"),
        _rows(rows),
        element("h2", "Model"),
        element("pre", str(report.get("model", ""))),
    )
    return document((element("title", title), element("style", _STYLE)), body)


def verdict_of(look: LookAhead | None, beyond: Sequence[str]) -> dict[str, Json]:
    """``kind``, ``headline`` and ``sentence``: what speaks against the figures is said first. ``beyond`` are those too good to be believed."""
    if look is not None and look.verdict is Verdict.FOUND:
        kind, head = _HEADS[Verdict.FOUND]
        return {"kind": kind, "headline": head, "sentence": f"Look-ahead: {look}."}
    told = "" if look is None else f"Look-ahead: {look}."
    if beyond:
        said = f"{beyond[0]}. {told}".strip()
        return {"kind": "bad", "headline": "Too good to be believed.", "sentence": said}
    kind, head = _HEADS[Verdict.NOT_LOOKED_AT if look is None else look.verdict]
    return {"kind": kind or "none", "headline": head, "sentence": told}


def _verdict(report: Mapping[str, Json]) -> Html:
    verdict = report.get("verdict")
    said: Mapping[str, Any] = verdict if isinstance(verdict, Mapping) else verdict_of(_look(report), ())
    kind = str(said["kind"])
    look = "verdict" if kind == "none" else f"verdict {kind}"
    head = element("div", element("b", str(said["headline"])), " ", str(said["sentence"]), class_=look)
    plain = report.get("judged")
    who = None if plain is None else from_plain(Judgement, plain, "judged")
    return head if who is None else joined(head, element("p", f"Figures: {who}."))


def _look(report: Mapping[str, Json]) -> LookAhead | None:
    plain = report.get("look_ahead")
    return None if plain is None else from_plain(LookAhead, plain, "look_ahead")


def _span(rows: Sequence[Mapping[str, Any]], use: str, word: str) -> tuple[str, ...]:
    """``Trained on 12,345 rows, 2013-02-08 to 2016-12-30.``"""
    mine = [row for row in rows if row.get("use") == use]
    if not mine:
        return (f"{word}: no call is known.",)
    counts = [row["rows"] for row in mine if isinstance(row.get("rows"), int)]
    firsts, lasts = ([str(row[end]) for row in mine if row.get(end)] for end in ("first", "last"))
    dates = f", {min(firsts)} to {max(lasts)}" if firsts and lasts else ", their dates are not known"
    if not counts:
        return (f"{word} on rows that are not known{dates if firsts else ''}.",)
    calls = "" if len(mine) == 1 else f" in {len(mine)} calls"
    number = f"{max(counts):,}" if len(counts) == 1 else f"up to {max(counts):,}"
    return (f"{word} on {number} rows{calls}{dates}.",)


def _gap(rows: Sequence[Mapping[str, Any]], report: Mapping[str, Json]) -> tuple[str, ...]:
    """The sessions that lie between training and test, beside the horizon, where the one ends before the other begins."""
    ends = [int(row["to"]) for row in rows if row.get("use") == "trained" and "to" in row]
    begins = [int(row["from"]) for row in rows if row.get("use") == "tested" and "from" in row]
    if not ends or not begins or max(ends) >= min(begins):
        return ()
    between = min(begins) - max(ends) - 1
    return (
        f" Between them {'lies 1 session' if between == 1 else f'lie {between} sessions'}; the label reaches {report.get('horizon_sessions')} ahead.",
    )


def _figures(report: Mapping[str, Json]) -> Html:
    figures = report.get("figures")
    rows = [
        element("tr", element("th", name, scope="row"), element("td", figure_text(value)))
        for name, value in (figures if isinstance(figures, Mapping) else {}).items()
    ]
    return element("table", rows)


def _findings(found: Sequence[Mapping[str, Any]]) -> Html:
    if not found:
        return element("p", "None.")
    items = [
        element(
            "li",
            code(str(one["code"])),
            f" {one['message']}",
            [element("div", f"Fix: {fix}", class_="quiet") for fix in one.get("fixes", ())],
        )
        for one in found
    ]
    return element("ul", items)


def _rows(used: Sequence[Mapping[str, Any]]) -> Html:
    if not used:
        told = (
            "Not known: the cells call no fit and no predict that names its rows. Whether a figure is of rows that the model "
            "had not seen, only the cells say."
        )
        return element("p", told)
    heads = element("tr", [element("th", name, scope="col") for name in ("call", "", "rows", "dates")])
    rows = [
        element(
            "tr",
            [
                element("td", cell)
                for cell in (code(str(one["call"])), str(one["use"]), _count(one), _dates(one))
            ],
        )
        for one in used
    ]
    recorded = any(row.get("spans") for row in used)
    told = (
        "As the calls were recorded while the cells ran."
        if recorded
        else "What the calls in the cells name, as it stands at the end of the run: of a loop that is its last round."
    )
    return joined(element("p", told, class_="quiet"), element("table", [heads, *rows]))


def _count(one: Mapping[str, Any]) -> str:
    return "not known" if one.get("rows") is None else f"{one['rows']:,}"


def _dates(one: Mapping[str, Any]) -> str:
    if one.get("first") is None or one.get("last") is None:
        return "not known" if one.get("rows") is None else "the rows have none"
    return f"{one['first']} to {one['last']}"


def figure_text(value: Json) -> str:
    """A figure as a person reads it."""
    match value:
        case None:
            return "not known"
        case float():
            return f"{value:.6g}"
        case list() | tuple():
            return ", ".join(figure_text(v) for v in value)
        case Mapping():
            return ", ".join(f"{k}: {figure_text(v)}" for k, v in value.items())
        case _:
            return str(value)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else []
