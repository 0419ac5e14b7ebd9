"""More than twenty leaks as quants really write them: at least nineteen in twenty are told by name, and no clean twin is.

Expressions are refused where they are built. Cells of pandas are read (`nbcode check`), then run as a clean run runs them, with the
look for foresight at its end. Run with ``-s`` to see the table.
"""

from __future__ import annotations

from functools import cache

import pytest

from alpha_bench.errors import AlphaBenchError
from fakes.leak_runs import cells_of, looked
from fakes.seeded_leaks import EXPRESSIONS, NOTEBOOKS, NotebookLeak, market
from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

pytestmark = pytest.mark.long

LEAK_CODES = {"D20", "D29", "D30", "D31", "E18", *(f"E{number}" for number in (23, 24, *range(26, 33)))}
BY_NAME = {leak.name: leak for leak in (*EXPRESSIONS, *NOTEBOOKS)}


def code_of(build) -> str | None:
    """The code with which building is refused, None where it is not."""
    try:
        build()
    except AlphaBenchError as error:
        return error.code
    return None


def read(source: str) -> set[str]:
    """The codes of leaks that reading alone finds; nothing else may be wrong with the notebook."""
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    codes = {d.code.removeprefix("NBC-") for d in analyse(reading.notebook).diagnostics}
    assert codes <= LEAK_CODES, codes
    return codes


def run(source: str) -> set[str]:
    """The codes that the end of a clean run finds."""
    return {d.code.removeprefix("NBC-") for d in looked(cells_of(source), market()).diagnostics}


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
