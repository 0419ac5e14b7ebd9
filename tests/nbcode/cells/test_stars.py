"""A star of a library is what it is in the kernel: its names are the cells', where they can be known without importing it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nbcode.cells import Analysis, ModuleContext, Signatures, analyse
from nbcode.environment import installed_signatures
from nbcode.environment._signatures import starred_names
from nbcode.notebook import parse_notebook

META = "# %% [meta]\n# id: starred\n# kind: signal\n# horizon: 1d\n# owner: me\n# signal: s\n# inputs:\n#   px: px.csv\n# report: {x: x}\n"
BODY = "s = Series(log(arange(1., 9.)), index=date_range('2020-01-01', periods=8))\nx = float(where(s > 1, 1, 0).sum())\n"


def analysed(*cells: str, names: bool = True) -> Analysis:
    text = META + "".join(f"# %% [features]\n{source}" for source in cells)
    notebook = parse_notebook(text.encode(), "n.py").notebook
    assert notebook is not None
    known = Signatures(
        parameters=lambda _dotted: None, names=starred_names if names else lambda _dotted: None, certain=True
    )
    return analyse(notebook, ModuleContext(signatures=known))


def codes(found: Analysis) -> list[str]:
    return [d.code for d in found.diagnostics]


def test_the_names_of_stars_are_the_cells_own() -> None:
    found = analysed("from numpy import *\nfrom pandas import *\n", BODY)
    assert codes(found) == []
    assert found.graph is not None
    setup, features = found.graph.tagged
    assert setup.defs == {"Series", "arange", "date_range", "log", "where"}
    assert setup.defs <= features.refs
    assert not found.graph.reads_panel  # `where` is numpy's here
    assert "names that cell 2 brings from a text or a star" in found.unseen


def test_a_file_that_a_starred_name_opens_is_seen() -> None:
    read = "s = read_csv('px.csv')\nx = read_csv('other.csv')\n"
    found = analysed("from pandas import *\n", read)
    assert [(d.code, d.place and d.place.cell, d.place and d.place.line) for d in found.diagnostics] == [
        ("NBC-D12", 3, 3)
    ]


def test_an_optional_part_of_a_library_that_a_star_brings_is_locked() -> None:
    graph = analysed("from pandas import *\n", "s = HDFStore('px.csv')\nx = 1.0\n").graph
    assert graph is not None
    assert "tables" in graph.imports
    control = analysed("from pandas import *\n", BODY).graph
    assert control is not None
    assert "tables" not in control.imports


def test_a_name_that_two_stars_of_two_cells_bring_is_told_and_of_one_cell_not() -> None:
    uses = "s = Series(unique([1, 2]))\nx = 1.0\n"
    apart = analysed("from numpy import *\n", "from pandas import *\n", uses)
    (told,) = apart.diagnostics
    assert (told.code, told.place and told.place.cell) == ("NBC-D07", 3)
    assert told.message == "`unique` comes from numpy in cell 2 and from pandas here"
    mended = analysed("from numpy import *\n", "from pandas import *\nfrom pandas import unique\n", uses)
    assert codes(mended) == []
    assert codes(analysed("from numpy import *\nfrom pandas import *\n", uses)) == []
    assert codes(analysed("from numpy import *\n", "from pandas import *\n", BODY)) == []


def test_where_a_stars_names_are_not_known_a_name_of_the_platforms_may_be_its_own() -> None:
    ranked = "s = rank(data.close)\nx = 1.0\n"
    (told,) = analysed("from some_library import *\n", ranked, names=False).diagnostics
    assert (told.code, told.message) == ("NBC-D07", "`from some_library import *` may bring another `data`")
    assert codes(analysed("from some_library import *\n", "s = anything\nx = 1.0\n", names=False)) == []


def test_where_no_installation_is_known_no_star_is() -> None:
    notebook = parse_notebook((META + f"# %% [model]\nfrom numpy import *\n{BODY}").encode(), "n.py").notebook
    assert notebook is not None
    assert "NBC-D07" in [d.code for d in analyse(notebook).diagnostics]  # `where` may be numpy's


@pytest.mark.parametrize(
    "module", ["pandas", "math", "itertools", "random", "sklearn.linear_model", "polars"]
)
def test_the_names_that_are_read_from_a_source_are_those_that_a_star_brings(module: str) -> None:
    namespace: dict[str, object] = {}
    exec(f"from {module} import *", namespace)
    assert starred_names(module) == namespace.keys() - {"__builtins__"}


def test_the_names_of_numpy_are_those_of_its_stub() -> None:
    import numpy as np

    found = starred_names("numpy")
    assert found is not None
    assert frozenset(np.__all__) <= found | {"float96", "complex192", "float128", "complex256"}


@pytest.mark.parametrize("module", ["os", "scipy.stats", "matplotlib.pylab", "no_such_module_"])
def test_names_that_are_computed_are_not_known(module: str) -> None:
    assert starred_names(module) is None


def test_no_library_is_imported_for_it() -> None:
    code = (
        "import sys\nfrom nbcode.environment._signatures import starred_names\n"
        "assert starred_names('numpy') and starred_names('pandas')\n"
        "print(sorted({'numpy', 'pandas'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_installed_signatures_know_them(tmp_path) -> None:
    assert installed_signatures(tmp_path).names("math") == starred_names("math")
