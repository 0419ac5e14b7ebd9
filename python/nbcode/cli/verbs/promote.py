"""`nbcode promote`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from alpha_bench.describe import is_standard_output
from nbcode.cli.failures import failed
from nbcode.cli.options import FannedOut, Isolation, RunPlace
from nbcode.cli.output import Output, versioned
from nbcode.cli.program import Program
from nbcode.cli.render.card import card_of, render_card
from nbcode.cli.render.diagnostics import render_findings
from nbcode.cli.render.progress import progress
from nbcode.cli.source import SourceLines
from nbcode.commands.named_file import NamedFile
from nbcode.commands.promote import PromoteResult, Status
from nbcode.primitives import Diagnostic, Exit, NbcodeError


def run(
    notebook: Path,
    *,
    isolation: Isolation | None,
    again: bool,
    adopt: bool,
    as_of: str | None,
    on: RunPlace | None = None,
    fan_out: FannedOut | None = None,
    parts: int | None = None,
    wait: bool = True,
    result_file: Path | None,
    program: Program,
    output: Output,
) -> int:
    """Promote, with live steps, and end with the candidate or with why there is none. ``result_file`` gets the whole result."""
    # The object of --json is told there already.
    told = result_file is None or (output.as_json and is_standard_output(result_file))
    file = None if result_file is None or told else _result_file(result_file)
    if file is not None:
        file.prepare()
    asked = None if isolation is None else str(isolation)
    try:
        with progress(f"promote {notebook}") as on_event:
            result = program.commands.promote(
                notebook,
                on_event=on_event,
                isolation=asked,
                again=again,
                adopt=adopt,
                as_of=as_of,
                on=None if on is None else str(on),
                fan_out=fan_out is not None or parts is not None,
                parts=parts,
                wait=wait,
                cancellation=program.cancellation,
            )
    except NbcodeError as error:
        if file is not None:  # an earlier success must not stand there for this one
            _unwritten(file, failed(error.diagnostics, error.exit_code, "promote"))
        raise
    lost = () if file is None else _unwritten(file, result.to_json())
    report(result, notebook, output, lost)
    return int(result.exit_code) or int(Exit.ENVIRONMENT if lost else Exit.DONE)


def _result_file(path: Path) -> NamedFile:
    """Where ``--result`` goes; an earlier result is what begins as one does."""
    return NamedFile(
        path=path,
        what="result",
        ours=lambda there: re.match(rb'\{"status": "[a-z]+", "model": ', there) is not None,
        instead="nbcode promote NOTEBOOK --result FILE",
    )


def _unwritten(file: NamedFile, result: Mapping[str, object]) -> tuple[Diagnostic, ...]:
    """Write the result; why it could not be. What the promote did is done all the same."""
    try:
        file.write(json.dumps(versioned(result)).encode())
    except NbcodeError as error:
        return error.diagnostics
    return ()


def report(
    result: PromoteResult, notebook: Path | None, output: Output, lost: tuple[Diagnostic, ...] = ()
) -> None:
    """Findings to standard error, then the candidate to standard output. ``lost`` is what became of a file that was to get it."""
    found = (*result.diagnostics, *lost)
    if found and not output.as_json:
        output.note("\n" + render_findings(found, output.error_style, SourceLines()))
    if result.status is Status.SUBMITTED:
        output.text(f"\n{result.model}  submitted as {result.run_id}")
    elif result.status is not Status.FAILED:
        output.text("\n" + render_card(card_of(result, str(notebook or "")), output.style))
    value = result.to_json()
    value["diagnostics"] = [one.to_json() for one in found]
    output.value(value)
