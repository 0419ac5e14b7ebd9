"""An option that may stand without its value, which typer does not know: `nbcode init --example` alone."""

from __future__ import annotations

from typing import Any

from nbcode.cli.quick import QuickCommand

LIST = "list"
"""In place of an example's name: say which there are."""


class GalleryCommand(QuickCommand):
    """``--example`` without a name asks for the list."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Write the value that was left out."""
        written = [
            f"{word}={LIST}" if word == "--example" and following.startswith("-") else word
            for word, following in zip(args, [*args[1:], "-"], strict=False)
        ]
        return super().parse_args(ctx, written)
