"""Notebook, Python and YAML: one definition, one digest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from alpha_bench import Ridge, features, fwd_ret, walk_forward
from alpha_bench.describe import AlphaBenchError, build_yaml, definition_digest, describe
from nbcode.cells import analyse
from nbcode.definition import describe_cells
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
    found = describe_cells(graph, python=Path(sys.executable)).definition
    assert found is not None
    m = Ridge(alpha=2.0).fit(X=[features.ret(20), features.turnover(20)], y=fwd_ret(10))
    for form in (walk_forward(m, folds=12, embargo=5), build_yaml(YAML)):
        assert (found.plain, found.digest) == (describe(form), definition_digest(form))
    assert definition_digest(build_yaml(YAML.replace("2.0", "3.0"))) != found.digest  # the control


def test_what_is_no_definition_is_told() -> None:
    with pytest.raises(AlphaBenchError, match="a int is not a definition"):
        describe(3)
