"""The commands on what the whole team promoted, and their arguments. Only parsing, as in `on_notebooks`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbcode.cli.options import AsJson, Project
from nbcode.cli.quick import QuickCommand
from nbcode.cli.root import HERE, application, examples

if TYPE_CHECKING:
    from nbcode.cli.verbs.adoption import Period


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode adoption",
        "nbcode adoption --since 2026-10-01 --html adoption.html",
        "nbcode adoption --since 2026-10-01 --until 2026-11-01 --json",
    ),
)
def adoption(
    context: typer.Context,
    *,
    since: Annotated[
        str | None,
        typer.Option("--since", metavar="DAY", help="From this day on, UTC.", show_default="the first week"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DAY", help="Before this day, UTC.", show_default="now"),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the page of it, too: one file, no network."),
    ] = None,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Count what reached the registry, by week and by owner: from notebooks, by the framework, refits apart."""
    from nbcode.cli.verbs import adoption as verb

    return verb.run(
        project,
        _period(since, until),
        html=html,
        program=context.obj,
        output=context.obj.output(as_json=as_json),
    )


@application.command(
    cls=QuickCommand,
    epilog=examples(
        "nbcode audit --since 2026-11-01",
        "nbcode audit --since 2026-11-01 --csv > audit.csv",
        "nbcode audit --since 2026-11-01 --until 2026-12-01 --json",
    ),
)
def audit(
    context: typer.Context,
    *,
    since: Annotated[
        str, typer.Option("--since", metavar="DAY", help="From this day on, UTC.", show_default=False)
    ],
    until: Annotated[
        str | None,
        typer.Option("--until", metavar="DAY", help="Before this day, UTC.", show_default="now"),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Write comma-separated values.")] = False,
    project: Project = HERE,
    as_json: AsJson = False,
) -> int:
    """Say who promoted, refitted, adopted what and when, what failed here, and what was changed by other hands."""
    from nbcode.cli.verbs import audit as verb

    if as_csv and as_json:
        raise typer.BadParameter("--csv and --json are two forms: say one of them")
    period = _period(since, until)
    output = context.obj.output(as_json=as_json)
    return verb.run(project, period, as_csv=as_csv, program=context.obj, output=output)


def _period(since: str | None, until: str | None) -> Period:
    from nbcode.cli.verbs.adoption import Period

    begin, end = _instant("--since", since), _instant("--until", until)
    if begin and end and begin >= end:
        raise typer.BadParameter(f"--since {since} is not before --until {until}")
    if begin and end is None and begin > datetime.now(UTC):
        raise typer.BadParameter(f"--since {since} is in the future")
    return Period(since=begin, until=end)


def _instant(option: str, text: str | None) -> datetime | None:
    """A day, or an instant with its time, as UTC."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        example = "2026-11-01, or 2026-11-01T09:30Z"
        raise typer.BadParameter(f"{option} takes a day such as {example}, and not {text!r}") from None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
