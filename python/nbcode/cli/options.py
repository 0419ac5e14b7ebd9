"""The arguments and options that several commands share, each described once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from nbcode.cli import completion


class Isolation(StrEnum):
    """:class:`nbcode.configuration.Isolation` by value: `--help` loads no room, so the choices stand here too."""

    AUTO = "auto"
    PROCESS = "process"
    ENVIRONMENT = "environment"
    LANDLOCK = "landlock"
    NAMESPACES = "namespaces"


class RunPlace(StrEnum):
    """Where a promote runs, by value."""

    HERE = "here"
    ARGO = "argo"


class FannedOut(StrEnum):
    """What a promote spreads over several runs, by value."""

    FOLDS = "folds"


def day(text: str | None) -> str | None:
    """A day as ``YYYY-MM-DD``."""
    import datetime as dt

    try:
        if text is None or dt.date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise typer.BadParameter(f"{text!r} is no day: write it as 2024-06-28")


class Format(StrEnum):
    """How `check` writes what it found."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    GITLAB = "gitlab"
    SARIF = "sarif"
    JUNIT = "junit"


class Form(StrEnum):
    """How `score` writes predictions."""

    PARQUET = "parquet"
    CSV = "csv"
    ARROW = "arrow"


Environments: TypeAlias = Annotated[
    bool,
    typer.Option("--environments", help="Also read every file of every kept environment: some seconds each."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write one JSON object to standard output.")]
NotebookPath: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="NOTEBOOK",
        help="A tagged notebook (.ipynb, percent-format .py), model.yaml or package.module:name.",
        show_default=False,
    ),
]
UntaggedPath: TypeAlias = Annotated[
    Path,
    typer.Argument(metavar="NOTEBOOK", help="A notebook: .ipynb or percent-format .py.", show_default=False),
]
ModelExpression: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="The model: a name, or an expression such as models[5].",
        show_default="what is fitted last",
    ),
]
SignalExpression: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--signal",
        metavar="NAME",
        help="Scores or positions instead of a model: kind: signal.",
        show_default="where nothing fitted is asked for a prediction",
    ),
]
Figures: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--figure",
        metavar="NAME=EXPRESSION",
        help="A figure of the report; may be given again.",
        show_default="what is printed last",
    ),
]
Paths: TypeAlias = Annotated[
    list[Path],
    typer.Argument(
        metavar="NOTEBOOK...",
        help="Notebooks, or folders to look through for tagged notebooks.",
        show_default=False,
    ),
]
Project: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--project",
        metavar="FOLDER",
        help="Any folder of the project.",
        show_default="here",
    ),
]
IsolationChoice: TypeAlias = Annotated[
    Isolation | None,
    typer.Option(
        "--isolation",
        help="The sandbox of the clean run; never silently weakened.",
        show_default="[run] isolation, else the strongest there is",
    ),
]
On: TypeAlias = Annotated[
    RunPlace | None,
    typer.Option(
        "--on",
        help="Run in the sandbox of this machine, or in a pod of the cluster of [argo].",
        show_default="[run] on, else here",
    ),
]
NoWait: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--no-wait",
        help="End when the run is submitted to the cluster; `nbcode status` and `nbcode logs -f` follow it.",
    ),
]
FanOut: TypeAlias = Annotated[
    FannedOut | None,
    typer.Option(
        "--fan-out",
        help="Spread the folds of the walk-forward over several runs, and join them: the same artifact. What it costs is told first.",
        show_default="one run",
    ),
]
Parts: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--parts",
        metavar="N",
        min=1,
        help="Over how many runs the folds are spread; asks for --fan-out folds.",
        show_default="one for each fold, at most 8 pods, or the processors here",
    ),
]
AsOf: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DAY",
        help="Read no row after this day, such as 2024-06-28.",
        show_default="as_of of [meta], else all rows",
        callback=day,
    ),
]
ModelName: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="The id of a model.", show_default=False, autocompletion=completion.model_names
    ),
]
VersionNumber: TypeAlias = Annotated[
    int, typer.Argument(metavar="VERSION", help="Its number in the registry.", show_default=False)
]
RegistryAddress: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--registry",
        metavar="URL",
        help="The registry's server.",
        show_default="[registry] uri, else the store's own",
    ),
]
VersionName: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        help="A model for its candidate, or one of its versions: MODEL@3.",
        show_default=False,
        autocompletion=completion.model_names,
    ),
]
Local: TypeAlias = Annotated[
    bool,
    typer.Option("--local", help="Read the ledger of this project alone; ask no registry."),
]
CodeName: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="CODE",
        help="A code, such as NBC-D04 or D04.",
        show_default="all",
        autocompletion=completion.codes,
    ),
]
