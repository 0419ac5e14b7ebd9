"""The commands on what a registry and a store keep, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nbcode.cli.options import AsJson, IsolationChoice, ModelName, Project, RegistryAddress, VersionNumber
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode export xsmom_v3 2 -o xsmom_v3-2.tar",
        "nbcode export xsmom_v3 2 -o xsmom_v3-2.tar --registry http://mlflow.example:5000",
    ),
)
def export(
    context: typer.Context,
    model: ModelName,
    version: VersionNumber,
    *,
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="The archive.", show_default="MODEL-VERSION.tar"),
    ] = None,
    registry: RegistryAddress = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Write a version of the registry as one archive that verifies offline."""
    from nbcode.cli.verbs import export as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(model, version, project, to=to, registry=registry, program=context.obj, output=output)


@application.command(
    "import",
    cls=QuickCommand,
    epilog=examples("nbcode import xsmom_v3-2.tar", "nbcode import xsmom_v3-2.tar --digest sha256:0a1b..."),
)
def import_(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An archive of `nbcode export`.", show_default=False)
    ],
    *,
    digest: Annotated[
        str | None,
        typer.Option("--digest", metavar="SHA256", help="Refuse any other archive.", show_default=False),
    ] = None,
    registry: RegistryAddress = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Verify every byte of an archive, and register the version in it."""
    from nbcode.cli.verbs import import_archive as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(file, project, expected=digest, registry=registry, program=context.obj, output=output)


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode rebuild xsmom_v3 2 --check",
        "nbcode rebuild xsmom_v3 2 --input prices=/data/prices.parquet --registry http://mlflow.example:5000 --check",
        "nbcode rebuild xsmom_v3 2 --input /data -o look",
    ),
)
def rebuild(
    context: typer.Context,
    model: ModelName,
    version: VersionNumber,
    *,
    inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="NAME=FILE",
            help="The file of an input, or a folder that is searched for them; may be given again.",
            show_default="where nbcode.toml has them",
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Compare, and keep nothing.")] = False,
    to: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FOLDER",
            help="What is kept: the artifact and its sources; of two that differ both.",
            show_default="MODEL-VERSION",
        ),
    ] = None,
    isolation: IsolationChoice = None,
    registry: RegistryAddress = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Make a version again from the registry and its inputs, and compare its digest."""
    from nbcode.cli.verbs import rebuild as verb
    from nbcode.commands.rebuild import RebuildAsked

    asked = RebuildAsked(
        model=model,
        number=version,
        check=check,
        to=to,
        isolation=None if isolation is None else str(isolation),
        registry=registry,
    )
    output = context.obj.output(as_json=as_json)
    return verb.run(asked, inputs or [], project, program=context.obj, output=output)


class StoreAct(StrEnum):
    """What `nbcode store` does."""

    DU = "du"


@application.command(cls=QuickCommand, epilog=examples("nbcode store du", "nbcode store du --json"))
def store(
    context: typer.Context,
    act: Annotated[
        StoreAct, typer.Argument(metavar="du", help="How much of the disk it takes, by part and by model.")
    ] = StoreAct.DU,
    *,
    cache: Annotated[
        bool,
        typer.Option(
            "--cache",
            help="Count the user's cache too, which all projects share: hundreds of thousands of files.",
        ),
    ] = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Say how much of the disk the store takes, and what for."""
    from nbcode.cli.verbs import store as verb

    del act  # there is one
    return verb.run(project, cache=cache, program=context.obj, output=context.obj.output(as_json=as_json))


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode gc --dry-run",
        "nbcode gc --keep candidates,production,90d --dry-run",
        "nbcode gc --keep candidates,production,90d",
        "nbcode gc --keep 12w,last5",
    ),
)
def gc(
    context: typer.Context,
    *,
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="RULE",
            help="Versions that keep their bytes, beside what is under an alias and the newest of each model: of the last 90d or 12w, or the last5 of each"
            " model. The others lose them, and keep their record, figures and spec.",
            show_default="all",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would go; remove nothing.")] = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Make room: remove what nothing leads to, and with --keep the bytes of old versions."""
    from nbcode.cli.verbs import gc as verb

    output = context.obj.output(as_json=as_json)
    return verb.run(project, keep=keep, dry_run=dry_run, program=context.obj, output=output)
