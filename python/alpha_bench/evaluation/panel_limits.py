"""What the panel knows about the data that a model reads, as sentences beside its figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from alpha_bench.definitions import EvaluationDefinition, Judged
from alpha_bench.evaluation.known_later import Held, adjusted_by, differs, knows_later, sample, split
from alpha_bench.expressions import Expr, ValueSource, walk
from alpha_bench.operators import CUSTOM
from alpha_bench.panel import Finding, Panel, Validation
from alpha_bench.runtime import Floats

OF_ALL_TIME = "an asset on all"
"""In the sentence on what stands still."""
_FEW_SESSIONS = 60
_YEAR, _MONTH = 250, 21
_PRICES = ("open", "high", "low", "close", "vwap")
_EXAMPLES = 3
_MOST_SPLIT = 60
_CALLED_ADJUSTED = re.compile(r"adj(usted)?(_|close|open|high|low|price|$)", re.IGNORECASE)
_LEAVES = frozenset({"field", "classifier", "member", "delisting"})
_OF_PRICES = frozenset({"interior_gap", "thin_session", "bad_session", "duplicate_asset", "similar_symbol"})
"""Findings without a field that concern whoever reads prices."""
_SAID_HERE = frozenset({"no_early_end", "non_positive_price", "reference_constant", "adjusted_levels"})
_SURVIVORS = (
    "No asset leaves the panel before its last month: it holds survivors only. Who failed in these {sessions} sessions was not "
    "there to be bought, so returns are too high."
)
_LEFT = (
    "{gone} of {all} assets leave the panel before its end; {rows} predicted rows of {assets} of them have no label for it and are "
    "not scored. If they left at a loss, figures are too good: y=fwd_ret(h, delisting_return=-0.3) gives them one."
)
_UNKNOWN = "Whether names that disappeared are in the panel cannot be seen from the panel: survivorship cannot be excluded."


def what_the_panel_knows(
    plan: Judged, panel: ValueSource, *, prediction: Floats, label: Floats, first: int
) -> list[str]:
    """Sentences on what the model reads: constants, prices that are none, who left, who could not.

    Args:
        plan: what was evaluated.
        panel: where it was.
        prediction: (D, N), NaN where not predicted.
        label: (D, N), NaN where not known.
        first: position of the first test session in the panel's calendar.
    """
    return [
        *_of_all_time(plan, panel),
        *_no_prices(plan, panel),
        *_departures(plan, panel, prediction, label, first),
    ]


def what_knows_later(plan: Judged, panel: ValueSource, first: int) -> list[str]:
    """Sentences on the fields that features, universe or weights read and that know later sessions, as far as the panel shows it. ``first``:
    position of the first test session."""
    fields: Mapping[str, Floats] = getattr(panel, "fields", {})
    groups: Mapping[str, Floats] = getattr(panel, "groups", {})
    reads = _read([e for e in _every(plan) if e is not plan.label])
    names = [name for name in sorted(reads) if name in fields or name in groups]
    if not names or len(panel.dates) < _FEW_SESSIONS:
        return []
    few = {kind: {n: sample(v) for n, v in held.items()} for kind, held in (("f", fields), ("g", groups))}
    price = next((few["f"][n] for n in _PRICES[::-1] if n in few["f"]), None)
    held = Held(fields=few["f"], groups=few["g"], first=first)
    found = [f"{n} {how}." for n in names if (how := knows_later(n, held, price)) is not None]
    return [*found, *_by_adjusted_levels(plan, panel, [n for n in names if n in fields], few["f"])]


def _by_adjusted_levels(
    plan: Judged, panel: ValueSource, names: Sequence[str], fields: Mapping[str, Floats]
) -> list[str]:
    """Which parts of the model are others when an asset's adjusted prices are two or four times what they are, as they are when it will not split."""
    raw = {name: adjusted_by(name, fields) for name in names}
    adjusted = {n for n in names if raw[n] is not None or _CALLED_ADJUSTED.match(n)}
    whole = getattr(panel, "panel", panel)
    if not adjusted or not isinstance(whole, Panel):
        return []
    parts = [
        *((str(e), e) for e in plan.features),
        ("the universe", plan.universe),
        ("the weights", _weights(plan)),
    ]
    read = {what: e for what, e in parts if e is not None and _read([e]) & adjusted and not _has_code(e)}
    levels = ", ".join(f"{n} (beside {raw[n]})" if raw[n] else n for n in sorted(adjusted))
    return [
        f"{what} is another when the level of {levels}, adjusted prices, is: it knows the splits and dividends that come later."
        for what in _of_levels(read, whole, adjusted)
    ]


def _of_levels(read: Mapping[str, Expr], panel: Panel, adjusted: set[str]) -> list[str]:
    """Which of ``read`` change with the level, on some of the assets; not where volumes that are restated as well take it back."""
    if not read:
        return []
    step = -(-len(panel.assets) // _MOST_SPLIT)
    few = replace(
        panel,
        assets=panel.assets[::step],
        fields=_every_other(panel.fields, step),
        groups=_every_other(panel.groups, step),
    )
    factors = split(len(few.assets))
    prices = {n: v * factors for n, v in few.fields.items() if n in adjusted}
    volumes = {n: v / factors for n, v in few.fields.items() if "volume" in n.lower()}
    exprs = tuple(read.values())
    now = few.compute(exprs)
    changed = set(range(len(exprs)))
    for more in (prices, prices | volumes):
        other = replace(few, fields=MappingProxyType({**few.fields, **more}))
        changed &= set(differs(now, other.compute(exprs)))
    return [what for position, what in enumerate(read) if position in changed]


def _has_code(expression: Expr) -> bool:
    """Whether a custom feature is in it, which may not be there to be computed again."""
    return any(one.op == CUSTOM for one in walk((expression,)))


def _every_other(held: Mapping[str, Floats], step: int) -> Mapping[str, Floats]:
    return MappingProxyType({name: values[:, ::step] for name, values in held.items()})


def findings_of(plan: Judged, validation: Validation) -> list[str]:
    """The warnings of a validation that touch fields which the model reads, as sentences; those that are told otherwise are left out."""
    names = _read(_every(plan))
    return [_sentence(f) for f in validation.findings if f.severity == "warning" and _touches(f, names, plan)]


def _touches(finding: Finding, names: set[str], plan: Judged) -> bool:
    if finding.code == "adjusted_levels":
        return _reads_levels(plan)
    if finding.code in _SAID_HERE:
        return False
    if finding.code == "dated_before_known":
        return True
    if finding.field:
        return finding.field in names
    if finding.code == "ohlc_inconsistent":
        return bool(names & {"open", "high", "low"})
    if finding.code == "duplicate_field":
        return any({*pair.split(" = ")} <= names for pair in finding.examples)
    return finding.code in _OF_PRICES and bool(names & {*_PRICES})


def _sentence(finding: Finding) -> str:
    shown = ", ".join(finding.examples[:_EXAMPLES])
    more = ", ..." if finding.count > _EXAMPLES else ""
    what = f"{finding.field}: " if finding.field else ""
    many = "" if finding.code == "adjusted_levels" else f"{finding.count} "
    return f"{what}{many}{finding.message}" + (f" ({shown}{more})" if shown else "") + f". {finding.why}"


def _every(plan: Judged) -> tuple[Expr, ...]:
    others = (plan.universe, _weights(plan))
    return (*plan.features, plan.label, *(e for e in others if e is not None))


def _weights(plan: Judged) -> Expr | None:
    return plan.model.weights if isinstance(plan, EvaluationDefinition) else None


def _read(exprs: Sequence[Expr]) -> set[str]:
    """The names of the panel's fields and groups under ``exprs``."""
    return {str(dict(e.params)["name"]) for e in walk(tuple(exprs)) if e.op in _LEAVES}


def _reads_levels(plan: Judged) -> bool:
    """Whether a price counts by its level: in the universe, in the weights, or in a product such as dollar volume."""
    outside = tuple(e for e in (plan.universe, _weights(plan)) if e is not None)
    compared = (e for e in walk(outside) if e.op in {"lt", "le", "gt", "ge", "eq", "ne", "cs.rank"})
    products = (e for e in walk((*plan.features, *outside)) if e.op == "mul")
    return any(a.op == "field" and a.params[0][1] == "close" for e in (*compared, *products) for a in e.args)


def _of_all_time(plan: Judged, panel: ValueSource) -> list[str]:
    """What is one number or one group an asset for all sessions, and read by a part of the model."""
    held: Mapping[str, Floats] = getattr(panel, "fields", {})
    groups: Mapping[str, Floats] = getattr(panel, "groups", {})
    if len(panel.dates) < _FEW_SESSIONS:
        return []
    parts = {
        "X" if isinstance(plan, EvaluationDefinition) else "the factor": plan.features,
        "the universe": (plan.universe,),
        "the weights": (_weights(plan),),
        "the label": (plan.label,),
    }
    found = []
    for part, exprs in parts.items():
        for name in sorted(_read([e for e in exprs if e is not None])):
            values = held[name] if name in held else groups.get(name)
            if values is not None and _stands_still(values):
                found.append(
                    f"{name}, which {part} read{'' if part == 'the weights' else 's'}, is one "
                    f"{'number' if name in held else 'group'} {OF_ALL_TIME} {len(panel.dates)} sessions: if it is of a later day, "
                    "every figure here knows that day."
                )
    return found


def _stands_still(values: Floats) -> bool:
    """Whether (T, N) values differ between assets and never from session to session."""
    some = values[:: max(1, len(values) // 8)]
    for part in (some, values):  # most fields move within some sessions
        least, most = np.fmin.reduce(part, axis=0), np.fmax.reduce(part, axis=0)
        known = ~np.isnan(least)
        if not np.array_equal(least[known], most[known]):
            return False
    return len(np.unique(least[known])) > 1


def _no_prices(plan: Judged, panel: ValueSource) -> list[str]:
    held: Mapping[str, Floats] = getattr(panel, "fields", {})
    found = []
    for name in (n for n in _PRICES if n in held and n in _read(_every(plan))):
        below = held[name] <= 0
        count = int(np.count_nonzero(below))
        if count:
            session, asset = np.unravel_index(int(np.argmax(below)), below.shape)
            found.append(
                f"{name} is zero or negative on {count} rows of {int(below.any(axis=0).sum())} assets (the first: "
                f"{panel.assets[asset]} on {np.datetime64(panel.dates[session], 'D')}): returns over them are missing."
            )
    return found


def _departures(plan: Judged, panel: ValueSource, prediction: Floats, label: Floats, first: int) -> list[str]:
    """Who leaves the panel, and the predicted rows (D, N) without a label for it."""
    held: Mapping[str, Floats] = getattr(panel, "fields", {})
    price = next((n for n in _PRICES[::-1] if n in held and n in _read((plan.label,))), None)
    if price is None:
        return [_UNKNOWN]
    sessions, last = len(held[price]), _last_known(held[price])
    has = last >= 0
    gone = np.flatnonzero(has & (last < sessions - 1))
    if sessions > _YEAR and has.sum() > 1 and not (last[gone] < sessions - 1 - _MONTH).any():
        return [_SURVIVORS.format(sessions=sessions)]
    at = first + np.arange(len(prediction))[:, None]
    reach = plan.label.lookahead
    lost = np.isfinite(prediction[:, gone]) & ~np.isfinite(label[:, gone])
    lost &= (at + reach > last[gone]) & (at + reach < sessions)
    rows, assets = int(lost.sum()), int(lost.any(axis=0).sum())
    if not rows:
        return [_UNKNOWN]
    return [_LEFT.format(gone=len(gone), all=int(has.sum()), rows=rows, assets=assets), _UNKNOWN]


def _last_known(values: Floats) -> NDArray[np.int64]:
    """The last position at which each column of (T, N) values is known, -1 where it never is. Most are at the end: the others are read."""
    last = np.full(values.shape[1], len(values) - 1)
    rest = np.flatnonzero(np.isnan(values[-1]))
    known = ~np.isnan(values[::-1, rest])
    last[rest] = np.where(known.any(axis=0), len(values) - 1 - known.argmax(axis=0), -1)
    return last
