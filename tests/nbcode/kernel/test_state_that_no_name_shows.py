"""Figures that differ by state the kernel held: an option, an attribute of a class, a kept result. The cell that set it, and the first that
ran on it, are named; where the figures are equal nothing is said."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from fakes.live_kernels import META, LiveKernel
from nbcode.cells import effect_of
from nbcode.primitives import Diagnostic

SETUP = "# %% [setup]\nimport pandas as pd\nimport decimal\nK = 2\nclass Cfg:\n    n = 20\ncfg = Cfg()"
ROWS = "# %% [features]\nrows = [1.25, 2.75]"
LOOK = "# %%\n"


@pytest.fixture(autouse=True)
def _options() -> Iterator[None]:
    yield
    pd.reset_option("display.precision")
    vars(decimal).pop("Custom", None)


def told(
    cells: list[str], folder: Path, *more: int, clean: float = 0.5
) -> tuple[tuple[Diagnostic, ...], ...]:
    """What is said before and after a promote where all ran, then the cells ``more`` by their numbers."""
    path = folder / "n.py"
    path.write_text("\n".join(cells))
    kernel = LiveKernel(path)
    kernel.namespace["__name__"] = "__main__"
    for source in (*cells, *(cells[n - 1] for n in more)):
        kernel.run(source)
    before = kernel.watch.before_promote()
    shown = kernel.watch.shown
    assert shown is not None
    same = kernel.watch.after_promote(shown, shown.figures, None)
    found = kernel.watch.after_promote(shown, {"ic": clean}, None)
    kernel.close()
    assert same == ()
    return before, found


def notebook(look: str, model: str) -> list[str]:
    return [
        META,
        SETUP,
        ROWS,
        LOOK + look,
        f"# %% [model]\nm = {model}",
        '# %% [eval]\nreport = {"ic": m / 7}',
    ]


@pytest.mark.parametrize(
    ("look", "model", "cause"),
    [
        (
            "pd.set_option('display.precision', 1)",
            "round(rows[0], pd.get_option('display.precision'))",
            "In[4], which is not tagged, called `pd.set_option`, and cell 5 [model] uses `pd`",
        ),
        (
            "pd.options.display.precision = 1",
            "round(rows[0], pd.get_option('display.precision'))",
            "In[4], which is not tagged, set `pd.options.display.precision`, and cell 5 [model] uses `pd`",
        ),
        (
            "decimal.getcontext().prec = 28",
            "float(decimal.Decimal(1) / 3)",
            "In[4], which is not tagged, set `decimal.getcontext().prec`, and cell 5 [model] uses `decimal`",
        ),
        (
            "from pandas import set_option\nset_option('display.precision', 1)",
            "round(rows[0], pd.get_option('display.precision'))",
            "In[4], which is not tagged, called `set_option`, and cell 5 [model] uses `pd`",
        ),
    ],
)
def test_what_an_untagged_cell_set_is_the_first_suspect(
    look: str, model: str, cause: str, tmp_path: Path
) -> None:
    before, (found,) = told(notebook(look, model), tmp_path)
    assert before == ()
    assert found.cause == cause
    assert (found.place and found.place.cell, found.place and found.place.tag) == (5, "model")
    assert "restart the kernel and run the tagged cells" in found.fix_titles[0]


def test_a_library_that_is_patched_is_another_one(tmp_path: Path) -> None:
    (before,), _ = told(notebook("decimal.Custom = 3", "float(decimal.Decimal(1))"), tmp_path)
    assert before.cause.endswith("`decimal` was changed by In[4], which is not tagged")
    assert before.fix_titles == ("restart the kernel and run the tagged cells",)  # an import does not undo it


@pytest.mark.parametrize(
    ("look", "model"),
    [
        ("pd.get_option('display.precision')", "round(rows[0], pd.get_option('display.precision'))"),
        ("pd.set_option('display.precision', 1)", "rows[0]"),  # nothing tagged uses it
        ("class Own:\n    a = 1\nOwn.a = 2", "rows[0]"),
    ],
)
def test_what_sets_nothing_that_a_tagged_cell_uses_is_no_suspect(
    look: str, model: str, tmp_path: Path
) -> None:
    _, (found,) = told(notebook(look, model), tmp_path)
    assert "something that no cell names differs; In[4] is not tagged and ran since" in found.cause
    assert found.place is None


def test_an_attribute_of_a_class_is_state_of_its_objects(tmp_path: Path) -> None:
    """``cfg`` is not named by the cell that sets ``Cfg.n``; that it is another is told before the promote."""
    (before,), (found,) = told(notebook("Cfg.n = 90", "cfg.n"), tmp_path)
    cause = "the first cell that differs is 5 [model]: `cfg` was changed by In[4], which is not tagged"
    assert (before.cause, found.cause) == (cause, cause)
    assert before.fix_titles == ("run the tagged cells again from cell 2 [setup]",)
    assert told(notebook("cfg.n, Cfg().n", "cfg.n"), tmp_path, clean=20 / 7) == ((), ())


KEEPS = (
    "# %% [setup]\nfrom functools import lru_cache\nK = 2\n@lru_cache\ndef scaled():\n    return rows[0] * K"
)


def test_a_result_that_a_function_kept_is_told_with_the_cell_that_used_it(tmp_path: Path) -> None:
    draws = "# %% [features]\nrows = [1.25, 2.75]"
    again = "# %% [features]\nrows = [5.0]"
    cells = [META, KEEPS, draws, "# %% [model]\nm = scaled()", '# %% [eval]\nreport = {"ic": m / 7}']
    path = tmp_path / "n.py"
    saved = [*cells[:2], again, *cells[3:]]
    path.write_text("\n".join(saved))
    kernel = LiveKernel(path)
    for source in (*cells, *saved[2:]):
        kernel.run(source)
    assert kernel.watch.before_promote() == ()
    (found,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 10 / 7}, None)
    assert found.cause == "cell 4 [model] called `scaled`, which keeps its results, of before `rows` changed"
    assert found.place is not None
    assert found.place.cell == 4
    for source in ("# %%\nscaled.cache_clear()", *saved[3:]):
        kernel.run(source)
    assert kernel.watch.after_promote(kernel.watch.shown, {"ic": 10 / 7}, None) == ()
    (other,) = kernel.watch.after_promote(kernel.watch.shown, {"ic": 0.5}, None)
    assert "keeps its results" not in other.cause
    kernel.close()


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        ("np.seterr(all='ignore')", {"np.seterr"}),
        ("Cfg.a.b = 1", {"Cfg.a.b"}),
        ("plt.rcParams['x'] = 1", {"plt.rcParams"}),
        ("setattr(knobs, 'W', 3)", {"knobs.W"}),
        ("os.environ['A'] = 'b'", {"os.environ"}),
        ("x = 1\ny[0] = 2\npd.concat([a])\nnp.random.seed(3)\nself.x = 1", set()),
    ],
)
def test_what_a_source_sets(source: str, settings: set[str]) -> None:
    effect = effect_of(source)
    assert effect is not None
    assert {one.written for one in effect.settings} == settings
