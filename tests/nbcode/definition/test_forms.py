"""Notebook, Python and YAML: one definition, one digest."""

from __future__ import annotations

import sys
from pathlib import Path

from alpha_bench import Ridge, features, fwd_ret, walk_forward
from nbcode.cells import analyse
from nbcode.definition import definition_from_python, definition_from_yaml, describe_cells
from nbcode.notebook import parse_notebook

NOTEBOOK = """\
# %% [meta]
# id: a_model
# kind: model
# horizon: 10d
# owner: me
# %% [features]
ret_20 = features.ret(window=20)
turn = features.turnover(20)
# %% [model]
m = Ridge(alpha=2.0).fit(X=[ret_20, turn], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="12")
"""
YAML = """\
features:
  - ret(window=20)
  - turnover(20)
label: fwd_ret_10d
model: Ridge(alpha=2.0)
evaluation: {folds: 12, embargo: 5d, window: expanding}
"""


def test_the_three_forms_give_one_definition() -> None:
    notebook = parse_notebook(NOTEBOOK.encode(), "n.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    from_notebook = describe_cells(graph, python=Path(sys.executable))
    m = Ridge(alpha=2.0).fit(X=[features.ret(20), features.turnover(20)], y=fwd_ret(10))
    from_python = definition_from_python(walk_forward(m, folds=12, embargo=5))
    assert from_notebook.definition is not None
    assert from_notebook == from_python == definition_from_yaml(YAML)
    assert definition_from_yaml(YAML.replace("2.0", "3.0")) != from_python  # the control


def test_a_mistake_in_yaml_has_its_line() -> None:
    result = definition_from_yaml(YAML.replace("label:", "lable:"))
    (diagnostic,) = result.diagnostics
    assert result.definition is None
    assert diagnostic.place is not None
    assert diagnostic.place.line == 4


def test_what_is_no_definition_is_told() -> None:
    (diagnostic,) = definition_from_python(3).diagnostics
    assert diagnostic.code == "NBC-R34"
