"""The registered models as a table: on a narrow terminal the version, its figures, the verdict, when and who stay."""

from __future__ import annotations

from nbcode.cli.render.ledger import BEGIN, others_told, version_text
from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.render.told_figures import (
    FIGURE_COLUMNS,
    figure_words,
    look_word,
    standing_word,
    stars_told,
)
from nbcode.cli.terminal import Style
from nbcode.commands.models import ListedModel, ModelsResult

_COLUMNS = (
    Column(title="model", least=12),
    Column(title="cand.", right=True),
    *FIGURE_COLUMNS,
    Column(title="look-ahead", least=10),
    Column(title="promoted"),
    Column(title="by", least=6),
    Column(title="owner", least=8, spare=True),
    Column(title="versions", right=True, spare=True),
    Column(title="figures", spare=True),
    Column(title="from", least=12, spare=True),
)


def render_models(found: ModelsResult, style: Style) -> str:
    """A row a model, and whose word its figures are."""
    if not found.models:
        return "\n".join([BEGIN, *others_told(found.others)])
    table = render_table(_COLUMNS, [_row(one) for one in found.models], style)
    starred = stars_told((one.told for one in found.models), style)
    return "\n".join([table, *starred, *others_told(found.others)])


def _row(one: ListedModel) -> list[Word]:
    return [
        Word(text=one.model, styles=("bold",)),
        Word(text=_numbered(one), styles=("green",)),
        *figure_words(one.told),
        look_word(one.told.look_ahead),
        Word(text=one.updated_at[:10]),
        Word(text=one.account or one.updated_by),
        Word(text=one.owner),
        Word(text=_counted(one)),
        standing_word(one.told.standing),
        Word(text=one.notebook),
    ]


def _counted(one: ListedModel) -> str:
    refits = f" ({one.refits} refit{'' if one.refits == 1 else 's'})" if one.refits else ""
    return f"{one.versions}{refits}"


def _numbered(one: ListedModel) -> str:
    """``7``, and of a refit also which it is: ``7 = 3.4``."""
    text = version_text(one.candidate)
    return f"{text} = {one.line}" if one.line and one.candidate is not None else text
