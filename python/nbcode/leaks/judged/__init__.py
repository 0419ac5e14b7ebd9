"""Looks at what the cells have judged in alpha_bench's language, and at the definition they build."""

from nbcode.leaks.judged.definition_look import Built, look_at_definition
from nbcode.leaks.judged.judged_look import look_at_judged

__all__ = [
    "Built",
    "look_at_definition",
    "look_at_judged",
]
