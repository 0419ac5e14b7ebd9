"""What the shell offers after TAB, beside commands, options and files. Never fails: no answer is an empty list."""

from __future__ import annotations

from pathlib import Path


def codes(incomplete: str) -> list[str]:
    """The diagnostics' codes that begin like this."""
    try:
        from nbcode.diagnostics import all_codes

        return [code for code in all_codes() if code.startswith(incomplete.upper())]
    except Exception:
        return []


def model_names(incomplete: str) -> list[str]:
    """The models of the project around the working directory."""
    try:
        from nbcode.primitives import this_process
        from nbcode.wiring import commands

        listed = commands(this_process()).models(Path(), local=True).models
        return [one.model for one in listed if one.model.startswith(incomplete)]
    except Exception:
        return []
