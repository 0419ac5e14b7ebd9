"""The list of commands in `nbcode --help`, in the order of the work instead of the alphabet."""

from __future__ import annotations

from typing import Any

import typer.core

from nbcode.cli.quick import quickened

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Begin", ("init", "trust", "data", "doctor")),
    ("From notebook to candidate", ("suggest", "check", "build", "run", "promote", "refit")),
    ("Afterwards", ("status", "logs", "cancel", "retry", "resume", "models", "show", "report")),
    ("In use", ("score",)),
    ("Keep", ("store", "gc", "export", "import", "rebuild")),
    ("The team", ("audit", "adoption")),
    ("A cluster", ("deploy", "controller")),
    ("Understand", ("explain",)),
)


class SectionedGroup(typer.core.TyperGroup):
    """Lists its commands under headings; one that no heading names is listed at the end."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The program's own options."""
        return quickened(super().get_params(ctx))

    def format_commands(self, ctx: typer.Context, formatter: typer.HelpFormatter) -> None:  # type: ignore[override, name-defined]
        named = {name for _, names in SECTIONS for name in names}
        rest = tuple(name for name in self.list_commands(ctx) if name not in named)
        for heading, names in (*SECTIONS, ("More", rest)):
            rows = [
                (name, command.get_short_help_str(200))
                for name in names
                if (command := self.get_command(ctx, name)) is not None
            ]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)
