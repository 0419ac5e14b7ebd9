"""What a promote ends with: the candidate, what its figures say, and what to try next."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbcode.artifact import numbers_in
from nbcode.cli.render.figures import columns_text, number, seconds_text, significance
from nbcode.cli.terminal import Style, visible
from nbcode.commands.promote import PromoteResult, Status
from nbcode.commands.run import RunResult
from nbcode.primitives import Judged, dataclass

_LABEL = 11
_VALUE = 9
_LEAST_WORDS = 24
_OWN_FIGURES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """What is printed of a candidate. ``metrics`` bear the names of the report's figures; ``exists`` says that nothing ran,
    an empty ``notebook`` that it is not at hand, ``seconds`` of 0 that they were not measured."""

    model: str
    version: int | None
    exists: bool
    alias: str | None
    metrics: Mapping[str, float]
    spec_digest: str
    artifact_digest: str
    report: Path | None
    isolation: str
    seconds: float
    notebook: str
    look_ahead: str = ""
    judged: str = ""
    line: str = ""


def card_of(result: PromoteResult, notebook: str) -> Card:
    """What of a result is printed."""
    figures = dict(numbers_in(dict(result.metrics)))
    return Card(
        model=result.model,
        version=result.version,
        exists=result.status is Status.EXISTS,
        alias=result.alias,
        metrics=figures,
        spec_digest=result.spec_digest,
        artifact_digest=result.artifact_digest or "",
        report=result.report,
        isolation=result.isolation or "",
        seconds=dict(result.seconds).get("total", 0.0),
        notebook=notebook,
        look_ahead=str(result.look_ahead or ""),
        judged=str(result.judged or ""),
        line=result.line,
    )


def render_card(card: Card, style: Style) -> str:
    """The card as lines no wider than the terminal."""
    lines = [*_head(card, style), ""]
    figures = _figures(card.metrics, style, card.judged)
    lines += [*figures, ""] if figures else []
    lines += _facts(card, style)
    lines += ["", style.paint("Next", "bold"), *_next(card, style)]
    return "\n".join(lines)


def render_run(result: RunResult, notebook: str, style: Style) -> str:
    """The end of a run that registered nothing."""
    metrics = dict(numbers_in(dict(result.metrics)))
    seconds = seconds_text(sum(s for _, s in result.seconds))
    lines = [style.paint("✓ clean run finished", "green", "bold") + f", nothing registered · {seconds}", ""]
    figures = _figures(metrics, style, str(result.judged or ""))
    lines += [*figures, ""] if figures else []
    report = _shown(result.report) if result.report is not None else ""
    facts = [
        ("figures", str(result.judged or "")),
        ("look-ahead", str(result.look_ahead or "")),
        ("spec", str(result.spec_digest)),
        ("report", report),
        ("sandbox", result.isolation),
    ]
    facts.append(("columns", columns_text(result.columns)))
    lines += _labelled([*facts, ("run", result.run_id)], style)
    logs, promote = f"nbcode logs {visible(result.run_id)}", f"nbcode promote {visible(notebook)}"
    commands = [(promote, "the same, and register it as candidate"), (logs, "what it printed")]
    return "\n".join([*lines, "", style.paint("Next", "bold"), *_commands(commands, style)])


def _head(card: Card, style: Style) -> list[str]:
    if card.exists:
        name = f"✓ {visible(card.model)}"
        text = f"this spec is already {card.alias or 'registered as'} version {card.version}: nothing ran"
        text += "" if card.alias else ", and another version is the candidate"
    else:
        n, _, k = card.line.partition(".")
        name = f"✓ {visible(card.model)} version {card.version}" + (
            f", refit {k} of version {n}," if k else ""
        )
        text = f"is registered{' as candidate' if card.alias else ', another is the candidate'}" + (
            f" · {seconds_text(card.seconds)}" if card.seconds else ""
        )
    if len(name) + len(text) + 1 <= style.width:
        return [f"{style.paint(name, 'green', 'bold')} {text}"]
    return [
        style.paint(name, "green", "bold"),
        *(f"  {line}" for line in textwrap.wrap(text, style.width - 2)),
    ]


def _figures(m: Mapping[str, float], style: Style, judged: str) -> list[str]:
    """``judged`` says who computed them: of what the notebook only states, nothing is concluded."""
    if not m:
        return []
    if judged.startswith(Judged.STATED):
        return [
            line for label, value, words, look in _own(m) for line in _row(label, value, words, look, style)
        ]
    dates = m.get("n_dates")
    mean = f"mean over {int(dates):,} dates" if dates is not None else "mean"
    rows = [
        ("IC", number(m.get("ic_mean")), mean, ""),
        ("rank IC", number(m.get("rank_ic_mean")), _ratio(m), ""),
        ("t naive", number(m.get("ic_t_naive"), 2), "takes overlapping labels for independent ones", "dim"),
        ("t honest", number(m.get("ic_t_newey_west"), 2), _honest(m), "bold"),
    ]
    known = [row for row in rows if row[1] != "–"] or _own(m)
    return [line for label, value, words, look in known for line in _row(label, value, words, look, style)]


def _own(m: Mapping[str, float]) -> list[tuple[str, str, str, str]]:
    """The figures that the cells computed themselves, as they name them."""
    shown = [(name, f"{value:.4g}", "", "") for name, value in list(m.items())[:_OWN_FIGURES]]
    left = len(m) - len(shown)
    return [*shown, *([("…", "", f"{left} more in report.json", "dim")] if left else [])]


def _ratio(m: Mapping[str, float]) -> str:
    parts = []
    if "rank_icir" in m:
        parts.append(f"ICIR {number(m['rank_icir'], 2)}")
    if "hit_rate" in m:
        parts.append(f"positive on {m['hit_rate']:.0%} of dates")
    return ", ".join(parts)


def _honest(m: Mapping[str, float]) -> str:
    return f"Newey-West: {significance(m.get('ic_t_newey_west'))}"


def _facts(card: Card, style: Style) -> list[str]:
    report = _shown(card.report) if card.report is not None else ""
    facts = [
        ("figures", card.judged),
        ("look-ahead", card.look_ahead),
        ("spec", card.spec_digest),
        ("artifact", card.artifact_digest),
        ("report", report),
    ]
    if card.isolation:
        facts.append(("sandbox", card.isolation))
    return _labelled(facts, style)


def _labelled(facts: Sequence[tuple[str, str]], style: Style) -> list[str]:
    return [
        f"  {style.paint(label.ljust(_LABEL), 'dim')}{visible(_short(value, style))}"
        for label, value in facts
        if value
    ]


def _next(card: Card, style: Style) -> list[str]:
    notebook = visible(card.notebook)
    again = "what this spec is made of" if card.exists else "again: the same spec stays one version"
    commands = [
        *(
            [(f"nbcode report {visible(card.model)} --open", "its report in the browser")]
            if card.alias and card.report
            else []
        ),
        (f"nbcode show {visible(card.model)}", "every version, side by side"),
        *([(f"nbcode {'build' if card.exists else 'promote'} {notebook}", again)] if notebook else []),
    ]
    return _commands(commands, style)


def _commands(commands: Sequence[tuple[str, str]], style: Style) -> list[str]:
    width = max(len(command) for command, _ in commands)
    lines = []
    for command, why in commands:
        painted = style.paint(command, "cyan")
        fits = width + len(why) + 4 <= style.width
        beside = " " * (width - len(command) + 2) + style.paint(why, "dim") if fits else ""
        lines.append(f"  {painted}{beside}")
    return lines


def _row(label: str, value: str, words: str, look: str, style: Style) -> list[str]:
    left = f"  {label:<{_LABEL}}{value:>{_VALUE}}"
    looks = (look,) if look else ()
    beside = style.width - len(left) - 3
    if beside < _LEAST_WORDS:
        wrapped = textwrap.wrap(words, style.width - 4)
        return [left, *(f"    {style.paint(line, *looks)}" for line in wrapped)]
    first, *rest = textwrap.wrap(words, beside) or [""]
    lines = [f"{left}   {style.paint(first, *looks)}".rstrip()]
    return lines + [" " * (len(left) + 3) + style.paint(line, *looks) for line in rest]


def _short(value: str, style: Style) -> str:
    """A digest that does not fit is cut, since a prefix still finds it; a path is printed whole."""
    room = style.width - _LABEL - 2
    return value if len(value) <= room or not value.startswith("sha256:") else value[: room - 1] + "…"


def _shown(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.path.join("..", "..")) else relative  # noqa: PTH118 - a prefix of text
