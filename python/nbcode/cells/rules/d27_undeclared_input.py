"""A tagged cell reads an input that [meta] does not declare.

Why: only declared inputs are pinned by their content and given to the clean run.

Bad::

    macro = inputs["macro"]

Good::

    # [meta]
    # inputs:
    #   macro: data/macro.csv
    macro = inputs["macro"]
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.inputs_read import input_reads
from nbcode.cells.rules.edits import rewritten
from nbcode.primitives import Diagnostic, Fix, nearest

CODE = "D27"
TITLE = "undeclared input"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each ``inputs["name"]`` that is not under ``inputs:``, once a cell."""
    if context.meta is None or any("inputs" in facts.binds for facts in context.tagged):
        return
    declared = {name for name, _ in context.meta.inputs}
    for facts in context.tagged:
        reported: set[str] = set()
        for name, node in input_reads(facts):
            if name in declared or name in reported:
                continue
            reported.add(name)
            meant = nearest(name, declared)
            yield finding(
                CODE,
                f"input `{name[:40]}` is not declared" + (f": did you mean `{meant}`?" if meant else ""),
                facts.place_of(node),
                cause="[meta] declares " + (", ".join(sorted(declared)) if declared else "no inputs"),
                fixes=((_named(facts, node, name, meant),) if meant else ())
                + (f"declare it: # inputs: then #   {name[:40]}: path/to/file",),
            )


def _named(facts: CellFacts, node: ast.AST, name: str, meant: str) -> Fix:
    """The fix that writes the declared name for the one that is read."""
    title = f'write inputs["{meant}"]'
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and inner.value == name:
            return rewritten(title, facts.place_of(inner), f'"{meant}"')
    return Fix(title=title)
