"""The content of ``report.json``: everything that the report shows, as plain JSON data; no NaN, ISO dates.

``docs/format/report.md`` says what each entry is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass

import numpy as np

from alpha_bench.evaluation import Outcome, Portfolio
from alpha_bench.reporting.cautions import limits
from alpha_bench.reporting.foresight import look_ahead
from alpha_bench.reporting.further import further
from alpha_bench.reporting.sections.summary import verdict

SCHEMA_VERSION = 2


def to_plain(report: Outcome) -> dict[str, object]:
    """The whole document."""
    study = report.study
    kind, head, sentence = verdict(report)
    return {
        "schema_version": SCHEMA_VERSION,
        "definition": report.definition.to_plain(),
        "definition_digest": report.definition.digest,
        "features": [
            {"name": n, "formula": f} for n, f in zip(report.feature_names, report.formulas, strict=True)
        ],
        "panel": {
            "sessions": len(report.dates),
            "assets": len(report.assets),
            "first": str(report.dates[0]),
            "last": str(report.dates[-1]),
        },
        "look_ahead": look_ahead(report),
        "verdict": {"kind": kind or "none", "headline": head, "sentence": sentence},
        "figures": dict(report.figures),
        "folds": [f.to_plain() for f in report.folds],
        "warnings": limits(report),
        "daily": {
            "date": _dates(report.test_dates),
            "ic": plain(report.daily.ic),
            "rank_ic": plain(report.daily.rank_ic),
            "pairs": report.daily.pairs.tolist(),
            "predicted": study.predicted.tolist(),
            "labelled": study.labelled.tolist(),
            "quantile_returns": plain(study.spread.by_date),
        },
        "paths": [plain(path.ic) for path in report.paths] if len(report.paths) > 1 else [],
        "months": plain(study.months),
        "groups": plain(study.groups),
        "decay": plain(study.decay),
        "portfolio": None if study.portfolio is None else _portfolio(report, study.portfolio),
        **_mapping(plain(further(report))),
    }


def _portfolio(report: Outcome, book: Portfolio) -> dict[str, object]:
    dates = report.test_dates
    cut = slice(book.begin, None)
    series = ("profit", "profit_long", "turnover", "gross", "net", "market")
    widest = book.widest
    return {
        "date": _dates(dates[cut]),
        **{name: plain(getattr(book, name)[cut]) for name in series},
        "quantiles": plain(book.quantiles[cut]),
        "top_turnover": plain(book.top_turnover),
        "bottom_turnover": plain(book.bottom_turnover),
        "rank_autocorrelation": plain(book.rank_autocorrelation),
        "by_cost": [
            {"cost_bps": cost}
            | _mapping(plain(p))
            | {
                "peak": str(dates[book.begin + p.peak]) if p.peak >= 0 else None,
                "trough": str(dates[book.begin + p.trough]) if p.sessions else None,
                "recovered": None if p.recovered is None else str(dates[book.begin + p.recovered]),
            }
            for cost, p in book.by_cost.items()
        ],
        "break_even_bps": plain(book.break_even_bps),
        "evidence": plain(book.evidence),
        "fit": plain(book.fit),
        "widest": None
        if widest is None
        else {"date": str(dates[widest[0]]), "asset": widest[1], "profit": widest[2]},
        "exposures": {
            "date": _dates(dates[book.exposures.at]),
            "styles": plain(book.exposures.styles),
            "groups": plain(book.exposures.groups),
            "missing": dict(book.exposures.missing),
        },
        "capacity": plain(book.capacity),
    }


def plain(value: object) -> object:
    """Dataclasses, arrays, mappings and sequences as JSON data; what is not finite is null."""
    if isinstance(value, float):  # first: most of a report is numbers
        return value if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def _mapping(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def _dates(dates: np.ndarray[tuple[int], np.dtype[np.datetime64]]) -> list[str]:
    return [str(d) for d in dates]
