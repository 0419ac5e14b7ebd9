"""A tagged cell awaits outside a function, or starts an event loop.

Why: Jupyter runs cells inside an event loop, plain Python does not. A spec whose meaning depends on the kernel's event
loop cannot be built again elsewhere; and ``asyncio.run`` raises in a cell, because a loop is running already. A thread has none.

Bad::

    prices = await fetch()

Good::

    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    prices = ThreadPoolExecutor().submit(asyncio.run, fetch()).result()
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from nbcode.cells.context import Context, finding
from nbcode.cells.trees import children
from nbcode.primitives import Diagnostic

CODE = "D03"
TITLE = "top-level await"

_STARTS = frozenset({"asyncio.run"})
_IN_A_THREAD = (
    "move it into an async function f and write ThreadPoolExecutor().submit(asyncio.run, f()).result()"
)


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
                fixes=(_IN_A_THREAD,),
            )
    yield from _loops(context)


def _loops(context: Context) -> Iterator[Diagnostic]:
    """``asyncio.run(...)`` where cells run: Jupyter itself raises, unless a library has patched it."""
    if any(found.module == "nest_asyncio" for facts in context.tagged for found in facts.imports):
        return
    for facts in context.tagged:
        for call, dotted in context.calls_of(facts):
            if dotted in _STARTS:
                yield finding(
                    CODE,
                    f"`{dotted}` in a cell raises: an event loop is running already",
                    facts.place_of(call),
                    cause="Jupyter and the clean run call cells from inside one",
                    fixes=(_IN_A_THREAD,),
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
