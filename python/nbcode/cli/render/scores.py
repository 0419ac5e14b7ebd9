"""Predictions of a session: what they are of, how they lie, and who is at the two ends."""

from __future__ import annotations

import os
from collections.abc import Sequence

from nbcode.cli.render.figures import seconds_text
from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style, visible
from nbcode.commands.score import ScoreResult

_ENDS = 5
_BINS = 40
_BARS = " ▁▂▃▄▅▆▇█"
_LABEL = 11


def render_scores(result: ScoreResult, style: Style) -> str:
    """As lines no wider than the terminal."""
    scores, chosen = result.scores, result.chosen
    version = "" if chosen.version is None else f" version {chosen.version}"
    line = f" ({chosen.line})" if chosen.line else ""
    alias = f", {chosen.alias}" if chosen.alias else ""
    head = style.paint(f"✓ {visible(chosen.model)}{version}{line}{alias}", "green", "bold")
    ranked = sorted(
        (float(p), s)
        for p, s in zip(scores.predictions.tolist(), scores.symbols, strict=True)
        if p == p  # noqa: PLR0124 - NaN
    )
    facts = [
        ("session", scores.session + (", in-sample: it trained the model" if scores.in_sample else "")),
        ("names", _names(result)),
        ("history", f"{scores.sessions:,} sessions; {scores.needed} are needed"),
        ("data", _data(result)),
        ("artifact", chosen.artifact_digest.short),
    ]
    if result.wanted.out is not None:
        facts.append(("written", os.path.relpath(result.wanted.out)))
    lines = [f"{head} · {seconds_text(sum(s for _, s in result.seconds))}", ""]
    lines += [f"  {style.paint(name.ljust(_LABEL), 'dim')} {visible(text)}" for name, text in facts]
    if ranked:
        lines += ["", *_spread([p for p, _ in ranked], style), "", _ends(ranked, style)]
    return "\n".join(lines)


def _names(result: ScoreResult) -> str:
    scores = result.scores
    share = "" if scores.coverage is None else f", {scores.coverage:.1%} of those that should have one"
    absent = f"; no row: {', '.join(scores.absent[:_ENDS])}" if scores.absent else ""
    more = f" and {len(scores.absent) - _ENDS} more" if len(scores.absent) > _ENDS else ""
    return f"{scores.predicted:,} with a prediction{share}{absent}{more}"


def _data(result: ScoreResult) -> str:
    data = result.data
    named = f"{data.dataset}: " if data.dataset else ""
    return f"{named}{data.prices.name} {result.prices_digest.short}, to {result.scores.last}"


def _spread(values: Sequence[float], style: Style) -> list[str]:
    """Quantiles, and how many lie where between the ends."""
    at = {q: values[round(q * (len(values) - 1))] for q in (0.0, 0.25, 0.5, 0.75, 1.0)}
    told = f"min {at[0.0]:+.5f}   quarter {at[0.25]:+.5f}   median {at[0.5]:+.5f}   three quarters {at[0.75]:+.5f}   max {at[1.0]:+.5f}"
    width = at[1.0] - at[0.0]
    if not width:
        return [f"  {told}"]
    counts = [0] * _BINS
    for one in values:
        counts[min(int((one - at[0.0]) / width * _BINS), _BINS - 1)] += 1
    most = max(counts)
    bars = "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)
    return [f"  {style.paint(bars, 'cyan')}", *_wrapped(told, style.width)]


def _wrapped(told: str, width: int) -> list[str]:
    lines = [""]
    for part in told.split("   "):
        joined = f"{lines[-1]}   {part}" if lines[-1] else f"  {part}"
        if len(joined) <= width:
            lines[-1] = joined
        else:
            lines.append(f"  {part}")
    return lines


def _ends(ranked: Sequence[tuple[float, str]], style: Style) -> str:
    shown = min(_ENDS, len(ranked) // 2 or 1)
    top, bottom = ranked[::-1][:shown], ranked[:shown]
    columns = (
        Column(title="highest", least=8),
        Column(title="prediction", right=True),
        Column(title="lowest", least=8),
        Column(title="prediction", right=True),
    )
    rows = [
        [Word(text=a), Word(text=f"{p:+.5f}"), Word(text=b), Word(text=f"{q:+.5f}")]
        for (p, a), (q, b) in zip(top, bottom, strict=True)
    ]
    table = render_table(columns, rows, style)
    return "\n".join(f"  {line}" for line in table.splitlines())
