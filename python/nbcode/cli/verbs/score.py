"""`nbcode score`."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import typer

from alpha_bench.describe import is_standard_output
from nbcode.cli.output import Output, versioned
from nbcode.cli.program import Program
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.render.scores import render_scores
from nbcode.cli.source import SourceLines
from nbcode.commands.named_file import NamedFile
from nbcode.commands.score import Wanted
from nbcode.commands.score_calls import ScoreFrom
from nbcode.primitives import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """The arguments."""

    model: str | None
    artifact: Path | None
    as_of: str | None
    out: Path | None
    form: str | None
    data: str | None
    reference: Path | None
    calendar: str | None = None
    least_coverage: float | None
    record: Path | None
    project: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class _Step:
    """A step, as the progress takes it."""

    name: str
    kind: str = "step"
    cell: int | None = None
    elapsed_s: float = 0.0
    text: str = ""


def run(asked: Asked, *, program: Program, output: Output) -> int:
    """Predict, write the file and the record, and show whom the model likes best and least."""
    into_stdout = asked.out is not None and is_standard_output(asked.out)
    if into_stdout and output.as_json:
        raise typer.BadParameter("standard output takes the predictions or the object of --json: name a file")
    if asked.record is not None and asked.out is not None and asked.record.resolve() == asked.out.resolve():
        raise typer.BadParameter("-o and --record name one file: name two")
    record = None if asked.record is None else _record(asked.record)
    if record is not None:
        record.prepare()
    with progress(f"score {asked.model or asked.artifact}") as on_event:
        result = program.commands.score(
            ScoreFrom(
                project=asked.project,
                name=asked.model,
                artifact=asked.artifact,
                data=asked.data,
                reference=asked.reference,
                calendar=asked.calendar,
            ),
            Wanted(
                as_of=None if asked.as_of is None else _day(asked.as_of),
                least_coverage=asked.least_coverage,
                out=asked.out,
                form=asked.form,
            ),
            on_step=lambda name: on_event(_Step(name=name)),
            cancellation=program.cancellation,
        )
    value = result.to_json()
    if record is not None:
        record.write(json.dumps(versioned(value)).encode())
    told = render_scores(result, output.error_style if into_stdout else output.style)
    (output.note if into_stdout else output.text)(told)
    if result.diagnostics and not output.as_json:
        output.note("\n" + render_findings(result.diagnostics, output.error_style, SourceLines()))
    output.value(value)
    return 0


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text.strip()).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"--as-of {text} is no day: write YYYY-MM-DD") from error


def _record(path: Path) -> NamedFile:
    """Where ``--record`` goes; an earlier record is what begins as one does."""
    return NamedFile(
        path=path,
        what="record",
        ours=lambda there: re.match(rb'\{"status": "[a-z]+", "model": ', there) is not None,
        instead="nbcode score MODEL --record FILE",
    )
