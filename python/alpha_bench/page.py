"""The report as one HTML page: no script, no network, prints on paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from alpha_bench.outcome import Outcome
from alpha_bench.plots import pictures
from alpha_bench.svg import FONT

_STYLE = f"""
.ab{{font:15px/1.55 {FONT};color:#1f2933;background:#fff;max-width:960px;padding:14px 18px}}
.ab h1{{font-size:27px;line-height:1.2;margin:0 0 4px;font-weight:650;letter-spacing:-.01em}}
.ab h2{{font-size:18px;margin:36px 0 8px;padding-top:14px;border-top:1px solid #cbd2d9;font-weight:650}}
.ab p{{margin:6px 0;max-width:72ch}} .ab .quiet{{color:#616e7c;font-size:13px}}
.ab code{{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}}
.ab .verdict{{border-left:5px solid #616e7c;background:#f5f7fa;padding:10px 16px;margin:18px 0;font-size:16px}}
.ab .verdict.good{{border-color:#009e73}} .ab .verdict.bad{{border-color:#d55e00}}
.ab .tiles{{display:grid;grid-template-columns:repeat(auto-fit,minmax(140px,1fr));gap:10px;margin:18px 0}}
.ab .tile{{border:1px solid #cbd2d9;border-radius:6px;padding:9px 13px}}
.ab .tile b{{display:block;font-size:23px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.3}}
.ab .tile span{{color:#616e7c;font-size:12.5px;display:block;line-height:1.35}}
.ab table{{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;margin:8px 0;width:100%;table-layout:auto!important}}
.ab th{{text-align:left;font-weight:600;color:#616e7c;border-bottom:1.5px solid #9aa5b1;padding:4px 12px 4px 0;vertical-align:bottom}}
.ab td,.ab th{{text-align:left!important}} .ab td.n,.ab th.n{{text-align:right!important;padding-right:28px}}
.ab td{{border-bottom:1px solid #e4e7eb;padding:4px 12px 4px 0;vertical-align:top}}
.ab table tbody tr,.ab table tbody tr:hover{{background:none!important}} .ab ul{{padding-left:20px;margin:8px 0}} .ab li{{margin:3px 0;max-width:78ch}}
.ab figure{{margin:8px 0}} .ab figcaption{{color:#616e7c;font-size:13px;max-width:80ch}}
@media print{{.ab{{font-size:11.5px}} .ab h2{{break-after:avoid}} .ab figure,.ab tr,.ab .tiles,.ab .verdict{{break-inside:avoid}}
.ab .tile,.ab .verdict{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}}}
"""


def report_page(report: Outcome, title: str = "Walk-forward report") -> str:
    """The whole page."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>:root{{color-scheme:light}}body{{margin:0;padding:22px 10px 46px;background:#fff}}"
        f".ab{{margin:0 auto}}</style></head><body>{report_fragment(report, title)}</body></html>\n"
    )


def report_fragment(report: Outcome, title: str = "Walk-forward report") -> str:
    """The same without the page around it, for a notebook's output."""
    parts = [
        f"<style>{_STYLE}</style>",
        _head(report, title),
        _verdict(report),
        _tiles(report),
        _significance(report),
        _charts(report),
        _model(report),
        _warnings(report),
    ]
    return f'<div class="ab">{"".join(parts)}</div>'


def _head(report: Outcome, title: str) -> str:
    model, splitter = report.definition.model, report.definition.splitter
    tested = report.test_dates
    return (
        f"<header><h1>{escape(title)}</h1>"
        f"<p><code>{escape(repr(model.estimator))}</code> on {len(model.features)} features, "
        f"label <code>{escape(str(model.label))}</code></p>"
        f'<p class="quiet">{len(report.dates)} sessions {report.dates[0]} to {report.dates[-1]}, {len(report.assets)} assets. '
        f"Tested {tested[0]} to {tested[-1]}: {escape(splitter.describe())}."
        + ("" if model.universe is None else f" Universe <code>{escape(str(model.universe))}</code>.")
        + "</p></header>"
    )


def _verdict(report: Outcome) -> str:
    ic, t = report.figures["ic_mean"], report.figures["ic_t_newey_west"]
    if not isinstance(ic, float) or not isinstance(t, float):
        return (
            '<div class="verdict bad">No information coefficient could be formed: see the limits below.</div>'
        )
    shown = f"mean IC {_number(ic, 4)}, Newey-West t {_number(t, 2)}"
    if abs(t) < 2:
        return f'<div class="verdict"><b>No signal is shown.</b> The {shown}: not distinguishable from zero on these data.</div>'
    if t < 0:
        return f'<div class="verdict bad"><b>The predictions have the wrong sign.</b> The {shown}.</div>'
    return (
        f'<div class="verdict good"><b>Distinguishable from zero at the usual 5 % level.</b> The {shown}, before any allowance '
        "for how many variants were tried.</div>"
    )


def _tiles(report: Outcome) -> str:
    f = report.figures
    tiles = [
        (_number(f["ic_mean"], 4), "mean daily IC"),
        (_number(f["ic_t_newey_west"], 2), "its Newey-West t"),
        (_number(f["rank_ic_mean"], 4), "mean rank IC"),
        (_number(f["icir"], 3), "ICIR, daily"),
        (_percent(f["hit_rate"]), "dates with IC above 0"),
        (_bps(f["quantile_spread"]), "Q5 − Q1, basis points"),
    ]
    return (
        '<div class="tiles">'
        + "".join(f'<div class="tile"><b>{v}</b><span>{n}</span></div>' for v, n in tiles)
        + "</div>"
    )


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
    body = [(escape(name), _number(t, 2), escape(what)) for name, t, what in rows]
    dates = (
        f"{f['n_dates']} scored dates carry the information of about {_number(f['n_eff'], 0)} independent ones. "
        f"IC standard deviation {_number(f['ic_std'], 4)}; rank IC ICIR {_number(f['rank_icir'], 3)}; "
        f"{_percent(f['coverage'])} of the asset-dates with a known label have a prediction."
    )
    return (
        f"<h2>How sure is it?</h2>{_table(('t of the mean IC', '>t', 'what it assumes'), body)}<p>{dates}</p>"
    )


def _charts(report: Outcome) -> str:
    svg = pictures(report)
    return "".join(
        [
            "<h2>Information coefficient</h2>",
            _figure(
                svg["ic"],
                "Pearson correlation of prediction and label over the assets of each test session: monthly means, and below them the "
                "running sum of the daily values.",
            ),
            "<h2>Returns by prediction</h2>",
            _figure(
                svg["quantiles"],
                "On each date the assets are put into five bins by their prediction (pandas.qcut); a bar is the mean over dates of the "
                "bin's mean label. Holding periods overlap; no costs.",
            ),
            "<h2>Folds</h2>",
            _figure(
                svg["folds"],
                "A model is fitted on the training sessions alone. Sessions whose labels share prices with the test sessions are "
                "dropped (purge), and some more as a margin (embargo).",
            ),
            _folds(report),
            *_coefficients(svg.get("coefficients")),
        ]
    )


def _coefficients(svg: str | None) -> list[str]:
    if svg is None:
        return []
    caption = "By fold, each feature on its own scale, in units of label per unit of feature. Steady is good; a change of sign is a question."
    return ["<h2>Coefficients</h2>", _figure(svg, caption)]


def _folds(report: Outcome) -> str:
    body = [
        (
            str(k + 1),
            str(fold["train_sessions"]),
            f"{fold['train_rows']:,}",
            str(fold["test_first"]),
            str(fold["test_last"]),
            _number(_ic_of(report, k), 4),
        )
        for k, fold in enumerate(report.folds)
    ]
    heads = (">fold", ">training sessions", ">training rows", "test from", "to", ">mean IC")
    return _table(heads, body)


def _ic_of(report: Outcome, fold: int) -> float:
    first = report.splits[0].test.start
    tested = [i - first for i in report.splits[fold].test]
    ic = [v for v in report.daily.ic[tested].tolist() if math.isfinite(v)]
    return sum(ic) / len(ic) if ic else math.nan


def _model(report: Outcome) -> str:
    model = report.definition.model
    named = any(name != str(feature) for name, feature in zip(model.names, model.features, strict=True))
    body = [
        ([escape(name)] if named else []) + [f"<code>{escape(str(feature))}</code>", str(feature.lookback)]
        for name, feature in zip(model.names, model.features, strict=True)
    ]
    heads = (["name"] if named else []) + ["feature", ">look-back, sessions"]
    params = ", ".join(f"{k}={v!r}" for k, v in model.estimator.params)
    return (
        f"<h2>Model</h2>{_table(heads, body)}"
        f"<p><code>{escape(model.estimator.path)}({escape(params)})</code></p>"
        f'<p class="quiet">Definition <code>{report.definition.digest}</code></p>'
    )


def _warnings(report: Outcome) -> str:
    items = "".join(f"<li>{escape(w)}</li>" for w in report.warnings)
    return f"<h2>Limits</h2><ul>{items}</ul>"


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; a head that begins with ``>`` makes its column flush right. Cells are HTML already."""
    right = [' class="n"' if h.startswith(">") else "" for h in heads]
    head = "".join(f"<th{c}>{escape(h.removeprefix('>'))}</th>" for h, c in zip(heads, right, strict=True))
    body = "".join(
        "<tr>" + "".join(f"<td{c}>{cell}</td>" for cell, c in zip(row, right, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _number(value: object, decimals: int) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return "none"
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def _percent(value: object) -> str:
    return f"{100 * value:.1f} %" if isinstance(value, float) else "none"


def _bps(value: object) -> str:
    return _number(value * 1e4, 1) if isinstance(value, float) else "none"
