"""A definition is told by alpha_bench's own functions: cells that put others in their place are refused, with the cell and the line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from nbcode.cells import analyse
from nbcode.definition import DescribeResult, describe_cells
from nbcode.definition._confined import strongest
from nbcode.notebook import parse_notebook
from nbcode.results import Originals

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n"


def described(setup: str, eval_: str = "report = walk_forward(m)") -> DescribeResult:
    text = (
        f"{META}# %% [setup]\n{setup}\n# %% [model]\nm = Ridge().fit(X=[features.ret(5)], y=fwd_ret_10d)\n"
        f"# %% [eval]\n{eval_}\n"
    )
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return describe_cells(graph, python=Path(sys.executable), launch=strongest())


REPLACED = {
    "a method": (
        "import alpha_bench.definitions as d\nd.ModelDefinition.to_plain = lambda self: {}",
        2,
        "to_plain",
    ),
    "by setattr": (
        "import alpha_bench.definitions as d\nx = 1\nsetattr(d.ModelDefinition, 'to_plain', lambda self: {})",
        3,
        "to_plain",
    ),
    "with one of alpha_bench's own": (
        "import alpha_bench.definitions as d\nd.ModelDefinition.to_plain = d.EvaluationDefinition.to_plain",
        2,
        "to_plain",
    ),
    "its code": (
        "import alpha_bench.definitions as d\ndef f(self): return {}\nd.ModelDefinition.to_plain.__code__ = f.__code__",
        3,
        "to_plain",
    ),
    "a function of the door": (
        "import sys, alpha_bench.describe\nsys.modules['alpha_bench.describe'].describe = lambda value: {}",
        2,
        "describe",
    ),
    "a function of nbcode": (
        "import sys\nsys.modules['nbcode.results.kinds'].plain_of = lambda value: {}",
        2,
        "plain_of",
    ),
    "one that is gone": (
        "import alpha_bench.definitions as d\ndel d.ModelDefinition.to_plain",
        2,
        "to_plain",
    ),
}


@pytest.mark.parametrize("how", REPLACED)
def test_a_replaced_function_is_refused_with_cell_and_line(how: str) -> None:
    setup, line, name = REPLACED[how]
    result = described(setup)
    assert result.definition is None
    (found,) = result.diagnostics
    assert (found.code, found.message.endswith(f".{name}")) == ("NBC-H27", True), found
    assert found.place is not None
    assert (found.place.cell, found.place.tag, found.place.line) == (2, "setup", 1 + line)  # below the marker
    assert found.fix_titles


HARMLESS = [
    "import alpha_bench.definitions as d\nplain = d.ModelDefinition.to_plain",
    "import alpha_bench as ab, alpha_bench.reporting, alpha_bench.fitting, alpha_bench.evaluation",
    "import json\njson.dumps = None",
    "@feature(inputs=[data.close], window=5)\ndef own(close):\n    return close",
    "class Ridge2:\n    def to_plain(self): return {}",
]


@pytest.mark.parametrize("setup", HARMLESS)
def test_cells_that_leave_them_alone_are_described(setup: str) -> None:
    """The control."""
    definition = described(setup).definition
    assert definition is not None
    assert definition.kind == "declarative"


def test_plain_cells_may_do_as_they_like() -> None:
    """Nothing of them is told by these functions. Control: cells that compute nothing may not, be it as harmless."""
    setup = "import alpha_bench.definitions as d\nold = d.ModelDefinition.to_plain\nd.ModelDefinition.to_plain = lambda self: old(self)"
    assert described(setup).definition is None
    definition = described(setup, "report = walk_forward(m)\nx = float(report.ic_mean)").definition
    assert definition is not None
    assert definition.kind == "python"


LYING = """report = walk_forward(m)
class Lying:
    def to_plain(self):
        return {**report.definition.to_plain(), "features": []}
m = report = Lying()"""


def test_what_a_class_of_the_cells_tells_of_itself_is_no_definition() -> None:
    (found,) = described("x = 1", LYING).diagnostics
    assert (found.code, "`m` is a Lying") == ("NBC-D15", found.message)


def test_what_was_loaded_since_is_no_replacement() -> None:
    for name in [one for one in sys.modules if one.startswith("alpha_bench.reporting")]:
        del sys.modules[name]
    before = Originals()
    import alpha_bench.reporting  # noqa: F401

    assert before.replaced() is None
