"""Every numbered row of sections A to D, by one table."""

from __future__ import annotations

import re

import pytest

from fakes.bad_inputs import ELSEWHERE, SECTION_A, SECTION_B, SECTION_C, SECTION_D, Row, ipynb, percent
from nbcode.cells import ModuleContext, analyse
from nbcode.notebook import Bounds, parse_notebook
from nbcode.primitives import Diagnostic, Severity

ROWS = (*SECTION_A, *SECTION_B, *SECTION_C, *SECTION_D)
NOT_STOPPING = {"A03", "B12", "B13", "B16", "D10", "D23", "D24", "D26"}


def findings(row: Row) -> tuple[Diagnostic, ...]:
    bounds = Bounds(**{k: v for k, v in row.options.items() if k not in {"locked", "beside"}})
    reading = parse_notebook(row.data(), row.name, bounds)
    if reading.notebook is None:
        return reading.diagnostics
    options = {k: v for k, v in row.options.items() if k in {"locked", "beside"}}
    return (*reading.diagnostics, *analyse(reading.notebook, ModuleContext(**options)).diagnostics)


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}-{row.code}-{row.number}" for n, row in enumerate(ROWS)])
def test_a_bad_input_has_its_code_and_place(row: Row):
    found = findings(row)
    right = [d for d in found if d.code == f"NBC-{row.code}"]
    assert right, [str(d) for d in found]
    shown = right[0]
    assert shown.fixes
    assert shown.cause
    assert len(str(shown)) < 800
    if row.cell is not None:
        assert row.cell in {d.place.cell for d in right}
    if row.line is not None:
        assert row.line in {d.place.line for d in right}
    if row.says:
        assert any(re.search(row.says, str(d)) or row.says in str(d) for d in right), [str(d) for d in right]


def test_every_row_of_the_four_sections_is_covered():
    numbers = {row.number for row in ROWS} | ELSEWHERE.keys()
    assert set(range(1, 80)) - numbers == set()


@pytest.mark.parametrize(("data", "name"), [(ipynb(), "n.ipynb"), (percent(), "n.py")])
def test_the_good_notebook_that_the_rows_are_made_from_has_no_finding(data: bytes, name: str):
    assert findings(Row(0, "", lambda: data, name=name)) == ()


def test_a_finding_of_another_code_alone_does_not_stop_a_good_notebook():
    for row in ROWS:
        if row.code in NOT_STOPPING:
            right = [d for d in findings(row) if d.code == f"NBC-{row.code}"]
            assert all(d.severity is not Severity.ERROR for d in right), row.code


def test_a_secret_is_never_shown():
    for row in ROWS:
        if row.code == "C16":
            assert not any(
                "ABCDEFGHIJ" in str(d) or "hunter22" in str(d) or "a1a1a1" in str(d) for d in findings(row)
            )
