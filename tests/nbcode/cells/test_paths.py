"""Which path a cell opens, told without running it; and D12, which looks at what [meta] declares."""

from __future__ import annotations

import pytest

from nbcode.cells import analyse
from nbcode.notebook import parse_notebook
from nbcode.primitives import Diagnostic, Severity

META = """# %% [meta]
# id: probe
# kind: model
# horizon: 5d
# owner: someone
# inputs:
#   prices: ../data/prices.csv
#   store: ../data/assets.h5
#   names: ../data/by_name
# %% [setup]
import glob, io, os, pathlib, sqlalchemy, sqlite3, tables, h5py, joblib
from pathlib import Path
import pandas as pd, polars as pl, numpy as np, duckdb
DATA = Path("..") / "data"
FOLDER = "../data"
STORE = DATA / "assets.h5"
NAME = "prices"
ROOT = DATA.parent
# %% [features]
"""
END = """
# %% [model]
m = object()
"""


def findings(cell: str, code: str = "NBC-D12", meta: str = META) -> list[Diagnostic]:
    notebook = parse_notebook((meta + cell + END).encode(), "n.py").notebook
    assert notebook is not None
    found = analyse(notebook).diagnostics
    return [d for d in found if d.code == code and d.severity is Severity.ERROR]


DECLARED = [
    'pd.read_csv("../data/prices.csv")',
    'pd.read_csv(DATA / "prices.csv", parse_dates=["date"])',
    'pd.read_csv(f"{FOLDER}/prices.csv")',
    'pd.read_csv(f"{FOLDER}/{NAME}.csv")',
    'pd.read_csv(FOLDER + "/prices.csv")',
    'pd.read_csv(os.path.join(FOLDER, "prices.csv"))',
    'pd.read_csv(ROOT / "data" / "prices.csv")',
    'pd.read_csv("../data/{}.csv".format(NAME))',
    'pd.read_csv(str(DATA.joinpath("prices.csv").resolve()))',
    'pd.read_csv(filepath_or_buffer="../data/prices.csv")',
    'pl.scan_csv("../data/prices.csv")',
    'open("../data/prices.csv")',
    '(DATA / "prices.csv").read_text()',
    'with pd.HDFStore(STORE, mode="r") as s: x = s["a"]',
    'pd.HDFStore("../data/assets.h5")["a"]',
    'c = sqlite3.connect("../data/prices.csv"); pd.read_sql("select * from t where a > 1", c)',
    'c = sqlite3.connect("file:../data/prices.csv?mode=ro", uri=True); pd.read_sql_query("""select\n1""", con=c)',
    'pd.read_sql("select 1", f"sqlite:///{FOLDER}/prices.csv")',
    'pd.read_sql_table("bars", con="sqlite:///../data/prices.csv")',
    'pd.read_sql("select 1", sqlalchemy.create_engine("sqlite:///../data/prices.csv"))',
    'pl.read_database("select 1", connection=sqlite3.connect("../data/prices.csv"))',
    'sqlite3.connect(":memory:").execute("create table t(a)")',
    "tables.open_file(STORE)",
    'h5py.File(STORE, "r")',
    'for d, _, fs in os.walk("../data"): pass',
    'glob.glob("../data/*.csv")',
    "os.listdir(DATA)",
    'list((DATA / "by_name").glob("*.csv"))',
    'pd.read_csv("../data/by_name/x.csv")',
    'for n in ("x", "y"): pd.read_csv(f"../data/by_name/{n}.csv")',
    "for n in (1, 2): pd.read_csv(n)",
    'pd.read_csv(io.StringIO("a\\n1"))',
    'pd.read_sql_query("SELECT * FROM chain WHERE mid > 0.05", con)',
    'pd.read_sql("SELECT close FROM prices", con=con)',
    'pd.read_sql_table("prices", con)',
    """duckdb.sql("SELECT * FROM '../data/prices.csv' WHERE close > 1").df()""",
    """duckdb.sql(f"SELECT * FROM read_csv('{FOLDER}/prices.csv', header=true) JOIN '../data/by_name/*.csv' USING (date)")""",
    """con.execute("SELECT * FROM chain WHERE name = 'a.b'")""",
    'pl.read_database("SELECT * FROM prices", con)',
    'pd.read_sql("SELECT * FROM prices", "sqlite:///../data/prices.csv")',
    'from sqlalchemy import create_engine\ncreate_engine("sqlite:///../data/assets.h5")',
    'pd.read_csv(Path(os.environ.get("DATA", "../data")) / "prices.csv")',
    'pd.read_csv(os.path.join(os.getenv("DATA", default="../data"), "prices.csv"))',
    'pd.read_csv(os.getenv("PRICES", f"{FOLDER}/prices.csv"))',
    'os.environ.setdefault("DATA", "../data")\npd.read_csv(os.environ["DATA"] + "/prices.csv")',
    'os.environ["DATA"] = FOLDER\npd.read_csv(Path(os.environ.get("DATA", "/mnt")) / "prices.csv")',
    'import alpha_bench as ab\nab.use(ab.read_panel(DATA / "prices.csv", None))',
    'from alpha_bench import Panel\nPanel.of(pd.read_csv("../data/prices.csv"), reference="../data/by_name/r.csv")',
]
UNDECLARED = [
    'pd.read_csv("../data/other.csv")',
    'pd.read_csv(DATA / "other.csv")',
    'pd.read_csv(f"{FOLDER}/other.csv")',
    'pd.read_csv(os.path.join(FOLDER, "other.csv"))',
    'pd.HDFStore("../data/other.h5")',
    'pl.scan_parquet("../more/x.parquet")',
    'np.load("x.npy")',
    'joblib.load("best.pkl")',
    'sqlite3.connect("x.db")',
    'sqlite3.connect("file:x.db?mode=ro", uri=True)',
    'pd.read_sql("select 1", "sqlite:///x.db")',
    'sqlalchemy.create_engine("sqlite:///x.db")',
    """duckdb.sql("SELECT * FROM '../data/other.csv'").df()""",
    """con.execute("select * from read_parquet(['../more/x.parquet'])")""",
    'pd.read_sql("SELECT * FROM prices", "sqlite:///../data/other.db")',
    'pl.read_database_uri(query="SELECT 1", uri="sqlite:///../data/other.db")',
    'from sqlalchemy import create_engine\ncreate_engine(f"sqlite:///{FOLDER}/other.db")',
    'os.walk("../elsewhere")',
    'glob.glob("../elsewhere/*.csv")',
    '(DATA / "other.csv").read_text()',
    'pd.read_csv("/home/me/macro.csv")',
    'pd.read_csv("../data/prices.csv.bak")',
    'pd.read_csv("../../data/../other/prices2.csv")',
    'pd.read_csv(Path(os.environ.get("DATA", "../elsewhere")) / "other.csv")',
    'os.environ["DATA"] = "../elsewhere"\npd.read_csv(Path(os.environ.get("DATA", "../data")) / "other.csv")',
    'import alpha_bench as ab\nab.read_panel(DATA / "prices.csv", DATA / "reference.csv")',
    'import alpha_bench as ab\nab.read_panel(DATA / "prices.csv", reference=DATA / "reference.csv")',
    'from alpha_bench import Panel\nPanel.of("panel.parquet")',
    'import alpha_bench as ab\nab.load_fitted("models/last")',
]


@pytest.mark.parametrize("cell", DECLARED)
def test_a_declared_path_passes_whatever_opens_it(cell: str) -> None:
    assert findings(cell) == []


@pytest.mark.parametrize("cell", UNDECLARED)
def test_what_is_not_declared_is_told_with_the_line_to_add(cell: str) -> None:
    (found,) = findings(cell)
    assert "which is not declared" in found.message
    assert "[meta]" in found.fix_titles[0]


VARIABLES = [
    ('os.environ.get("DATA", "../data")', "note", "`DATA` is not set in the run: the default holds"),
    ('os.getenv("DATA", default=FOLDER)', "note", "`DATA` is not set in the run: the default holds"),
    ('for v in "AB": os.getenv(v, "")', "note", "a variable is not set in the run: the default holds"),
    ('"COLAB_GPU" in os.environ', "note", "asks whether `COLAB_GPU` is set, which it is not in the run"),
    ('os.environ["DATA"]', "error", "reads the environment variable `DATA`, which the run does not have"),
    ('os.getenv("DATA")', "error", "reads the environment variable `DATA`, which the run does not have"),
    ('os.environ.get("DATA", None)', "error", "reads the environment variable `DATA`, which the run does not have"),
    ('os.environ["DATA"]; os.environ["DATA"] = "x"', "error", None),
    ('os.environ["OTHER"] = "x"\nos.environ["DATA"]', "error", None),
    ('os.environ["DATA"] = "x"\nos.environ["DATA"]', None, None),
    ('os.environ.setdefault("DATA", "x")\nos.getenv("DATA")', None, None),
    ('os.environ.update({"DATA": "x"})\nos.environ["DATA"]', None, None),
    ('os.environ.update(DATA="x")\nos.environ["DATA"]', None, None),
    ('def f(): return os.environ["DATA"]\nos.environ["DATA"] = "x"\nf()', None, None),
]  # fmt: skip


@pytest.mark.parametrize(("cell", "severity", "message"), VARIABLES)
def test_a_variable_gives_its_default_or_what_is_set_above(
    cell: str, severity: str | None, message: str | None
) -> None:
    notebook = parse_notebook((META + cell + END).encode(), "n.py").notebook
    assert notebook is not None
    found = [d for d in analyse(notebook).diagnostics if d.code == "NBC-D12"]
    assert [str(d.severity) for d in found] == ([severity] if severity else [])
    assert message is None or [d.message for d in found] == [message]


@pytest.mark.parametrize("cell", [cell for cell, severity, _ in VARIABLES if severity == "error"])
def test_both_fixes_of_a_variable_work_when_typed(cell: str) -> None:
    setting, default = (
        title.partition("write ")[2].replace("VALUE", '"x"') for title in findings(cell)[0].fix_titles
    )
    assert findings(f"{setting}\n{cell}") == []
    last = cell.split(";", maxsplit=1)[0].rsplit("\n", maxsplit=1)[-1]
    assert findings(cell.replace(last, default)) == []


def test_another_spelling_of_a_declared_file_is_told_with_the_one_that_works() -> None:
    (found,) = findings('pd.read_csv("data/prices.csv")')
    assert "`prices` is declared at `../data/prices.csv`" in found.message


def test_a_path_from_the_root_is_reached_from_the_notebooks_folder() -> None:
    meta = META.replace("../data/prices.csv", "data/prices.csv")
    assert findings('pd.read_csv("../data/prices.csv")', meta=meta) == []


HERE = [
    'HERE = os.path.dirname(os.path.abspath("__file__"))',
    "try:\n    HERE = os.path.dirname(os.path.abspath(__file__))\nexcept NameError:\n    HERE = os.getcwd()",
    "HERE = Path(__file__).resolve().parent if '__file__' in globals() else Path.cwd()",
    "if '__file__' in globals():\n    HERE = Path(__file__).parent\nelse:\n    HERE = Path('.')",
    "import contextlib\nHERE = Path()\nwith contextlib.suppress(NameError):\n    HERE = Path(__file__).parent",
]


@pytest.mark.parametrize("here", HERE)
def test_the_folder_of_a_missing_file_is_the_notebooks(here: str) -> None:
    assert findings(f'{here}\npd.read_csv(os.path.join(HERE, "..", "data", "prices.csv"))') == []
    (found,) = findings(f'{here}\npd.read_csv(os.path.join(HERE, "data", "price.csv"))')
    assert found.message == "reads `data/price.csv`, which is not declared"


def test_branches_that_say_different_paths_say_none() -> None:
    cell = 'if os.name == "nt":\n    P = "a.csv"\nelse:\n    P = "b.csv"\npd.read_csv(P)'
    assert findings(cell) == []
    (found,) = findings(cell.replace("b.csv", "x/../a.csv"))
    assert found.message == "reads `a.csv`, which is not declared"


@pytest.mark.parametrize("cell", ["P = P.parent\nP = P.parent\nopen(P)", "A = B\nB = A\nopen(A)"])
def test_constants_that_go_round_in_circles_say_no_path(cell: str) -> None:
    assert findings(cell) == []


def test_a_name_that_is_assigned_twice_is_no_constant() -> None:
    cell = 'P = "a.csv"\nP = "../data/prices.csv"\npd.read_csv(P)'
    assert findings(cell) == []


def test_a_constant_of_an_exploratory_cell_is_not_followed() -> None:
    meta = META.replace("# %% [features]", '# %%\nQ = "x.csv"\n# %% [features]')
    assert findings("pd.read_csv(Q)", meta=meta) == []


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("# model: bst", "`model` in [meta] names `bst`, which no tagged cell defines"),
        ("# report:\n#   ic: ics.mean()", "`report.ic` in [meta] names `ics`, which no tagged cell defines"),
        ("# report: figures", "`report` in [meta] names `figures`, which no tagged cell defines"),
    ],
)
def test_an_expression_names_what_tagged_cells_define(lines: str, message: str) -> None:
    meta = META.replace("# %% [setup]", f"{lines}\n# %% [setup]")
    (found,) = findings("x = 1", "NBC-C22", meta)
    assert found.message == message
    assert found.place is not None
    assert found.place.line is not None
    assert (
        meta.split("\n")[found.place.line - 1]
        .strip("# ")
        .startswith(lines.rsplit("\n", maxsplit=1)[-1].strip("# ")[:3])
    )


def test_the_nearest_name_and_the_untagged_cell_are_named() -> None:
    meta = META.replace("# %% [setup]", "# model: best\n# %% [setup]")
    (near,) = findings("bests = 1", "NBC-C22", meta)
    assert near.fix_titles == ("write bests",)
    assert near.message.endswith(": did you mean `bests`?")
    left = meta.replace("# %% [features]", "# %%\nbest = 1\n# %% [features]")
    (untagged,) = findings("x = 1", "NBC-C22", left)
    assert "cell 3" in untagged.cause


@pytest.mark.parametrize(
    "lines", ["# model: m", "# report:\n#   n: len(DATA.name)", "# report:\n#   a: max(x for x in [NAME])"]
)
def test_names_of_cells_of_python_and_of_the_expression_are_known(lines: str) -> None:
    meta = META.replace("# %% [setup]", f"{lines}\n# %% [setup]").replace("#   n:", "#   count:")
    assert findings("x = 1", "NBC-C22", meta) == []


def test_what_meta_declares_counts_where_another_key_of_it_is_wrong() -> None:
    wrong = META.replace("# %% [setup]", "# model: {a: b}\n# %% [setup]")
    assert findings("x = 1", "NBC-C13", wrong) != []
    assert findings('glob.glob("../data/by_name/*.csv")', meta=wrong) == []
    assert findings('glob.glob("../data/more/*.csv")', meta=wrong) != []


def test_a_name_of_an_expression_may_come_from_a_star() -> None:
    meta = META.replace("# %% [setup]", "# report:\n#   ic: rank_corr(NAME, NAME)\n# %% [setup]")
    assert findings("x = 1", "NBC-C22", meta) != []
    assert findings("from utils import *", "NBC-C22", meta) == []
