"""The commands on promotes and what they registered, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbcode.cli.options import (
    AsJson,
    IsolationChoice,
    Local,
    ModelName,
    NoWait,
    On,
    Project,
    RegistryAddress,
    day,
)
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples


@application.command(
    cls=QuickCommand, epilog=examples("nbcode status", "nbcode status --all", "nbcode status --local --json")
)
def status(
    context: typer.Context,
    *,
    everywhere: Annotated[
        bool, typer.Option("--all", help="Of every project that shares the journal, from whatever machine.")
    ] = False,
    local: Local = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """List the promotes of this project, how far each has come, and where the registry has something else now."""
    from nbcode.cli.verbs import status as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(project, local=local, everywhere=everywhere, program=context.obj, output=output)


@application.command(
    cls=QuickCommand, epilog=examples("nbcode logs", "nbcode logs xsmom_v3", "nbcode logs --follow")
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
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Show what a clean run printed, and how it ended."""
    from nbcode.cli.verbs import logs as verb

    return verb.run(
        run_id, project, follow=follow, program=context.obj, output=context.obj.output(as_json=as_json)
    )


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode refit xsmom_v3 --as-of 2018-02-07", "nbcode refit xsmom_v3 --as-of 2018-02-07 --json"
    ),
)
def refit(
    context: typer.Context,
    model: ModelName,
    *,
    as_of: Annotated[
        str,
        typer.Option(
            "--as-of",
            metavar="DAY",
            help="The last day whose rows are read, such as 2018-02-07.",
            show_default=False,
            callback=day,
        ),
    ],
    isolation: IsolationChoice = None,
    on: On = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Fit the model of the last changed version anew, on newer data, and register it as its refit."""
    from nbcode.cli.verbs import refit as verb

    return verb.run(
        model,
        project,
        as_of=as_of,
        isolation=isolation,
        on=on,
        program=context.obj,
        output=context.obj.output(as_json=as_json),
    )


@application.command(
    cls=QuickCommand, epilog=examples("nbcode cancel xsmom_v3", "nbcode cancel xsmom_v3 --json")
)
def cancel(
    context: typer.Context,
    name: Annotated[
        str, typer.Argument(metavar="MODEL|RUN", help="A model, or a run of it.", show_default=False)
    ],
    *,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """End the run of a promote, here or on a cluster. What was registered before stays."""
    from nbcode.cli.verbs import cancel as verb

    return verb.run(name, project, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples("nbcode retry xsmom_v3", "nbcode retry xsmom_v3-4f1c2a9b7d30-1 --no-wait"),
)
def retry(
    context: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="MODEL|RUN",
            help="A model whose last promote failed, or the run that did.",
            show_default=False,
        ),
    ],
    *,
    no_wait: NoWait = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Run a promote again that failed, of what it was begun with; one of a cluster from any machine."""
    from nbcode.cli.verbs import retry as verb

    return verb.run(
        name, project, wait=not no_wait, program=context.obj, output=context.obj.output(as_json=as_json)
    )


@application.command(cls=QuickCommand, epilog=examples("nbcode resume"))
def resume(context: typer.Context, *, project: Project = HERE, as_json: AsJson = False) -> int:
    """Finish the promotes that were interrupted."""
    from nbcode.cli.verbs import resume as verb

    return verb.run(project, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode show xsmom_v3", "nbcode show xsmom_v3 --version 2", "nbcode show xsmom_v3 --json"
    ),
)
def show(
    context: typer.Context,
    model: ModelName,
    *,
    version: Annotated[
        int | None,
        typer.Option("--version", metavar="N", help="This version alone.", show_default="all"),
    ] = None,
    verify: Annotated[
        bool,
        typer.Option(
            "--verify",
            help="Fetch the bytes of each version and check them; fail where the registry and the ledger differ.",
        ),
    ] = False,
    registry: RegistryAddress = None,
    local: Local = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Show a model's versions, whoever promoted them: figures, digests, the notebook each came from."""
    from nbcode.cli.verbs import show as verb

    if registry is not None and local:
        raise typer.BadParameter("--registry asks a registry, and --local asks none: say one of them")
    if verify and local:
        raise typer.BadParameter("--verify asks the registry, and --local asks none: say one of them")
    asked = verb.Asked(version=version, verify=verify, local=local, registry=registry)
    return verb.run(model, project, asked, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples("nbcode report xsmom_v3 --open", "nbcode report xsmom_v3 --version 2 --to xsmom_v3.html"),
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
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Write a version's report, headed by its model, owner, notebook, version and date."""
    from nbcode.cli.verbs import report as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(model, project, version=version, to=to, shown=shown, program=context.obj, output=output)


@application.command(
    cls=QuickCommand, epilog=examples("nbcode models", "nbcode models --local", "nbcode models --json")
)
def models(
    context: typer.Context, *, local: Local = False, project: Project = HERE, as_json: AsJson = False
) -> int:
    """List the registered models and their candidates, whoever promoted them."""
    from nbcode.cli.verbs import models as verb

    return verb.run(project, local=local, program=context.obj, output=context.obj.output(as_json=as_json))
