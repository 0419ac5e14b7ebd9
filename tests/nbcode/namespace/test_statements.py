"""Statements run as a kernel runs them: inside a loop where cells await, and with what `from __future__` has brought so far."""

from __future__ import annotations

import asyncio

import pytest

from nbcode.namespace import Statements, beside_a_loop

AWAITS = "import asyncio\nasync def one():\n    await asyncio.sleep(0)\n    return 1\nx = await one()\n"
LOOPS = (
    "async def steps():\n    for n in range(3):\n        yield n\n"
    "seen = [n async for n in steps()]\n"
    "async for n in steps():\n    last = n\n"
    "from contextlib import asynccontextmanager\n"
    "@asynccontextmanager\nasync def held():\n    yield 7\n"
    "async with held() as h:\n    pass\n"
)


def ran(*cells: str) -> dict[str, object]:
    namespace: dict[str, object] = {}
    with Statements(namespace, cells) as statements:
        for number, source in enumerate(cells, 1):
            statements.run_cell(source, f"<cell {number}>")
    return namespace


def test_a_cell_awaits_and_loops_outside_functions() -> None:
    assert ran(AWAITS)["x"] == 1
    left = ran(LOOPS)
    assert (left["seen"], left["last"], left["h"]) == ([0, 1, 2], 2, 7)
    with pytest.raises(SyntaxError, match="await"):
        exec(AWAITS, {})  # the control: plain Python refuses it


def test_a_task_that_one_cell_begins_ends_in_another() -> None:
    begun = "import asyncio\nasync def two():\n    return 2\ntask = asyncio.create_task(two())"
    assert ran(begun, "x = await task")["x"] == 2


def test_what_a_coroutine_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"):
        ran("async def f():\n    return 1 / 0\nawait f()")
    with pytest.raises(SystemExit, match="3"):
        ran("async def f():\n    raise SystemExit(3)\nawait f()")


def test_beside_a_running_loop_cells_that_await_run_in_a_thread() -> None:
    async def in_a_kernel() -> object:
        return beside_a_loop(lambda: ran(AWAITS)["x"], [AWAITS])

    assert asyncio.run(in_a_kernel()) == 1

    async def in_its_own_thread() -> object:
        return ran(AWAITS)["x"]

    with pytest.raises(RuntimeError, match="another loop is running"):
        asyncio.run(in_its_own_thread())  # the control


@pytest.mark.parametrize("above", ["", "import os\n", '"""Text."""\n', "import os; "])
def test_a_future_import_holds_for_what_stands_below_it_wherever_it_stands(above: str) -> None:
    future, function = "from __future__ import annotations\n", "def f(x: Nowhere): pass\n"
    assert "f" in ran(above + future + function)
    assert "f" in ran(above + future, function)
    with pytest.raises(NameError, match="Nowhere"):
        ran(above + "\n" + function + future)
