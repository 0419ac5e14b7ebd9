"""The commands and their arguments. Only parsing: each body is one call into `verbs`, loaded when it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbcode import __version__
from nbcode.cli.bare_option import GalleryCommand
from nbcode.cli.groups import SectionedGroup
from nbcode.cli.options import (
    AsJson,
    CodeName,
    Environments,
    Figures,
    Format,
    IsolationChoice,
    ModelExpression,
    ModelName,
    NotebookPath,
    Paths,
    Project,
    SignalExpression,
    UntaggedPath,
)
from nbcode.cli.quick import QuickCommand

application = typer.Typer(
    name="nbcode",
    cls=SectionedGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 2 your input, 3 the environment, 4 refused for safety, 5 try again.",
)
_HERE = Path()


def _examples(*lines: str) -> str:
    # \b keeps click from filling the lines into a paragraph.
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"nbcode {__version__}")
        raise typer.Exit


@application.callback()
def _root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Promote the tagged cells of a notebook to a registered candidate, by a clean run, with no line rewritten."""
    del version


@application.command(
    cls=GalleryCommand,
    epilog=_examples(
        "nbcode init",
        "nbcode init research --no-kernel",
        "nbcode init --data prices.csv",
        "nbcode init --example",
        "nbcode init --example plain-python",
    ),
)
def init(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to begin.", show_default="here")
    ] = _HERE,
    *,
    kernel: Annotated[
        bool | None,
        typer.Option(
            "--kernel/--no-kernel",
            help="Install the Jupyter kernel that loads nbcode by itself.",
            show_default="asked on a terminal",
        ),
    ] = None,
    chosen: Annotated[
        str | None,
        typer.Option("--example", metavar="NAME", help="Which example notebook; alone it lists them."),
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE", help="A table of prices to look at and to declare as [data.NAME]."
        ),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Write a commented nbcode.toml and an example notebook. Never overwrites."""
    from nbcode.cli.verbs import init as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(folder, kernel=kernel, chosen=chosen, data=data, program=context.obj, output=output)


@application.command(
    cls=QuickCommand,
    epilog=_examples(
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
    epilog=_examples(
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
    epilog=_examples("nbcode build notebook.ipynb", "nbcode build notebook.py --json > spec.json"),
)
def build(context: typer.Context, notebook: NotebookPath, *, as_json: AsJson = False) -> int:
    """Print the build spec: what a promote would run and record. Runs nothing on data."""
    from nbcode.cli.verbs import build as verb

    return verb.run(notebook, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=_examples("nbcode run notebook.ipynb", "nbcode run notebook.ipynb --isolation process"),
)
def run(
    context: typer.Context,
    notebook: NotebookPath,
    *,
    isolation: IsolationChoice = None,
    as_json: AsJson = False,
) -> int:
    """Make the clean run of the promoted cells. Registers nothing."""
    from nbcode.cli.verbs import run as verb

    return verb.run(
        notebook, isolation=isolation, program=context.obj, output=context.obj.output(as_json=as_json)
    )


@application.command(
    cls=QuickCommand, epilog=_examples("nbcode promote notebook.ipynb", "nbcode promote notebook.py --json")
)
def promote(
    context: typer.Context,
    notebook: NotebookPath,
    *,
    isolation: IsolationChoice = None,
    again: Annotated[
        bool, typer.Option("--again", help="Register anew what was deleted from the registry by other hands.")
    ] = False,
    adopt: Annotated[
        bool, typer.Option("--adopt", help="Take over a registered model of another owner, and record it.")
    ] = False,
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
        result_file=result,
        program=context.obj,
        output=context.obj.output(as_json=as_json),
    )


@application.command(cls=QuickCommand, epilog=_examples("nbcode status", "nbcode status --json"))
def status(context: typer.Context, *, project: Project = _HERE, as_json: AsJson = False) -> int:
    """List the promotes of this project and how far each has come."""
    from nbcode.cli.verbs import status as verb

    return verb.run(project, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand, epilog=_examples("nbcode logs", "nbcode logs xsmom_v3", "nbcode logs --follow")
)
def logs(
    context: typer.Context,
    run_id: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help="The id of a run, or a model for its latest.", show_default="the latest"
        ),
    ] = None,
    *,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Show what happens as it comes, until the run ends.")
    ] = False,
    project: Project = _HERE,
    as_json: AsJson = False,
) -> int:
    """Show what a clean run printed, and how it ended."""
    from nbcode.cli.verbs import logs as verb

    return verb.run(
        run_id, project, follow=follow, program=context.obj, output=context.obj.output(as_json=as_json)
    )


@application.command(cls=QuickCommand, epilog=_examples("nbcode resume"))
def resume(context: typer.Context, *, project: Project = _HERE, as_json: AsJson = False) -> int:
    """Finish the promotes that were interrupted."""
    from nbcode.cli.verbs import resume as verb

    return verb.run(project, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand, epilog=_examples("nbcode show xsmom_v3", "nbcode show xsmom_v3 --json")
)
def show(
    context: typer.Context,
    model: ModelName,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="Ask the registry whether it agrees.")] = False,
    project: Project = _HERE,
    as_json: AsJson = False,
) -> int:
    """Show a model's versions: digests, figures, the notebook each came from."""
    from nbcode.cli.verbs import show as verb

    return verb.run(
        model, project, verify=verify, program=context.obj, output=context.obj.output(as_json=as_json)
    )


@application.command(
    cls=QuickCommand,
    epilog=_examples(
        "nbcode report xsmom_v3 --open", "nbcode report xsmom_v3 --version 2 --to xsmom_v3.html"
    ),
)
def report(
    context: typer.Context,
    model: ModelName,
    *,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="Which version.", show_default="the candidate"),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="Where to write the page.", show_default="in the store"),
    ] = None,
    shown: Annotated[bool, typer.Option("--open", help="Show it in the browser.")] = False,
    project: Project = _HERE,
    as_json: AsJson = False,
) -> int:
    """Write a version's report, headed by its model, owner, notebook, version and date."""
    from nbcode.cli.verbs import report as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(model, project, version=version, to=to, shown=shown, program=context.obj, output=output)


@application.command(cls=QuickCommand, epilog=_examples("nbcode models"))
def models(context: typer.Context, *, project: Project = _HERE, as_json: AsJson = False) -> int:
    """List the registered models and their candidates."""
    from nbcode.cli.verbs import models as verb

    return verb.run(project, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=_examples("nbcode trust", "nbcode trust --yes", "nbcode trust --list", "nbcode trust --revoke"),
)
def trust(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Trust what is shown, without a question.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List what you trust, of every project.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back what you trusted of it.")] = False,
    project: Project = _HERE,
    as_json: AsJson = False,
) -> int:
    """Show what a project asks for beyond itself (a server, a store, data elsewhere), and trust it."""
    from nbcode.cli.verbs import trust as verb

    output = context.obj.output(as_json=as_json)
    if listed:
        return verb.show(program=context.obj, output=output)
    return (
        verb.revoke(project, program=context.obj, output=output)
        if revoke
        else verb.run(project, yes=yes, program=context.obj, output=output)
    )


@application.command(
    cls=QuickCommand, epilog=_examples("nbcode explain", "nbcode explain NBC-D04", "nbcode explain d04")
)
def explain(context: typer.Context, code: CodeName = None, *, as_json: AsJson = False) -> int:
    """Explain a code: what it means, why it is refused, how to go on. Without one, list them."""
    from nbcode.cli.verbs import explain as verb

    return verb.run(code, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=_examples("nbcode doctor", "nbcode doctor --environments", "nbcode doctor --json"),
)
def doctor(
    context: typer.Context,
    *,
    project: Project = _HERE,
    environments: Environments = False,
    as_json: AsJson = False,
) -> int:
    """Say what is here, what would run, and what to mend."""
    from nbcode.cli.verbs import doctor as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(project, environments=environments, program=context.obj, output=output)
