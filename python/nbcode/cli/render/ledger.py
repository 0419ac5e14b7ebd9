"""Promotes, models and versions as tables."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from nbcode.artifact import numbers_in
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.figures import significance
from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.render.told_figures import (
    FIGURE_COLUMNS,
    figure,
    figure_words,
    look_word,
    standing_word,
    stars_told,
)
from nbcode.cli.terminal import Style, visible
from nbcode.commands.show import ShowResult, VersionDetails
from nbcode.commands.status import PromotionStatus, RegistryDiffers, StatusResult
from nbcode.primitives import Json, Judged

_OWN_FIGURES = 4
_LABEL = 11
_PIECES = re.compile(r"[^ /]*[ /]+|[^ /]+")
BEGIN = "Nothing has been promoted here yet. Begin with: nbcode promote NOTEBOOK"


def render_status(found: StatusResult, style: Style) -> str:
    """A row a promote, newest first; interrupted ones are listed below."""
    if not found.promotions:
        return "\n".join([BEGIN, *others_told(found.others)])
    longest = max(len(row.promotion.model) for row in found.promotions)
    columns = (
        Column(title="model", least=max(12, min(24, longest))),
        Column(title="state"),
        Column(title="version", right=True),
        Column(title="updated"),
        Column(title="notebook", least=12, spare=True),
        Column(title="by", least=6, spare=True),
        Column(title="spec", spare=True),
    )
    lines = [render_table(columns, [_promotion(p) for p in found.promotions], style)]
    for promotion in found.promotions:
        if promotion.promotion.failure is not None:
            failure = promotion.promotion.failure
            told = visible(f"{promotion.promotion.model}: {failure.code} {failure.message}")
            lines.append(style.paint(told, "red"))
    interrupted = sum(p.interrupted and p.ours for p in found.promotions)
    if interrupted:
        what = "One was" if interrupted == 1 else f"{interrupted} were"
        lines += ["", f"{what} interrupted: {style.paint('nbcode resume', 'cyan')} finishes it."]
    theirs = sorted({visible(p.promotion.who) for p in found.promotions if p.interrupted and not p.ours})
    if theirs:
        way = style.paint("nbcode trust", "cyan")
        lines += ["", f"What {' and '.join(theirs)} began is not yours to go on with: {way} shows it."]
    lines += [line for one in found.differs for line in ("", *_differs(one))]
    return "\n".join([*lines, *others_told(found.others)])


def _differs(one: RegistryDiffers) -> list[str]:
    """What the registry has otherwise now."""
    told = []
    if one.candidate != one.here:
        now = "has no candidate" if one.candidate is None else f"has version {one.candidate} as candidate now"
        whose = f", promoted by {one.by} on {one.at[:10]}" if one.by else ""
        told.append(f"{one.model}: the registry {now}{whose}; here it was {version_text(one.here)}.")
    if one.gone:
        numbers = ", ".join(map(str, one.gone))
        told.append(f"{one.model}: not in the registry any more: version {numbers}.")
    return [visible(line) for line in told]


def others_told(projects: Sequence[str]) -> list[str]:
    """Two lines on the projects that share the journal."""
    told = visible(", ".join(projects))
    return (
        ["", f"Other projects in this journal: {told}", "nbcode status --all lists what they promoted."]
        if projects
        else []
    )


_VERSIONS = (
    Column(title="version", right=True),
    Column(title="alias"),
    *FIGURE_COLUMNS,
    Column(title="look-ahead", least=10),
    Column(title="registered"),
    Column(title="by", least=6),
    Column(title="owner", least=8, spare=True),
)
_ORIGINS = (
    Column(title="version", right=True),
    Column(title="figures"),
    Column(title="notebook", least=12),
    Column(title="spec"),
)


def render_versions(found: ShowResult, style: Style) -> str:
    """A row a version, then what each was made from and what its figures rest on, then the newest one in full."""
    lines = [style.paint(visible(found.model), "bold"), ""]
    lines += [render_table(_VERSIONS, [_shown(v) for v in found.versions], style)]
    lines += ["", render_table(_ORIGINS, [_origin(v) for v in found.versions], style)]
    lines += stars_told((one.told for one in found.versions), style)
    newest = found.versions[0]
    said = _said(dict(newest.told.metrics), str(newest.told.judged or ""))
    lines += ["", f"version {newest.version}: {said}"]
    facts = (
        ("figures", str(newest.told.judged or "")),
        ("look-ahead", str(newest.told.look_ahead or "")),
        ("trials", newest.tried),
        ("refit", newest.line),
        ("promoted", _who(newest)),
        ("owner", newest.owner),
        ("from", f"{newest.notebook} ({newest.path})" if newest.path else newest.notebook),
        ("spec", newest.spec_digest),
        ("artifact", newest.artifact_digest),
        ("snapshot", newest.snapshot or ""),
        ("collected", newest.collected and f"{newest.collected}; promoted again it gets its files back"),
        ("stored in", "" if newest.artifact is None else _from_here(newest.artifact)),
        ("registry", newest.source or ""),
    )
    lines += [line for label, value in facts if value for line in _fact(label, value, style)]
    if newest.findings:
        lines += ["", render_findings(newest.findings, style)]
    return "\n".join(lines)


def _fact(label: str, value: str, style: Style) -> list[str]:
    """Beside its label; what has no place there goes below it, and a path is broken at its folders alone."""
    told, head = visible(value), style.paint(label.ljust(_LABEL), "dim")
    beside = _broken(told, style.width - _LABEL - 2)
    if max(map(len, beside)) + _LABEL + 2 <= style.width:
        first, *more = beside
        return [f"  {head}{first}", *(" " * (_LABEL + 2) + line for line in more)]
    return [f"  {head.rstrip()}", *(f"    {line}" for line in _broken(told, style.width - 4))]


def _broken(text: str, width: int) -> list[str]:
    lines = [""]
    for piece in _PIECES.findall(text):
        if lines[-1] and len(lines[-1] + piece.rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


def _from_here(path: Path) -> str:
    """A path below the current folder without that."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _who(version: VersionDetails) -> str:
    account = f" ({version.account})" if version.account and version.account != version.registered_by else ""
    return f"{_minute(version.registered_at)} UTC by {version.registered_by}{account}"


def _promotion(row: PromotionStatus) -> list[Word]:
    promotion = row.promotion
    state = str(promotion.state)
    if row.controlled:
        word = Word(text="on the cluster", styles=("cyan",))
    elif row.working:
        word = Word(text=f"{state} …", styles=("cyan",))
    elif row.interrupted:
        word = Word(text=f"{state} (interrupted)", styles=("yellow",))
    else:
        word = Word(text=state, styles=("green" if state == "done" else "red",))
    return [
        Word(text=promotion.model, styles=("bold",)),
        word,
        Word(text=version_text(promotion.version)),
        Word(text=_minute(promotion.updated_at)),
        Word(text=promotion.notebook),
        Word(text=promotion.who),
        Word(text=promotion.spec_digest.short, styles=("dim",)),
    ]


def _shown(version: VersionDetails) -> list[Word]:
    return [
        Word(
            text=f"{version.version} = {version.line}" if version.line else str(version.version),
            styles=("bold",),
        ),
        Word(text=version.alias or "", styles=("green",))
        if version.alias or not version.collected
        else Word(text="collected", styles=("dim",)),
        *figure_words(version.told),
        look_word(version.told.look_ahead),
        Word(text=version.registered_at[:10]),
        Word(text=version.account or version.registered_by),
        Word(text=version.owner),
    ]


def _origin(version: VersionDetails) -> list[Word]:
    return [
        Word(text=str(version.version), styles=("bold",)),
        standing_word(version.told.standing),
        Word(text=version.notebook),
        Word(text=version.spec_digest.short, styles=("dim",)),
    ]


def _said(metrics: Mapping[str, Json], judged: str) -> str:
    """What the figures of a version say: of those that the notebook only states, the first few."""
    if "ic_t_newey_west" in metrics and not judged.startswith(Judged.STATED):
        return significance(figure(metrics, "ic_t_newey_west"))
    own = [f"{visible(name)} {value:.4g}" for name, value in numbers_in(metrics)]
    more = f", and {len(own) - _OWN_FIGURES} more" if len(own) > _OWN_FIGURES else ""
    return ", ".join(own[:_OWN_FIGURES]) + more if own else "no figures are known here"


def version_text(version: int | None) -> str:
    """The number, or a dash."""
    return "–" if version is None else str(version)


def _minute(instant: str) -> str:
    """``2026-11-23 22:45``: to the minute, UTC."""
    return instant[:16].replace("T", " ")
