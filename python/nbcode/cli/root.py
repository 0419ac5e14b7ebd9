"""The program's own options, and what every command is declared with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nbcode import __version__
from nbcode.cli.groups import SectionedGroup

application = typer.Typer(
    name="nbcode",
    cls=SectionedGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 2 your input, 3 the environment, 4 refused for safety, 5 try again.",
)
HERE = Path()


def examples(*lines: str) -> str:
    """What a command's help ends with."""
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
