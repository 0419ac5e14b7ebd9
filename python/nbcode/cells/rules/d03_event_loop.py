"""A tagged cell starts an event loop.

Why: Jupyter and the clean run call cells from inside one, so that ``await`` may stand outside functions, and ``asyncio.run`` raises
in a cell.

Bad::

    import asyncio

    prices = asyncio.run(fetch())

Good::

    prices = await fetch()
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.primitives import Diagnostic

CODE = "D03"
TITLE = "event loop started"

_STARTS = frozenset({"asyncio.run"})


def check(context: Context) -> Iterator[Diagnostic]:
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
                    fixes=("write await f() instead of asyncio.run(f())",),
                )
