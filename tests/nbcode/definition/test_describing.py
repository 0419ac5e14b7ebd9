"""Cells to a definition, through real children."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from alpha_bench.describe import build, definition_digest
from fakes.patience import with_time_to_begin
from nbcode.cells import CellGraph, analyse
from nbcode.definition import DescribeResult, describe_cells
from nbcode.notebook import parse_notebook

META = "# %% [meta]\n# id: a_model\n# kind: model\n# horizon: 10d\n# owner: me\n"
SEED = (
    META
    + """# %% [features]
ret_20 = features.ret(window=20)
# %% [model]
m = Ridge().fit(X=[ret_20], y=fwd_ret_10d)
# %% [eval]
report = walk_forward(m, embargo="5d", folds="12")
"""
)
FITTED_BEFORE = """\
from sklearn.linear_model import Ridge as R
fitted = R().fit([[0.0], [1.0]], [0.0, 1.0])
m = estimator(fitted).fit(X=[features.ret(5)], y=fwd_ret_10d)
"""
CLASS_OF_A_FUNCTION = """\
from sklearn.linear_model import Ridge as R
from sklearn.pipeline import make_pipeline
def step():
    class Same:
        def fit(self, rows, y=None): return self
        def transform(self, rows): return rows
    return Same()
m = make_pipeline(step(), R())
"""


def graph_of(text: str) -> CellGraph:
    notebook = parse_notebook(text.encode(), "notebook.py").notebook
    assert notebook is not None
    graph = analyse(notebook).graph
    assert graph is not None
    return graph


def described(text: str, *, cpu_s: float = 30, memory_bytes: int = 4 * 10**9) -> DescribeResult:
    return describe_cells(graph_of(text), python=Path(sys.executable), cpu_s=cpu_s, memory_bytes=memory_bytes)


def with_model(code: str, *, inputs: str = "") -> str:
    return f'{META}{inputs}# %% [model]\n{code}\n# %% [eval]\nreport = {{"x": 1.0}}\n'


def the_problem(result: DescribeResult) -> tuple[str, int | None, int | None]:
    assert result.definition is None
    (diagnostic,) = result.diagnostics
    assert diagnostic.fixes
    assert diagnostic.place is not None
    return diagnostic.code, diagnostic.place.cell, diagnostic.place.line


def test_the_definition_is_what_the_door_describes() -> None:
    definition = described(SEED).definition
    assert definition is not None
    assert definition.kind == "declarative"
    assert isinstance(definition.plain, dict)
    assert definition.digest == definition_digest(build(definition.plain))


def test_how_the_cells_are_written_does_not_matter() -> None:
    other = SEED.replace("window=20", "20").replace('folds="12"', "folds=12").replace("ret_20", "r")
    assert described(other).definition == described(SEED).definition
    changed = SEED.replace("window=20", "21")
    assert described(changed).definition != described(SEED).definition  # the control


@pytest.mark.parametrize(
    "code",
    [
        "import asyncio\nawait asyncio.sleep(0)\n",
        "async def word():\n    return features\nfeatures = await word()\n",
        "import asyncio\nasync def none():\n    pass\ntask = asyncio.create_task(none())\n",
    ],
)
def test_cells_that_await_define_what_they_define(code: str) -> None:
    told = described(SEED.replace("# %% [features]\n", f"# %% [features]\n{code}"))
    assert told.definition == described(SEED).definition
    failing = described(SEED.replace("# %% [features]\n", "# %% [features]\nawait 1\n"))
    assert the_problem(failing) == ("NBC-H01", 2, 2)  # the control


def test_a_value_that_is_awaited_makes_the_notebook_plain_python() -> None:
    code = 'async def load():\n    return inputs["prices"]\nx = await load()\nfrom sklearn.linear_model import Ridge as R\nm = R()'
    told = described(with_model(code, inputs='# inputs: {prices: "prices.csv"}\n'))
    assert told.definition is not None
    assert told.definition.kind == "python"


def test_what_cells_print_does_not_reach_the_answer() -> None:
    noisy = SEED.replace("# %% [model]\n", "# %% [model]\nimport os\nprint('{}')\nos.write(1, b'[]')\n")
    assert described(noisy) == described(SEED)


@pytest.mark.parametrize(
    "code",
    [
        'x = inputs["prices"]\nm = 1 + x',
        "frame = data.close.to_frame()\nm = frame",
        "from sklearn.linear_model import Ridge as R\nm = R(alpha=2.0)",
        'try:\n    x = inputs["prices"]\nexcept KeyError:\n    x = None\nm = x.foo',
        'def load():\n    return inputs["prices"]\ntry:\n    x = load()\nexcept Exception as e:\n    raise RuntimeError("mine") from e\nm = x',
    ],
)
def test_cells_that_ask_for_values_are_plain_python(code: str) -> None:
    result = described(with_model(code, inputs='# inputs: {prices: "prices.csv"}\n'))
    assert result.diagnostics == ()
    assert result.definition is not None
    assert result.definition.kind == "python"
    assert result.definition.plain == {"kind": "python", "model": "m", "report": "report"}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("m = None", "NBC-D15"),
        ("m = Ridge", "NBC-D15"),
        ("m = Ridge()", "NBC-D15"),
        ("from sklearn.linear_model import Ridge as R\nm = R", "NBC-D15"),
        (FITTED_BEFORE, "NBC-D17"),
        ('X = inputs["prices"]\n' + CLASS_OF_A_FUNCTION.replace("m = ", "pipe = ") + "m = pipe", "NBC-D16"),
        (CLASS_OF_A_FUNCTION, "NBC-D16"),
        ('X = inputs["prices"]\n' + CLASS_OF_A_FUNCTION, "NBC-D16"),
    ],
)
def test_a_model_that_cannot_be_kept_is_refused_before_the_run(code: str, expected: str) -> None:
    result = described(with_model(code, inputs='# inputs: {prices: "prices.csv"}\n'))
    assert [d.code for d in result.diagnostics] == [expected]
    place = result.diagnostics[0].place
    assert place is not None
    assert (place.cell, place.tag) == (2, "model")


def test_an_error_in_a_cell_has_cell_and_line_and_the_frames_of_the_cells_alone() -> None:
    text = SEED.replace(
        "ret_20 = features.ret(window=20)", "def half(n):\n    return 1 / (n - 1)\n\nret_20 = half(1)"
    )
    result = described(text)
    assert the_problem(result) == ("NBC-H01", 2, 3)
    (diagnostic,) = result.diagnostics
    assert "ZeroDivisionError" in diagnostic.message
    assert diagnostic.cause == "division by zero"
    assert [(r.place.cell, r.place.line) for r in diagnostic.related] == [(2, 5)]


def test_a_research_error_keeps_its_code_and_its_way_out() -> None:
    result = described(SEED.replace("[ret_20]", "[ret_20, fwd_ret_10d]"))
    assert the_problem(result) == ("NBC-R31", 3, 2)


def test_an_undeclared_input_is_named_with_the_nearest() -> None:
    result = described(with_model('x = inputs["price"]\nm = 1', inputs='# inputs: {prices: "prices.csv"}\n'))
    assert the_problem(result)[1:] == (2, 2)
    assert "prices" in result.diagnostics[0].fix_titles[0]


def test_a_model_that_nothing_evaluates_is_h08() -> None:
    text = SEED.replace("report =", "other =")
    assert [d.code for d in described(text).diagnostics] == ["NBC-H08"]


def test_an_evaluation_or_a_model_of_another_name_is_named() -> None:
    (report,) = described(SEED.replace("report =", "rep =")).diagnostics
    assert (report.code, report.fix_titles) == ("NBC-H08", ("write # report: rep in [meta]",))
    (model,) = described(SEED.replace("m =", "model =").replace("(m,", "(model,")).diagnostics
    assert (model.code, model.fix_titles) == ("NBC-D15", ("write # model: model in [meta]",))


@pytest.mark.parametrize(
    "code", ["print(report.ic_mean)", "report['icir']", "report.figures", "len(report.folds)"]
)
def test_what_only_shows_a_figure_leaves_the_notebook_declarative(code: str) -> None:
    definition = described(SEED + code + "\n").definition
    assert definition is not None
    assert definition == described(SEED).definition


@pytest.mark.parametrize(
    "code", ["x = report.ic_mean", "assert report.ic_mean > 0", "kept = []\nkept.append(report.ic_mean)"]
)
def test_what_does_more_with_a_figure_makes_it_plain_python(code: str) -> None:
    definition = described(SEED + code + "\n").definition
    assert definition is not None
    assert definition.kind == "python"


def test_a_report_on_another_model_is_refused() -> None:
    text = SEED.replace(
        "report = walk_forward(m",
        "n = Ridge(alpha=9).fit(X=[ret_20], y=fwd_ret_10d)\nreport = walk_forward(n",
    )
    assert [d.code for d in described(text).diagnostics] == ["NBC-D15"]


def test_a_loop_without_end_is_ended() -> None:
    text = SEED.replace("ret_20 = ", "while True: pass\nret_20 = ")
    result = with_time_to_begin(
        lambda limit_s: described(text, cpu_s=limit_s), lambda found: the_problem(found)[1] == 2
    )
    assert the_problem(result) == ("NBC-H03", 2, 2)


def computing(statement: str) -> DescribeResult:
    """What is told of a ``statement`` that computes for long, with a limit in which it begins."""
    text = SEED.replace("ret_20 = ", f"{statement}\nret_20 = ")
    return with_time_to_begin(
        lambda limit_s: described(text, cpu_s=limit_s),
        lambda found: "computed" in found.diagnostics[0].message,
    )


def test_a_loop_is_ended_by_what_it_computed_and_waiting_and_imports_are_free() -> None:
    loop = computing("while True: pass")
    assert the_problem(loop)[0] == "NBC-H03"
    assert "computed for more than" in loop.diagnostics[0].message
    waits = with_time_to_begin(
        lambda limit_s: described(
            SEED.replace("ret_20 = ", "import time; time.sleep(1.5)\nret_20 = "), cpu_s=limit_s
        ),
        lambda found: found.definition is not None,
    )
    assert waits.definition is not None
    slow = "import sys; sys.path.insert(0, '.'); open('slow_to_load.py', 'w').write('s = sum(range(10**8))')\nimport slow_to_load\n"
    loads = with_time_to_begin(
        lambda limit_s: described(SEED.replace("ret_20 = ", f"{slow}ret_20 = "), cpu_s=limit_s),
        lambda found: found.definition is not None,
    )
    assert loads.definition is not None
    same_work = computing("s = sum(range(10**9))")  # the control: outside an import it counts
    assert "computed for more than" in same_work.diagnostics[0].message


@pytest.mark.parametrize(
    "code", ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"]
)
def test_cells_that_end_their_process_have_not_described_anything(code: str) -> None:
    result = described(SEED.replace("ret_20 = ", f"{code}\nret_20 = "))
    assert the_problem(result) == ("NBC-H01", 2, 2)


@pytest.mark.parametrize("code", ["raise SystemExit(0)", "raise KeyboardInterrupt", "import sys; sys.exit()"])
def test_cells_that_leave_early_are_told_where(code: str) -> None:
    assert the_problem(described(SEED.replace("ret_20 = ", f"{code}\nret_20 = "))) == ("NBC-H01", 2, 2)


def test_memory_is_bounded() -> None:
    text = SEED.replace("ret_20 = ", "x = bytearray(3 * 10**9)\nret_20 = ")
    result = described(text, memory_bytes=10**9)
    assert the_problem(result) == ("NBC-H02", 2, 2)


def test_describing_a_declarative_notebook_imports_nothing_large() -> None:
    code = (
        "import sys\n"
        "from nbcode.definition._child import respond\n"
        "from nbcode.definition.wire import CellSource, DescribeRequest\n"
        f"cells = tuple(CellSource(index=i, tag='model', source=s) for i, s in enumerate({SEED.split('# %%')[2:]!r}))\n"
        "question = DescribeRequest(cells=tuple(CellSource(index=c.index, tag=c.tag, source='#' + c.source) for c in cells),\n"
        "    label_names=('fwd_ret_10d',), input_names=(), memory_bytes=0)\n"
        "assert respond(question).kind == 'declarative'\n"
        "large = {'numpy', 'pandas', 'numba', 'pyarrow', 'sklearn', 'nbcode.cells', 'nbcode.notebook'}\n"
        "print(sorted(large & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_cell_cannot_write_the_answer_itself() -> None:
    """Descriptors are scanned: even where a cell finds the answer's descriptor, what it writes makes it no answer."""
    forged = (
        "import os\n"
        "for n in range(3, 64):\n"
        "    try:\n"
        '        os.write(n, b\'{"kind": "python", "diagnostics": []}\')\n'
        "    except OSError:\n"
        "        pass\n"
        "os._exit(0)\n"
    )
    result = described(SEED.replace("ret_20 = ", forged + "ret_20 = "))
    # A forger can only claim what its own notebook is: the clean run computes the definition anew and compares.
    assert result.definition is None or result.definition.kind == "python"
