"""Promotes, models and versions as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nbcode.artifact import numbers_in
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.figures import number, significance
from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style, visible
from nbcode.commands.models import ModelsResult
from nbcode.commands.show import ShowResult, VersionDetails
from nbcode.commands.status import PromotionStatus, StatusResult
from nbcode.primitives import Json, Judged, LookAhead, Standing, Verdict

_COLOURS = {Verdict.NONE_FOUND: "green", Verdict.FOUND: "red", Verdict.NOT_LOOKED_AT: "yellow"}
_OWN_FIGURES = 4
_BEGIN = "Nothing has been promoted here yet. Begin with: nbcode promote NOTEBOOK"


def render_status(found: StatusResult, style: Style) -> str:
    """A row a promote, newest first; interrupted ones are listed below."""
    if not found.promotions:
        return "\n".join([_BEGIN, *_others(found.others)])
    columns = (
        Column(title="model", least=12),
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
    return "\n".join([*lines, *_others(found.others)])


def _others(projects: Sequence[str]) -> list[str]:
    """A line on the projects that share the store."""
    return ["", f"Other projects in this store: {visible(', '.join(projects))}"] if projects else []


def render_models(found: ModelsResult, style: Style) -> str:
    """A row a model."""
    if not found.models:
        return "\n".join([_BEGIN, *_others(found.others)])
    columns = (
        Column(title="model", least=12),
        Column(title="candidate", right=True),
        Column(title="versions", right=True),
        Column(title="look-ahead"),
        Column(title="figures"),
        Column(title="updated"),
        Column(title="notebook", least=12, spare=True),
        Column(title="by", least=6, spare=True),
    )
    rows = [
        [
            Word(text=m.model, styles=("bold",)),
            Word(text=_version(m.candidate), styles=("green",)),
            Word(text=str(m.versions)),
            _verdict(m.look_ahead),
            _standing(m.standing),
            Word(text=_minute(m.updated_at)),
            Word(text=m.notebook),
            Word(text=m.updated_by),
        ]
        for m in found.models
    ]
    return "\n".join([render_table(columns, rows, style), *_others(found.others)])


def render_versions(found: ShowResult, style: Style) -> str:
    """A row a version, then what the figures and the verdict of each rest on, then the newest one in full."""
    columns = (
        Column(title="version", right=True),
        Column(title="alias"),
        Column(title="notebook", least=12),
        Column(title="spec"),
        Column(title="IC", right=True),
        Column(title="t honest", right=True),
        Column(title="registered", spare=True),
        Column(title="rank IC", right=True, spare=True),
        Column(title="by", least=6, spare=True),
    )
    rows = [_shown(v) for v in found.versions]
    lines = [style.paint(visible(found.model), "bold"), "", render_table(columns, rows, style)]
    if any(one.judged or one.look_ahead for one in found.versions):
        resting = (Column(title="version", right=True), Column(title="figures"), Column(title="look-ahead"))
        lines += ["", render_table(resting, [_resting(one) for one in found.versions], style)]
    if found.versions:
        newest = found.versions[0]
        lines += ["", f"version {newest.version}: {_said(dict(newest.metrics), str(newest.judged or ''))}"]
        facts = (
            ("figures", str(newest.judged or "")),
            ("look-ahead", str(newest.look_ahead or "")),
            ("trials", str(newest.trials or "")),
            ("spec", newest.spec_digest),
            ("artifact", newest.artifact_digest),
            ("snapshot", newest.snapshot or ""),
            ("stored in", str(newest.artifact)),
        )
        lines += [
            f"  {style.paint(label.ljust(11), 'dim')}{visible(value)}" for label, value in facts if value
        ]
        if newest.findings:
            lines += ["", render_findings(newest.findings, style)]
    return "\n".join(lines)


def _verdict(found: LookAhead | None) -> Word:
    if found is None:
        return Word(text="–", styles=("dim",))
    if found.stated and found.verdict is Verdict.NONE_FOUND:
        return Word(text=f"{found.verdict} ({Standing.STATED})", styles=("yellow",))
    return Word(text=str(found.verdict), styles=(_COLOURS[found.verdict],))


def _standing(figures: Mapping[str, Standing]) -> Word:
    """``computed outside``, ``stated``, or how many of the stated figures were found again."""
    if not figures:
        return Word(text="–", styles=("dim",))
    again = sum(one is Standing.FOUND_AGAIN for one in figures.values())
    if again:
        return Word(text=f"{again} of {len(figures)} {Standing.FOUND_AGAIN}", styles=("yellow",))
    one = next(iter(figures.values()))
    return Word(text=str(one), styles=("yellow" if one is Standing.STATED else "green",))


def _promotion(row: PromotionStatus) -> list[Word]:
    promotion = row.promotion
    state = str(promotion.state)
    if row.working:
        word = Word(text=f"{state} …", styles=("cyan",))
    elif row.interrupted:
        word = Word(text=f"{state} (interrupted)", styles=("yellow",))
    else:
        word = Word(text=state, styles=("green" if state == "done" else "red",))
    return [
        Word(text=promotion.model, styles=("bold",)),
        word,
        Word(text=_version(promotion.version)),
        Word(text=_minute(promotion.updated_at)),
        Word(text=promotion.notebook),
        Word(text=promotion.who),
        Word(text=promotion.spec_digest.short, styles=("dim",)),
    ]


def _shown(version: VersionDetails) -> list[Word]:
    metrics = dict(version.metrics)
    return [
        Word(text=str(version.version), styles=("bold",)),
        Word(text=version.alias or "", styles=("green",)),
        Word(text=version.notebook),
        Word(text=version.spec_digest.short, styles=("dim",)),
        Word(text=number(_figure(metrics, "ic_mean" if "ic_mean" in metrics else "ic"))),
        Word(text=number(_figure(metrics, "ic_t_newey_west"), 2)),
        Word(text=_minute(version.registered_at)),
        Word(text=number(_figure(metrics, "rank_ic_mean"))),
        Word(text=version.registered_by),
    ]


def _resting(version: VersionDetails) -> list[Word]:
    return [
        Word(text=str(version.version), styles=("bold",)),
        _standing(version.standing),
        _verdict(version.look_ahead),
    ]


def _said(metrics: Mapping[str, Json], judged: str) -> str:
    """What the figures of a version say: of those that the notebook only states, the first few."""
    if "ic_t_newey_west" in metrics and not judged.startswith(Judged.STATED):
        return significance(_figure(metrics, "ic_t_newey_west"))
    own = [f"{visible(name)} {value:.4g}" for name, value in numbers_in(metrics)]
    more = f", and {len(own) - _OWN_FIGURES} more" if len(own) > _OWN_FIGURES else ""
    return ", ".join(own[:_OWN_FIGURES]) + more if own else "no figures are known here"


def _figure(metrics: Mapping[str, Json], name: str) -> float | None:
    value = metrics.get(name)
    return float(value) if isinstance(value, int | float) else None


def _version(version: int | None) -> str:
    return "–" if version is None else str(version)


def _minute(instant: str) -> str:
    """``2026-11-23 22:45``: to the minute, UTC."""
    return instant[:16].replace("T", " ")
