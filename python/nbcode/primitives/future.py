"""What ``from __future__`` means to a compiler."""

from __future__ import annotations
import __future__

import ast


def future_flags(statement: ast.stmt) -> int:
    """The compiler flags of ``from __future__ import ...``: as in a kernel, they hold for every statement below."""
    if not (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
        return 0
    found = 0
    for alias in statement.names:
        if alias.name in __future__.all_feature_names:
            found |= getattr(__future__, alias.name).compiler_flag
    return found
