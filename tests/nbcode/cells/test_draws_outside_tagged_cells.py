"""D26 of random numbers: a cell that is not tagged draws from, or seeds, the generator that tagged cells below draw from."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook

META = (
    "# %% [meta]\n# id: probe\n# kind: model\n# horizon: 10d\n# owner: me\n# model: est\n# report: {n: 1}\n"
)
SETUP = "# %% [setup]\nimport random\nimport numpy as np\nfrom sklearn.cluster import KMeans\n"


def told(*cells: str) -> list[tuple[str, int | None, int | None]]:
    """Severity, cell and line of each D26; the first cell of ``cells`` is 3."""
    reading = parse_notebook(f"{META}{SETUP}{chr(10).join(cells)}\n".encode(), "n.py")
    assert reading.notebook is not None
    return [
        (str(d.severity), d.place.cell if d.place else None, d.place.line if d.place else None)
        for d in analyse(reading.notebook).diagnostics
        if d.code == "NBC-D26"
    ]


SEED = "# %% [setup]\nnp.random.seed(1)\nrandom.seed(1)"
USES = [
    ("np.random.rand(3)", "np.random.normal()"),
    ("df.sample(n=3)", "np.random.normal()"),
    ("KMeans(3).fit(df)", "np.random.normal()"),
    ("np.random.shuffle(x)", "KMeans(3).fit(df)"),
    ("random.random()", "random.choice(x)"),
    ("from numpy.random import rand\nrand(3)", "np.random.normal()"),
    ("def look():\n    return np.random.rand()\nlook()", "def draw():\n    return np.random.rand()\ndraw()"),
]


@pytest.mark.parametrize(("outside", "inside"), USES)
def test_a_draw_between_a_seed_and_a_tagged_draw_is_told(outside: str, inside: str) -> None:
    found = told(SEED, f"# %%\n{outside}", f"# %% [features]\n{inside}")
    assert found == [("warning", 4, outside.count("\n") + 2)]


@pytest.mark.parametrize(("outside", "inside"), USES)
def test_a_draw_before_a_seed_after_the_draws_or_of_another_generator_is_not_told(
    outside: str, inside: str
) -> None:
    """The control of each: nothing of the tagged cells' figures hangs on it."""
    assert told(f"# %%\n{outside}", SEED, f"# %% [features]\n{inside}") == []
    assert told(SEED, f"# %% [features]\n{inside}", f"# %%\n{outside}") == []
    other = "random.random()" if "np." in inside or "KMeans" in inside else "np.random.rand()"
    assert told(SEED, f"# %%\n{other}", f"# %% [features]\n{inside}") == []
    own = "import numpy\nrng = numpy.random.default_rng(3)\nrng.normal()"
    assert told(SEED, f"# %%\n{own}", f"# %% [features]\n{inside}") == []


def test_a_seed_outside_the_tagged_cells_is_told_and_overrides_what_was_drawn_before_it() -> None:
    cells = ("# %%\nnp.random.rand()", "# %%\nnp.random.seed(3)", "# %% [features]\nx = np.random.rand()")
    assert told(*cells) == [("warning", 4, 2)]
    reading = parse_notebook(f"{META}{SETUP}{chr(10).join(cells)}\n".encode(), "n.py").notebook
    assert reading is not None
    (found,) = (d for d in analyse(reading).diagnostics if d.code == "NBC-D26")
    assert found.message == "`numpy.random` is seeded outside the tagged cells"
    assert found.fix_titles == ("tag cell 4 [setup]", "write np.random.seed(0) at the top of cell 5")
    assert told(cells[0], cells[1].replace("# %%", "# %% [setup]"), cells[2]) == []  # as the fix says
    typed = cells[2].replace("\n", "\nnp.random.seed(0)\n")
    assert told(cells[0], cells[1], typed) == []


def test_without_any_seed_it_is_a_note() -> None:
    assert told("# %%\nnp.random.rand()", "# %% [features]\nx = np.random.rand()") == [("note", 3, 2)]


def test_a_function_that_only_stands_there_draws_nothing() -> None:
    look = "# %%\ndef look():\n    return np.random.rand()"
    assert told(SEED, look, "# %% [features]\nx = np.random.rand()") == []
    assert told(SEED, look, "# %%\nlook()", "# %% [features]\nx = np.random.rand()") == [("warning", 5, 2)]
