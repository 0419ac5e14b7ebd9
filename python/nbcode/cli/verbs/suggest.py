"""`nbcode suggest`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from nbcode.cells.suggestion import Choice, FigureCandidate, named_figure
from nbcode.cli.options import Isolation
from nbcode.cli.output import Output
from nbcode.cli.program import Program
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.render.suggestion import render_compared, render_suggestion
from nbcode.cli.terminal import visible
from nbcode.commands.suggest import Compared, SuggestResult, compare, differences
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic, Exit, NbcodeError, Place, dataclass, exit_for
from nbcode.run import RunStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The options of one call."""

    model: str | None
    signal: str | None
    figures: tuple[str, ...]
    write: bool
    run: bool
    isolation: Isolation | None


def run(notebook: Path, asked: Asked, *, program: Program, output: Output) -> int:
    """Propose; ask a person where there is a choice; write and run where that was asked for."""
    figures = tuple(named_figure(text) for text in asked.figures)
    choice = Choice(model=asked.model, signal=asked.signal, figures=figures)
    result = program.commands.suggest(notebook, choice)
    if _is_person(output) and result.meta:
        choice = _chosen(result, choice, output)
        result = program.commands.suggest(notebook, choice)
    if asked.write:
        result = program.commands.suggest(notebook, choice, write=True)
    proposal = render_suggestion(result, output.style)
    if asked.run and not output.as_json:
        output.now(proposal)  # to read while the run takes its time
    else:
        output.text(proposal)
    value = result.to_json()
    code = 0
    if asked.run:
        compared, found = _clean(notebook, result, asked, program)
        code = int(exit_for(found)) or (int(Exit.USER) if any(one.same is False for one in compared) else 0)
        if compared:
            output.text("\n" + render_compared(compared, output.style))
        if found and not output.as_json:
            output.note("\n" + render_findings(found, output.error_style, _lines_of(result)))
        value["status"] = "done" if code == 0 else "failed"
        value["compared"] = [one.to_json() for one in compared]
        value["diagnostics"] = [one.to_json() for one in found]
    output.value(value)
    return code


def _clean(
    notebook: Path, result: SuggestResult, asked: Asked, program: Program
) -> tuple[tuple[Compared, ...], tuple[Diagnostic, ...]]:
    """The clean run of the proposal, which registers nothing: its figures beside those that are stored, and every finding."""
    try:
        with progress(f"run {notebook}") as on_event:
            ran = program.commands.run(
                notebook,
                on_event=on_event,
                isolation=None if asked.isolation is None else str(asked.isolation),
                cancellation=program.cancellation,
                data=result.data,
            )
    except NbcodeError as error:
        return (), error.diagnostics
    if ran.status is not RunStatus.FINISHED:
        return (), ran.diagnostics
    compared = compare(result.suggestion.figures, dict(ran.metrics))
    others = differences(str(notebook), compared, result.suggestion.figures, ran.diagnostics)
    return compared, (*ran.diagnostics, *others)


def _lines_of(result: SuggestResult) -> Callable[[Place], str | None]:
    """Lines of the proposal: the file has no [meta] cell yet, so that its cells are counted otherwise."""
    notebook = parse_notebook(result.data, result.path).notebook
    cells = {} if notebook is None else {cell.index: cell.source.split("\n") for cell in notebook.cells}

    def line(place: Place) -> str | None:
        lines = cells.get(place.cell or 0, [])
        return lines[place.line - 1] if place.line and 0 < place.line <= len(lines) else None

    return line


def _is_person(output: Output) -> bool:
    return not output.as_json and sys.stdin.isatty() and sys.stdout.isatty()


def _chosen(result: SuggestResult, choice: Choice, output: Output) -> Choice:
    """Ask for what was not said and has several candidates."""
    made = result.suggestion
    models = [one.expression for one in made.models if not one.prepares]
    if made.signal is None and choice.model is None and len(models) > 1:
        lines = [f"{one.expression}  (cell {one.cell}: {one.how})" for one in made.models if not one.prepares]
        choice = replace(choice, model=models[_asked("Which is the model?", lines, 1, output=output)[0] - 1])
    figures = [one for one in made.candidates if one.rank > 4 or one.stored]
    if not choice.figures and len(figures) > 1:
        lines = [
            f"{one.name} = {one.text}" + (f"  (stored: {one.as_shown})" if one.stored else "")
            for one in figures[:9]
        ]
        taken = [n for n, one in enumerate(figures[:9], 1) if one.text in {f.text for f in made.figures}]
        numbers = _asked("Which figures, as numbers with commas?", lines, *(taken or [1]), output=output)
        choice = replace(choice, figures=tuple(_said(figures[n - 1]) for n in numbers))
    return choice


def _said(figure: FigureCandidate) -> tuple[str, str]:
    return "" if figure.whole else figure.name, figure.text


def _asked(question: str, lines: Sequence[str], *default: int, output: Output) -> list[int]:
    import typer

    output.now("\n".join(f"  {n}  {visible(line)}" for n, line in enumerate(lines, 1)))
    while True:
        answer = typer.prompt(question, default=",".join(map(str, default)))
        words = [word.strip() for word in str(answer).split(",")]
        if words and all(word.isdigit() and 0 < int(word) <= len(lines) for word in words):
            return [int(word) for word in words]
        output.now(f"  numbers from 1 to {len(lines)}")
