"""More than twenty leaks as quants really write them: at least nineteen in twenty are told by name, and no clean twin is.

Expressions are refused where they are built. Cells of pandas are read (`nbcode check`), then run as a clean run runs them, with the
look for foresight at its end. Run with ``-s`` to see the table.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from functools import cache

import pytest

from alpha_bench.errors import AlphaBenchError
from fakes.seeded_leaks import EXPRESSIONS, NOTEBOOKS, NotebookLeak, market
from nbcode.cells import analyse
from nbcode.leaks.probe import find_leaks
from nbcode.namespace import Code, cell_file
from nbcode.notebook import parse_notebook

LEAK_CODES = {"D20", "D29", "D30", "D31", "E18", "E23", "E24"}
BY_NAME = {leak.name: leak for leak in (*EXPRESSIONS, *NOTEBOOKS)}


def code_of(build) -> str | None:
    """The code with which building is refused, None where it is not."""
    try:
        build()
    except AlphaBenchError as error:
        return error.code
    return None


def cells_of(source: str) -> tuple[Code, ...]:
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None, reading
    return tuple(
        Code(tag=c.tag, index=c.index, file=cell_file(c.index, c.tag), source=c.source)
        for c in reading.notebook.cells
        if c.tag in {"setup", "features", "model", "eval"}
    )


def read(source: str) -> set[str]:
    """The codes of leaks that reading alone finds; nothing else may be wrong with the notebook."""
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    codes = {d.code.removeprefix("NBC-") for d in analyse(reading.notebook).diagnostics}
    assert codes <= LEAK_CODES, codes
    return codes


def begin(namespace: dict, inputs, panel=None) -> None:
    namespace["inputs"] = {name: frame.copy() for name, frame in inputs.items()}


def run(source: str) -> set[str]:
    """The codes that the end of a clean run finds."""
    cells, namespace = cells_of(source), {"__name__": "__main__"}
    begin(namespace, market())
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        for cell in cells:
            exec(compile(cell.source, cell.file, "exec"), namespace)
    assert namespace["report"]["ic"] == namespace["report"]["ic"]
    return {d.code.removeprefix("NBC-") for d in find_leaks(cells, namespace, market(), begin).diagnostics}


@cache
def told(name: str, part: str) -> frozenset[str]:
    """Every code of a leak that is told of the leak, or of its twin."""
    leak = BY_NAME[name]
    if isinstance(leak, NotebookLeak):
        source = leak.source(getattr(leak, part))
        return frozenset(read(source) | run(source))
    code = code_of(getattr(leak, part))
    return frozenset() if code is None else frozenset({code})


@pytest.mark.parametrize("name", [leak.name for leak in EXPRESSIONS])
def test_a_leak_in_an_expression_is_refused_where_it_is_built(name: str) -> None:
    leak = BY_NAME[name]
    assert code_of(leak.leak) == leak.code


@pytest.mark.parametrize("name", [leak.name for leak in EXPRESSIONS])
def test_the_honest_expression_is_not(name: str) -> None:
    assert code_of(BY_NAME[name].twin) is None


@pytest.mark.parametrize("name", [leak.name for leak in NOTEBOOKS])
def test_a_leak_in_cells_of_pandas_is_told_by_its_code(name: str) -> None:
    assert BY_NAME[name].code in told(name, "leak")


@pytest.mark.parametrize("name", [leak.name for leak in NOTEBOOKS])
def test_the_honest_cells_are_left_in_peace(name: str) -> None:
    assert told(name, "twin") == frozenset()


def test_nineteen_of_twenty_leaks_are_caught_and_no_twin_is_flagged() -> None:
    rows = [(n, leak.code, told(n, "leak"), told(n, "twin")) for n, leak in BY_NAME.items()]
    print()
    for name, code, leak, twin in rows:
        print(
            f"{name:52s} {code:4s} {' '.join(sorted(leak)) or '-':14s} twin: {' '.join(sorted(twin)) or '-'}"
        )
    caught = sum(code in leak for _, code, leak, _ in rows)
    print(f"{caught} of {len(rows)} caught, {sum(bool(twin) for *_, twin in rows)} twins flagged")
    assert len(rows) >= 20
    assert caught / len(rows) >= 19 / 20
    assert not any(twin for *_, twin in rows)
