"""A tagged cell awaits outside a function.

Why: Jupyter runs cells inside an event loop, plain Python does not. A spec whose meaning depends on the kernel's event
loop cannot be built again elsewhere.

Bad::

    prices = await fetch()

Good::

    import asyncio

    prices = asyncio.run(fetch())
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbcode.cells.context import Context, finding
from nbcode.cells.trees import children
from nbcode.primitives import Diagnostic

CODE = "D03"
TITLE = "top-level await"


def check(context: Context) -> Iterator[Diagnostic]:
    """Each ``await``, ``async for`` and ``async with`` that stands in no function."""
    for facts in context.tagged:
        if facts.tree is None or not ("await" in facts.cell.source or "async" in facts.cell.source):
            continue
        for node in _outside_functions(facts.tree.body):
            yield finding(
                CODE,
                "await outside a function",
                facts.place_of(node),
                cause="only an interactive kernel runs it",
                fixes=("move it into an async function and call asyncio.run",),
            )


def _outside_functions(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    stack = list(body)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield node
        elif isinstance(node, ast.comprehension) and node.is_async:
            yield node.target
        stack += children(node)
