"""What a store takes, and what was removed from it, as tables."""

from __future__ import annotations

from nbcode.cli.render.figures import size_text
from nbcode.cli.render.tables import Column, Word, render_table
from nbcode.cli.terminal import Style, visible
from nbcode.commands.collecting import GcResult
from nbcode.commands.keeping import EXAMPLE
from nbcode.commands.store_use import StoreUse

_PARTS = (
    Column(title="part"),
    Column(title="size", right=True),
    Column(title="files", right=True),
    Column(title="what", least=20, spare=True),
)
_MODELS = (
    Column(title="model", least=12),
    Column(title="size", right=True),
    Column(title="versions", right=True),
    Column(title="collected", right=True),
)
_GONE = (Column(title="what", least=20), Column(title="frees", right=True), Column(title="why", least=16))
_KEPT = (Column(title="stays", least=12), Column(title="because", least=20))
_SHOWN = 12
"""Lines of a table that says the same again and again."""


def render_store(found: StoreUse, style: Style) -> str:
    """The parts, the models, and the cache beside them."""
    lines = [style.paint(f"{visible(str(found.store))}  {size_text(found.total.size_bytes)}", "bold")]
    if found.parts:
        rows = [
            [
                Word(text=part.name),
                Word(text=size_text(part.use.size_bytes)),
                Word(text=f"{part.use.files:,}"),
                Word(text=part.what, styles=("dim",)),
            ]
            for part in found.parts
        ]
        lines += ["", render_table(_PARTS, rows, style)]
    if found.models:
        rows = [
            [
                Word(text=one.model, styles=("bold",)),
                Word(text=size_text(one.use.size_bytes)),
                Word(text=str(one.versions)),
                Word(text=str(one.collected) if one.collected else "–"),
            ]
            for one in found.models
        ]
        lines += ["", render_table(_MODELS, rows, style)]
    cache = f"cache, for all projects, made again when it is gone: {visible(str(found.cache))}"
    cache += " (--cache counts it)" if found.cached is None else f"  {size_text(found.cached.size_bytes)}"
    return "\n".join([*lines, "", style.paint(cache, "dim")])


def render_collected(found: GcResult, style: Style) -> str:
    """What went or would go, and with a rule what stays and why."""
    verb = "would free" if found.dry_run else "freed"
    lines = [
        style.paint(f"{verb} {size_text(found.freed.size_bytes)} in {visible(str(found.store))}", "bold")
    ]
    if found.parts:
        rows = [
            [
                Word(text=part.what, styles=("bold",)),
                Word(text=size_text(part.freed.size_bytes)),
                Word(text=part.why),
            ]
            for part in found.parts
        ]
        lines += ["", render_table(_GONE, rows[:_SHOWN], style), *_more(len(rows))]
    if found.rule and found.kept:
        rows = [
            [Word(text=f"{one.version.model} {one.version.version}"), Word(text=one.because)]
            for one in found.kept
        ]
        lines += ["", render_table(_KEPT, rows[:_SHOWN], style), *_more(len(rows))]
    if not found.rule and len(found.kept) > 1:
        way = style.paint(f"nbcode gc --keep {EXAMPLE} --dry-run", "cyan")
        lines += ["", f"All {len(found.kept)} versions keep their bytes. By a rule: {way}"]
    elif found.dry_run and found.parts:
        lines += ["", "Nothing was removed. Without --dry-run it is."]
    return "\n".join(lines)


def _more(rows: int) -> list[str]:
    return [f"and {rows - _SHOWN} more: --json has all"] if rows > _SHOWN else []
