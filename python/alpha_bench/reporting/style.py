"""The page's style: one column, light, the same on paper."""

from __future__ import annotations

from alpha_bench.reporting.canvas import FONT

STYLE = f"""
.ab{{font:15px/1.55 {FONT};color:#1f2933;background:#fff;max-width:960px;padding:14px 18px}}
.ab h1{{font-size:27px;line-height:1.2;margin:0 0 4px;font-weight:650;letter-spacing:-.01em}}
.ab h2{{font-size:18px;margin:36px 0 8px;padding-top:14px;border-top:1px solid #cbd2d9;font-weight:650}}
.ab h3{{font-size:15px;margin:22px 0 4px;font-weight:650}}
.ab p{{margin:6px 0;max-width:84ch}} .ab .quiet{{color:#52606d;font-size:13px}}
.ab code{{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}}
.ab .verdict{{border-left:5px solid #52606d;background:#f5f7fa;padding:10px 16px;margin:16px 0;font-size:16px}}
.ab .verdict.good{{border-color:#009e73}} .ab .verdict.bad{{border-color:#d55e00}}
.ab .answers{{display:grid;grid-template-columns:repeat(4,1fr);gap:10px;margin:16px 0}}
.ab .answer{{border:1px solid #cbd2d9;border-radius:6px;padding:9px 13px}}
.ab .answer>span{{color:#52606d;font-size:12.5px;display:block;line-height:1.35}}
.ab .answer>b{{display:block;font-size:23px;font-weight:650;font-variant-numeric:tabular-nums;line-height:1.35}}
.ab .answer>i{{font-style:normal;font-size:13px;line-height:1.4;display:block}}
.ab nav{{font-size:13px;margin:14px 0 0}} .ab nav a{{color:#0072b2;margin-right:14px;white-space:nowrap}}
.ab table{{border-collapse:collapse;font-size:13.5px;font-variant-numeric:tabular-nums;margin:8px 0;width:100%;table-layout:auto!important}}
.ab th{{text-align:left;font-weight:600;color:#52606d;border-bottom:1.5px solid #9aa5b1;padding:4px 12px 4px 0;vertical-align:bottom}}
.ab td,.ab th{{text-align:left!important}} .ab td.n,.ab th.n{{text-align:right!important;padding-right:28px}}
.ab td{{border-bottom:1px solid #e4e7eb;padding:4px 12px 4px 0;vertical-align:top}}
.ab table tbody tr,.ab table tbody tr:hover{{background:none!important}} .ab ul{{padding-left:20px;margin:8px 0}} .ab li{{margin:3px 0;max-width:88ch}}
.ab figure{{margin:8px 0}} .ab figcaption{{color:#52606d;font-size:13px;max-width:104ch}}
.ab svg.zoom *{{vector-effect:non-scaling-stroke}} .ab[data-live] svg[data-zoom]{{cursor:crosshair;touch-action:pan-y}}
.ab .live{{display:none}} .ab[data-live] .live{{display:block}}
@media (max-width:680px){{.ab .answers{{grid-template-columns:repeat(2,1fr)}}}}
@media print{{@page{{size:A4;margin:14mm 13mm}} .ab{{font-size:11.5px;max-width:none;padding:0}} .ab h1{{font-size:21px}}
.ab h2{{break-after:avoid;font-size:15px;margin-top:20px}} .ab h3{{break-after:avoid}} .ab figure,.ab tr,.ab .answers,.ab .verdict{{break-inside:avoid}}
.ab .answer>b{{font-size:18px}} .ab .answer>i,.ab .answer>span,.ab figcaption,.ab .quiet{{font-size:10px}} .ab td,.ab th{{padding-right:8px}} .ab td.n,.ab th.n{{padding-right:18px}} .ab nav,.ab .live{{display:none!important}} .ab table{{font-size:11px}}
.ab *{{-webkit-print-color-adjust:exact;print-color-adjust:exact}}}}
"""
