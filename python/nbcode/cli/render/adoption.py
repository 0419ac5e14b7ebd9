"""The adoption report on a terminal: what was counted, a bar a week, a row an owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style, visible
from nbcode.commands.adoption import AdoptionResult, Counts, OwnerRow, Week

_SHOWN_WEEKS = 26
_WIDEST_BAR, _LEAST_BAR = 24, 8
_NOTEBOOK, _FRAMEWORK = "█", "▒"
_COUNTS = (
    Column(title="notebook", right=True),
    Column(title="framework", right=True),
    Column(title="share", right=True),
    Column(title="refits", right=True),
    Column(title="models", right=True),
    Column(title="promoters", right=True, spare=True),
)
_COUNTS_WIDE = 62
"""What a week's name and its numbers take with their gaps."""


def render_adoption(found: AdoptionResult, style: Style) -> str:
    """What the whole is, then the weeks (the last half year of them), then the owners."""
    head = [style.paint(period_text(found), "bold"), sentence(found), ""]
    if not found.owners:
        return "\n".join(head[:2])
    weeks = found.weeks[-_SHOWN_WEEKS:]
    wide = min(max(style.width - _COUNTS_WIDE, _LEAST_BAR), _WIDEST_BAR)
    most = max(week.counts.versions for week in weeks)
    bars = Column(title=f"{_NOTEBOOK} notebook {_FRAMEWORK} framework"[:wide])
    columns = (Column(title="week"), bars, *_COUNTS)
    rows = [[Word(text=week.name), _bar(week.counts, most, wide), *_numbers(week.counts)] for week in weeks]
    left = len(found.weeks) - len(weeks)
    if left:
        head.append(f"The last {_SHOWN_WEEKS} of {len(found.weeks)} weeks; --json and --html have all.")
    table = render_table(columns, rows, style)
    return "\n".join([*head, table, "", _owners(found.owners, style)])


def period_text(found: AdoptionResult) -> str:
    """``Adoption, 2026-10-05 to 2026-11-30 09:00 UTC (not included)``."""
    begin, end = (
        f"{at:%Y-%m-%d}" if at.time() == at.min.time() else f"{at:%Y-%m-%d %H:%M}"
        for at in (found.since, found.until)
    )
    return f"Adoption from {begin} on, before {end} UTC"


def sentence(found: AdoptionResult) -> str:
    """What was counted, in words."""
    total = found.total
    if not total.versions and not total.refits:
        return "Nothing was promoted in this time."
    share = total.notebook_share
    paths = (
        ""
        if share is None
        else f": {share:.0%} from notebooks ({total.notebook}), {1 - share:.0%} by the framework ({total.framework})"
    )
    refits = f" Beside them {_many(total.refits, 'refit')}." if total.refits else ""
    return (
        f"{_many(total.versions, 'version')} of {_many(total.models, 'model')}, by {_many(total.promoters, 'promoter')} "
        f"for {_many(total.owners, 'owner')}{paths}.{refits}"
    )


def share_text(share: float | None) -> str:
    """``74%``, or a dash."""
    return "–" if share is None else f"{share:.0%}"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _numbers(counts: Counts) -> list[Word]:
    numbers = (counts.notebook, counts.framework, share_text(counts.notebook_share), counts.refits)
    return [Word(text=str(one)) for one in (*numbers, counts.models, counts.promoters)]


def _bar(counts: Counts, most: int, wide: int) -> Word:
    """As long as the versions are of the ``most``; what is there at all has a cell."""
    if not counts.versions or not most:
        return Word(text="")
    cells = max(round(wide * counts.versions / most), 1)
    of_framework = round(cells * counts.framework / counts.versions)
    return Word(text=_NOTEBOOK * (cells - of_framework) + _FRAMEWORK * of_framework, styles=("blue",))


def _owners(owners: Sequence[OwnerRow], style: Style) -> str:
    columns = (
        Column(title="owner", least=12),
        Column(title="of all", right=True),
        *_COUNTS,
        Column(title="latest", spare=True),
    )
    rows = [
        [
            Word(text=visible(one.owner), styles=("bold",)),
            Word(text=share_text(one.share)),
            *_numbers(one.counts),
            Word(text=f"{one.latest:%Y-%m-%d}"),
        ]
        for one in owners
    ]
    return render_table(columns, rows, style)


def week_days(week: Week) -> str:
    """``5 Oct – 11 Oct``: its first and its last day that are in the period."""
    last = week.ends - timedelta(microseconds=1)
    return f"{week.begins.day} {week.begins:%b} – {last.day} {last:%b}"
