"""The commands that ask a registered version for predictions, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from nbcode.cli.options import AsJson, Form, Project, VersionName
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples

_AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="The session to predict, YYYY-MM-DD. Where the data end before it: exit 5.",
        show_default="the last session of the data",
    ),
]
_Out: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help="Where the predictions go: .parquet, .csv or .arrow.",
        show_default="nowhere",
    ),
]
_Form: TypeAlias = Annotated[
    Form | None, typer.Option("--format", help="The form of the file.", show_default="by its name")
]
_Data: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--data",
        metavar="FILE",
        help="A file or folder of prices, or a dataset of nbcode.toml.",
        show_default="the dataset that the version was promoted on",
    ),
]
_Reference: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--reference", metavar="FILE", help="The table of one row a symbol that goes with the prices."
    ),
]
_Calendar: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--calendar",
        metavar="EXCHANGE",
        help="The exchange whose sessions the prices have, XNYS, say: a day on which it is closed is not late.",
        show_default="`calendar` of the dataset in nbcode.toml",
    ),
]
_Artifact: TypeAlias = Annotated[
    Path | None,
    typer.Option("--artifact", metavar="FOLDER", help="An artifact itself, without a registry."),
]
_Least: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--least-coverage",
        metavar="SHARE",
        help="The share of the names that must have a prediction, such as 0.95; where fewer have one: exit 5.",
    ),
]
_Record: TypeAlias = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Write the object of --json to this file, too."),
]


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode score xsmom_v3",
        "nbcode score xsmom_v3 --as-of 2018-02-07 -o scores/2018-02-07.parquet",
        "nbcode score xsmom_v3@2 --data prices.parquet --reference names.csv -o today.csv",
        "nbcode score --artifact model/6cc2854a... --data prices.parquet -o today.arrow",
    ),
)
def score(
    context: typer.Context,
    model: VersionName = None,
    *,
    as_of: _AsOf = None,
    out: _Out = None,
    form: _Form = None,
    data: _Data = None,
    reference: _Reference = None,
    calendar: _Calendar = None,
    artifact: _Artifact = None,
    least: _Least = None,
    record: _Record = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Predict one session with a registered version, from files of prices. Runs no code of a notebook."""
    from nbcode.cli.verbs import score as verb

    if least is not None and not 0.0 <= least <= 1.0:
        raise typer.BadParameter(f"--least-coverage {least} is no share: write 0.95 for 95 %")
    if (model is None) == (artifact is None):
        raise typer.BadParameter("say which version: MODEL, MODEL@3, or --artifact FOLDER")
    asked = verb.Asked(
        model=model,
        artifact=artifact,
        as_of=as_of,
        out=out,
        form=None if form is None else str(form),
        data=data,
        reference=reference,
        calendar=calendar,
        least_coverage=least,
        record=record,
        project=project,
    )
    return verb.run(asked, program=context.obj, output=context.obj.output(as_json=as_json))
