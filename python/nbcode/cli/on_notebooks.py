"""The commands on notebooks and their arguments. Only parsing: each body is one call into `verbs`, loaded when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbcode.cli.options import (
    AsJson,
    AsOf,
    FanOut,
    Figures,
    Format,
    IsolationChoice,
    ModelExpression,
    NotebookPath,
    NoWait,
    On,
    Parts,
    Paths,
    SignalExpression,
    UntaggedPath,
)
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import application, examples


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode check notebook.ipynb",
        "nbcode check research/ --json",
        "nbcode check --format github research/",
        "nbcode check --format sarif . > nbcode.sarif",
    ),
)
def check(
    context: typer.Context,
    notebooks: Paths,
    *,
    form: Annotated[Format, typer.Option("--format", help="How to write what was found.")] = Format.TEXT,
    as_json: AsJson = False,
) -> int:
    """Say everything that stands between a notebook and a promote. Runs nothing."""
    from nbcode.cli.verbs import check as verb

    if as_json and form not in {Format.TEXT, Format.JSON}:
        raise typer.BadParameter(f"--json and --format {form} are two forms: say one of them")
    output = context.obj.output(as_json=as_json or form is Format.JSON)
    return verb.run(tuple(notebooks), form=form, output=output)


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode suggest notebook.ipynb",
        "nbcode suggest notebook.ipynb --model grid --figure ic=ics.mean()",
        "nbcode suggest notebook.ipynb --signal positions",
        "nbcode suggest notebook.ipynb --run --write",
    ),
)
def suggest(
    context: typer.Context,
    notebook: UntaggedPath,
    *,
    model: ModelExpression = None,
    signal: SignalExpression = None,
    figure: Figures = None,
    write: Annotated[
        bool, typer.Option("--write", help="Add the tags and [meta] to the file. No code is changed.")
    ] = False,
    run: Annotated[
        bool, typer.Option("--run", help="Make the clean run of the proposal, and compare its figures.")
    ] = False,
    isolation: IsolationChoice = None,
    as_json: AsJson = False,
) -> int:
    """Propose tags and [meta] for an untagged notebook, cell by cell, with reasons. Runs nothing without --run."""
    from nbcode.cli.verbs import suggest as verb

    if model is not None and signal is not None:
        raise typer.BadParameter("a candidate is a model or a signal: say one of --model and --signal")
    asked = verb.Asked(
        model=model, signal=signal, figures=tuple(figure or ()), write=write, run=run, isolation=isolation
    )
    return verb.run(notebook, asked, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples("nbcode build notebook.ipynb", "nbcode build notebook.py --json > spec.json"),
)
def build(
    context: typer.Context, notebook: NotebookPath, *, as_of: AsOf = None, as_json: AsJson = False
) -> int:
    """Print the build spec: what a promote would run and record. Runs nothing on data."""
    from nbcode.cli.verbs import build as verb

    return verb.run(notebook, as_of=as_of, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode run notebook.ipynb",
        "nbcode run notebook.ipynb --as-of 2016-06-28",
        "nbcode run notebook.ipynb --isolation process",
    ),
)
def run(
    context: typer.Context,
    notebook: NotebookPath,
    *,
    isolation: IsolationChoice = None,
    as_of: AsOf = None,
    as_json: AsJson = False,
) -> int:
    """Make the clean run of the promoted cells. Registers nothing."""
    from nbcode.cli.verbs import run as verb

    return verb.run(
        notebook,
        isolation=isolation,
        as_of=as_of,
        program=context.obj,
        output=context.obj.output(as_json=as_json),
    )


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode promote notebook.ipynb",
        "nbcode promote notebook.py --json",
        "nbcode promote notebook.ipynb --on argo",
        "nbcode promote notebook.ipynb --on argo --fan-out folds --parts 4",
        "nbcode promote notebook.ipynb --on argo --no-wait",
    ),
)
def promote(
    context: typer.Context,
    notebook: NotebookPath,
    *,
    isolation: IsolationChoice = None,
    again: Annotated[
        bool,
        typer.Option(
            "--again",
            help="Run what is registered already again: its version gets its files and the alias candidate back; one that was deleted is registered anew.",
        ),
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a registered model of another owner, and record it.")
    ] = False,
    as_of: AsOf = None,
    on: On = None,
    fan_out: FanOut = None,
    parts: Parts = None,
    no_wait: NoWait = False,
    result: Annotated[
        Path | None,
        typer.Option("--result", metavar="FILE", help="Write the object of --json to this file, too."),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Snapshot, build, run clean, verify, and register the result as candidate."""
    from nbcode.cli.verbs import promote as verb

    return verb.run(
        notebook,
        isolation=isolation,
        again=again,
        adopt=adopt,
        as_of=as_of,
        on=on,
        fan_out=fan_out,
        parts=parts,
        wait=not no_wait,
        result_file=result,
        program=context.obj,
        output=context.obj.output(as_json=as_json),
    )
