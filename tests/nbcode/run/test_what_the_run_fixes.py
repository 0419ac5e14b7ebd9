"""What the run fixes although a cell leaves it open: draws that nobody seeded, and settings that decide the last bits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.configuration import Isolation
from nbcode.primitives import Severity
from nbcode.run import RunOutcome, RunStatus

DRAWS = {
    "random": "import random\nx = random.random()",
    "reseeded": "import random\nrandom.seed()\nx = random.random()",
    "numpy": "import numpy as np\nx = float(np.random.rand())",
    "numpy reseeded": "import numpy as np\nnp.random.seed()\nx = float(np.random.rand())",
    "a generator": "import numpy as np\nx = float(np.random.default_rng().random())",
    "the second generator": "import numpy as np\nnp.random.default_rng()\nx = float(np.random.default_rng().random())",
    "RandomState": "import numpy as np\nx = float(np.random.RandomState().rand())",
    "Random": "import random\nx = random.Random().random()",
    "rows of a frame": "import pandas as pd\nx = int(pd.Series(range(10**6)).sample(1).iloc[0])",
    "a split": (
        "from sklearn.model_selection import train_test_split\nx = int(train_test_split(list(range(10**6)))[1][0])"
    ),
    "a distribution": "from scipy.stats import norm\nx = float(norm.rvs())",
}
_NOT_SEEDED = "import os\nx = int.from_bytes(os.urandom(6), 'big')"


def drawn(
    run: Callable[..., RunOutcome], folder: Path, number: int, sources: dict[str, str]
) -> dict[str, float]:
    made = [("features", f"{source}\nfound_{n} = x") for n, source in enumerate(sources.values())]
    names = ", ".join(f"{name!r}: found_{n}" for n, name in enumerate(sources))
    model = "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])"
    outcome = run(*made, ("model", model), ("eval", f"report = {{{names}}}"), isolation=Isolation.PROCESS)
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    figures: dict[str, float] = json.loads((folder / f"runs/run-{number}/out/report.json").read_bytes())[
        "figures"
    ]
    return figures


def test_unseeded_draws_are_the_same_in_two_clean_runs(
    tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    sources = {**DRAWS, "the control": _NOT_SEEDED}
    first, second = (drawn(run_cells, tmp_path, number, sources) for number in (1, 2))
    assert {name for name in sources if first[name] != second[name]} == {"the control"}
    assert len({first[name] for name in ("a generator", "the second generator", "RandomState")}) == 3


def test_a_seed_of_the_cells_own_draws_as_everywhere(
    tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    import random

    import numpy as np

    sources = {
        "random": "import random\nrandom.seed(7)\nx = random.random()",
        "numpy": "import numpy as np\nnp.random.seed(7)\nx = float(np.random.rand())",
        "a generator": "import numpy as np\nx = float(np.random.default_rng(7).random())",
    }
    assert drawn(run_cells, tmp_path, 1, sources) == {
        "random": random.Random(7).random(),
        "numpy": float(np.random.RandomState(7).rand()),
        "a generator": float(np.random.default_rng(7).random()),
    }


@pytest.mark.parametrize(
    "setting",
    [
        "os.environ['OMP_NUM_THREADS'] = '2'",
        "os.environ.update(OMP_NUM_THREADS='2')",
        "os.environ.pop('OMP_NUM_THREADS')",
        "os.environ.clear()",
    ],
)
def test_threads_stay_pinned_and_the_cell_is_named(
    setting: str, run_cells: Callable[..., RunOutcome]
) -> None:
    cell = (
        f"import os\n{setting}\nfrom sklearn.ensemble import HistGradientBoostingRegressor\n"
        "m = HistGradientBoostingRegressor(random_state=0, max_iter=2).fit([[0.0], [1.0]] * 20, [0.0, 1.0] * 20)"
    )
    outcome = run_cells(
        ("model", cell),
        ("eval", "report = {'threads': int(os.environ['OMP_NUM_THREADS'])}"),
        isolation=Isolation.PROCESS,
    )
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    told = [d for d in outcome.diagnostics if d.code == "NBC-H30" and "OMP_NUM_THREADS" in d.message]
    assert [(d.severity, d.place and (d.place.cell, d.place.line)) for d in told] == [(Severity.NOTE, (2, 2))]


def test_a_cell_that_sets_threads_is_named_with_its_line(run_cells: Callable[..., RunOutcome]) -> None:
    sets = "import numpy as np\nfrom threadpoolctl import threadpool_limits\nx = 1\n\nkept = threadpool_limits(2)"
    fit = "from sklearn.linear_model import Ridge\nm = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])"
    cells = [
        ("setup", "import sklearn.linear_model"),
        ("features", sets),
        ("model", fit),
        ("eval", "report = {'a': 1.0}"),
    ]
    outcome = run_cells(*cells, definition_kind="python")
    found = [d for d in outcome.diagnostics if d.code == "NBC-G09"]
    assert found
    assert {(d.place.cell, d.place.tag, d.place.line) for d in found if d.place} == {(3, "features", 5)}
    restored = [*cells[:1], ("features", f"{sets}\nkept.restore_original_limits()"), *cells[2:]]
    assert run_cells(*restored, definition_kind="python").status is RunStatus.FINISHED


def test_cells_await_outside_functions_as_in_a_kernel(run_cells) -> None:
    load = "import asyncio, pandas\nfrom sklearn.linear_model import Ridge\nasync def load():\n    await asyncio.sleep(0)\n    return inputs['prices_csv']\n"
    awaited = (
        "task = asyncio.create_task(load())\nasync with asyncio.Lock():\n    p = await load()\nq = await task"
    )
    model = ("model", "m = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])")
    cells = [("setup", load), ("features", awaited), model]
    outcome = run_cells(*cells, ("eval", "report = {'same': float(p.equals(q))}"), definition_kind="python")
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    failing = run_cells(*cells, ("eval", "asyncio.run(load())\nreport = {}"), definition_kind="python")
    assert [d.code for d in failing.diagnostics if d.severity is Severity.ERROR] == ["NBC-H01"]  # the control
