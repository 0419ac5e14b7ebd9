"""Working notebooks are left in peace."""

from __future__ import annotations

import pytest

from fakes.clean_notebooks import CLEAN
from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic

LOCKED = frozenset({"numpy", "pandas", "scipy", "sklearn", "matplotlib", "polars"})


def findings(source: str) -> tuple[Diagnostic, ...]:
    reading = parse_notebook(source.encode(), "notebook.py")
    assert reading.notebook is not None
    return reading.diagnostics + analyse(reading.notebook, locked=LOCKED).diagnostics


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_notebook_has_no_finding(name: str):
    assert [str(d) for d in findings(CLEAN[name])] == []


@pytest.mark.parametrize("name", CLEAN)
def test_control_the_same_notebook_with_its_first_promoted_cell_untagged_has_one(name: str):
    first = "# %% [setup]" if "# %% [setup]" in CLEAN[name] else "# %% [features]"
    assert findings(CLEAN[name].replace(first, "# %%", 1))
