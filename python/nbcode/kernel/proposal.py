"""``%nbcode suggest``: the proposal for a notebook without tags, as a card."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from alpha_bench.describe import Html, card, code, element, grid, quiet
from nbcode.cells.suggestion import Choice, SuggestedCell, named_figure
from nbcode.commands.suggest import SuggestResult, open_points
from nbcode.kernel.display import Findings
from nbcode.primitives import NbcodeError, dataclass, this_process
from nbcode.wiring import commands

_COLOURS = {"setup": "#56b4e9", "features": "#0072b2", "model": "#009e73", "eval": "#cc79a7"}
_LONGEST = 72


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """What is proposed for a notebook; it shows itself."""

    result: SuggestResult

    def __repr__(self) -> str:
        lines = [
            f"  {cell.index:>3}  {f'[{cell.tag}]' if cell.tag else '–':<10}  {cell.why}"
            for cell in self.result.suggestion.cells
        ]
        return "\n".join([self._head, *lines, *self.result.meta, *self._open, self._end])

    def _repr_html_(self) -> str:
        meta = self.result.meta
        rows = [_row(cell) for cell in self.result.suggestion.cells]
        if meta:
            rows.insert(0, (str(self.result.meta_cell), _chip("meta", None), quiet("is added"), ""))
        return card(
            self._head,
            grid(("cell", "tag", "why", "begins with"), rows),
            element("pre", "\n".join(meta), style="margin:8px 0;font-size:12px") if meta else None,
            [element("div", line) for line in self._open],
            quiet(self._end, tag="div"),
        )

    @property
    def _head(self) -> str:
        cells = self.result.suggestion.cells
        kept = sum(cell.tag is not None for cell in cells)
        return f"{Path(self.result.path).name}: {kept} of {len(cells)} cells are needed"

    @property
    def _open(self) -> tuple[str, ...]:
        return open_points(self.result)

    @property
    def _end(self) -> str:
        if self.result.written:
            return "Written: tags and [meta], no line of code. Reload the notebook from disk before you save it again."
        if self.result.changed:
            return "Nothing is written yet: %nbcode suggest --run tries it, --write adds the tags and [meta] to the saved file."
        return "Everything is tagged already."


def proposal(words: Sequence[str]) -> Proposal | Findings | None:
    """The proposal that ``words``, after ``suggest``, ask for; the findings where there is none; None where they ask for more than a
    proposal, such as ``--run``."""
    asked = _asked(words)
    if asked is None:
        return None
    figures = tuple(named_figure(text) for text in asked.figure)
    choice = Choice(model=asked.model, signal=asked.signal, figures=figures)
    try:
        return Proposal(result=commands(this_process()).suggest(asked.notebook, choice, write=asked.write))
    except NbcodeError as error:
        return Findings(headline=f"{asked.notebook.name}: nothing to propose", diagnostics=error.diagnostics)


class _Words(argparse.ArgumentParser):
    """A parser that neither prints nor exits."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _asked(words: Sequence[str]) -> argparse.Namespace | None:
    parser = _Words(add_help=False, allow_abbrev=False)
    parser.add_argument("notebook", type=Path)
    chosen = parser.add_mutually_exclusive_group()
    chosen.add_argument("--model")
    chosen.add_argument("--signal")
    parser.add_argument("--figure", action="append", default=[])
    parser.add_argument("--write", action="store_true")
    try:
        return parser.parse_args(words)
    except ValueError:
        return None


def _row(cell: SuggestedCell) -> tuple[str | Html, ...]:
    first = cell.first_line.strip()
    first = first if len(first) <= _LONGEST else first[: _LONGEST - 1] + "…"
    if cell.tag is None:
        return str(cell.index), quiet("–"), quiet(cell.why), quiet(code(first))
    return str(cell.index), _chip(cell.tag, _COLOURS.get(cell.tag)), cell.why, code(first)


def _chip(tag: str, colour: str | None) -> Html:
    return element("b", f"[{tag}]", style=f"color:{colour}" if colour else None)
