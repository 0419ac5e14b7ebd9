"""The figures that matter most, who computed them, and the verdict on look-ahead, as words of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nbcode.cli.render.figures import number
from nbcode.cli.render.tables import Column, Word
from nbcode.cli.terminal import Style
from nbcode.commands.models import ToldFigures
from nbcode.primitives import Json, LookAhead, Standing, Verdict

_COLOURS = {Verdict.NONE_FOUND: "green", Verdict.FOUND: "red", Verdict.NOT_LOOKED_AT: "yellow"}


def look_word(found: LookAhead | None) -> Word:
    """The verdict; a dash where there is none."""
    if found is None:
        return Word(text="–", styles=("dim",))
    if found.stated and found.verdict is Verdict.NONE_FOUND:
        return Word(text=f"{found.verdict} ({Standing.STATED})", styles=("yellow",))
    return Word(text=str(found.verdict), styles=(_COLOURS[found.verdict],))


def standing_word(figures: Mapping[str, Standing]) -> Word:
    """``computed outside``, ``stated``, or how many of the stated figures were found again."""
    if not figures:
        return Word(text="–", styles=("dim",))
    again = sum(one is Standing.FOUND_AGAIN for one in figures.values())
    if again:
        return Word(text=f"{again} of {len(figures)} {Standing.FOUND_AGAIN}", styles=("yellow",))
    one = next(iter(figures.values()))
    return Word(text=str(one), styles=("yellow" if one is Standing.STATED else "green",))


_MANY_TESTS, _FIVE_PERCENT = 3.0, 1.96
_T, _IC, _SHARPE = ("ic_t_newey_west",), ("ic_mean", "ic"), ("sharpe", "Sharpe", "sharpe_ratio")
FIGURE_COLUMNS = (
    Column(title="t honest", right=True),
    Column(title="IC", right=True),
    Column(title="Sharpe", right=True),
)
"""Of `figure_words`."""


def figure_words(told: ToldFigures) -> list[Word]:
    """T after the overlap of labels, IC, Sharpe ratio after costs; one that only the notebook states has a star."""
    t, ic, sharpe = (_named(told, names) for names in (_T, _IC, _SHARPE))
    return [
        _word(told, t, 2, _significance(told, t)),
        _word(told, ic, 4),
        _word(told, sharpe, 2) if told.sharpe is None else Word(text=number(told.sharpe, 2)),
    ]


def stars_told(every: Iterable[ToldFigures], style: Style) -> list[str]:
    """What a star means, where there is one."""
    starred = any(word.text.endswith("*") for told in every for word in figure_words(told))
    return (
        ["", style.paint("* stated by the notebook: nobody else has computed it", "dim")] if starred else []
    )


def figure(metrics: Mapping[str, Json], name: str | None) -> float | None:
    """The figure ``name``, None where it is none or no number."""
    value = metrics.get(name) if name else None
    return float(value) if isinstance(value, int | float) else None


def _named(told: ToldFigures, names: tuple[str, ...]) -> str | None:
    known = dict(told.metrics)
    return next((name for name in names if figure(known, name) is not None), None)


def _word(told: ToldFigures, name: str | None, digits: int, *looks: str) -> Word:
    text = number(figure(dict(told.metrics), name), digits)
    stated = name is not None and told.standing.get(name) is Standing.STATED
    return Word(text=f"{text}*" if stated else text, styles=tuple(look for look in looks if look))


def _significance(told: ToldFigures, name: str | None) -> str:
    t = figure(dict(told.metrics), name) or 0.0
    return "green" if t > _MANY_TESTS else "yellow" if t > _FIVE_PERCENT else ""
