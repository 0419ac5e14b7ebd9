"""Statements of cells as a kernel runs them: one by one, inside an event loop, with what ``from __future__`` has brought so far."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterable
from types import CodeType, TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from nbcode.primitives import future_flags

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

_Result = TypeVar("_Result")


class Statements:
    """Runs statements in ``namespace``. There is a loop where one of the cells' ``sources`` has something asynchronous: it is made with
    the first statement, and ends with this as a context."""

    def __init__(self, namespace: dict[str, object], sources: Iterable[str]) -> None:
        self._namespace = namespace
        self._awaits = awaits(sources)
        self._loop: AbstractEventLoop | None = None
        self._flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._loop is not None:
            self._loop.close()
            self._loop = None

    def run(self, statement: ast.stmt, file: str) -> None:
        """Run one, compiled as ``file``.

        Raises:
            BaseException: whatever it raises; SyntaxError where Python refuses it.
        """
        self._flags |= future_flags(statement)
        code = compile(ast.Module([statement], []), file, "exec", self._flags, dont_inherit=True)
        if not self._awaits:
            exec(code, self._namespace)  # noqa: S102 - what this is for
            return
        if self._loop is None:
            from asyncio import new_event_loop

            self._loop = new_event_loop()
        within = self._within(code)
        try:
            self._loop.run_until_complete(within)
        finally:
            within.close()  # where the loop refuses to begin

    def run_cell(self, source: str, file: str) -> None:
        """Run every statement of a cell, see :meth:`run`."""
        for statement in ast.parse(source, file).body:
            self.run(statement, file)

    async def _within(self, code: CodeType) -> None:
        found: Any = eval(code, self._namespace)  # noqa: S307 - what this is for
        if code.co_flags & inspect.CO_COROUTINE:
            await found


def awaits(sources: Iterable[str]) -> bool:
    """Whether cells have anything asynchronous in them."""
    return any("await" in source or "async" in source for source in sources)


def beside_a_loop(call: Callable[[], _Result], sources: Iterable[str]) -> _Result:
    """What ``call`` gives where this thread may run a loop already, as a kernel's does: from a thread of its own if the cells
    await."""
    if not awaits(sources):
        return call()
    from concurrent.futures import ThreadPoolExecutor  # with logging and queues: most notebooks await nothing

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(call).result()
