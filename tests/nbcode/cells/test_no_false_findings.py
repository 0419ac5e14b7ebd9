"""What looks like a finding and is none: guards of the rules on names, and the near twin that each must not hide."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

HEAD = "# %% [meta]\n# id: xsmom_v3\n# kind: model\n# horizon: 10d\n# owner: me\n"
NAMES = ("D04", "D05", "D22", "D24", "D25", "D26")


def found(*cells: str) -> list[tuple[str, str]]:
    """Code and name of each finding on names; cells are ``tag: source``, untagged ones ``: source``."""
    body = "".join(
        f"# %% [{tag}]\n{source}\n" if tag else f"# %%\n{source}\n"
        for tag, _, source in (cell.partition(": ") for cell in cells)
    )
    reading = parse_notebook((HEAD + body).encode(), "notebook.py")
    assert reading.notebook is not None
    told = analyse(reading.notebook).diagnostics
    return [(d.code[-3:], d.message.split("`")[1]) for d in told if d.code[-3:] in NAMES]


def test_what_is_bound_anew_after_an_exploratory_change_is_not_told_as_changed():
    assert found("setup: q = 1", ": q = 2", "features: q = 3", "model: m = q") == []
    assert found("setup: q = 1", ": q = 2", "features: n = 3", "model: m = q") == [("D26", "q")]


def test_an_option_of_an_imported_module_may_be_set():
    setting = "pd.options.mode.copy_on_write = True"
    assert found("setup: import pandas as pd", f"features: {setting}", "model: m = pd") == []
    assert found("setup: pd = object()", f"features: {setting}", "model: m = pd") == [("D24", "pd")]


def test_an_exploratory_cell_may_set_an_option_of_an_imported_module_and_change_what_is_not_read_later():
    assert (
        found("setup: import pandas as pd", ": pd.options.mode.copy_on_write = True", "model: m = pd") == []
    )
    assert found("setup: q = []", "features: n = q", ": q.append(1)", "model: m = n") == []


@pytest.mark.parametrize("change", ['q.pop("a")', "q.popitem()", 'q.setdefault("a", 1)'])
def test_what_takes_from_a_dict_or_fills_it_changes_it_also_where_its_value_is_used(change: str):
    assert found("setup: q = {'a': 1}", f"features: n = {change}", "model: m = n") == [("D24", "q")]
    assert found("setup: q = {'a': 1}", f"features: q = dict(q)\nn = {change}", "model: m = n") == []


def test_a_name_that_an_except_clause_borrows_is_taken_to_be_there_afterwards():
    """Python deletes it only when the handler runs; the clean run tells that, and a warning at each `except` would be false."""
    handler = "try:\n    n = 1\nexcept OSError as e:\n    n = 2"
    assert found("setup: e = 1", f"features: {handler}", "model: m = e") == []
    assert found(f"features: {handler}", "model: m = e") == [("D05", "e")]


def test_methods_do_not_see_the_names_of_their_class():
    assert found("setup: q = 1", "model: class A:\n    q = 2\n    def f(self): return q\nm = A().f()") == []
    assert found("model: class A:\n    q = 2\n    def f(self): return q\nm = A().f()") == [("D05", "q")]


def test_a_deferred_read_of_what_comes_later_in_the_notebook_is_no_finding():
    assert found("setup: def f(): return q", "features: q = 1", "model: m = f()") == []
    assert found("setup: def f(): return q", "features: n = f()\nq = 1", "model: m = n") == [("D22", "q")]
