"""The commands on projects, the machine and the codes, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbcode.cli.bare_option import GalleryCommand
from nbcode.cli.options import (
    AsJson,
    CodeName,
    Environments,
    On,
    Project,
)
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples


@application.command(
    cls=GalleryCommand,
    epilog=examples(
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
    ] = HERE,
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
    epilog=examples("nbcode trust", "nbcode trust --yes", "nbcode trust --list", "nbcode trust --revoke"),
)
def trust(
    context: typer.Context,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Trust what is shown, without a question.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List what you trust, of every project.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take back what you trusted of it.")] = False,
    project: Project = HERE,
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
    cls=QuickCommand, epilog=examples("nbcode explain", "nbcode explain NBC-D04", "nbcode explain d04")
)
def explain(context: typer.Context, code: CodeName = None, *, as_json: AsJson = False) -> int:
    """Explain a code: what it means, why it is refused, how to go on. Without one, list them."""
    from nbcode.cli.verbs import explain as verb

    return verb.run(code, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode doctor", "nbcode doctor --environments", "nbcode doctor --on argo", "nbcode doctor --json"
    ),
)
def doctor(
    context: typer.Context,
    *,
    project: Project = HERE,
    environments: Environments = False,
    on: On = None,
    as_json: AsJson = False,
) -> int:
    """Say what is here, what would run, and what to mend."""
    from nbcode.cli.verbs import doctor as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(project, environments=environments, on=on, program=context.obj, output=output)
