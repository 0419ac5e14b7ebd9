"""The static rules, one file each. A rule's docstring is its manual page; its ``check`` takes the whole notebook."""

from __future__ import annotations

from nbcode.cells.rules import (
    d01_syntax_error,
    d02_magic_or_shell,
    d04_undeclared_name,
    d05_unknown_name,
    d22_used_before_definition,
)
from nbcode.cells.rules.rule import Rule

RULES: tuple[Rule, ...] = (
    d01_syntax_error,
    d02_magic_or_shell,
    d04_undeclared_name,
    d05_unknown_name,
    d22_used_before_definition,
)

__all__ = ["RULES", "Rule"]
