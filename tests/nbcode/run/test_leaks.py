"""What a cell did not declare it does not get, and the answer names the cell and the line. On every isolation level that holds here."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from acceptance.project import SEED
from nbcode.configuration import Isolation
from nbcode.configuration.workspace import cache_home
from nbcode.environment import create_environment
from nbcode.primitives import this_process
from nbcode.run import RunOutcome, RunStatus
from nbcode.sandbox import IsolationLevel, probe
from nbcode.wiring import commands

ISOLATION_LEVELS = [Isolation.PROCESS, Isolation.ENVIRONMENT, Isolation.LANDLOCK, Isolation.NAMESPACES]
LEAKS = {
    "file": ("import pathlib; pathlib.Path({file!r}).read_text()", "which is not declared"),
    "home": ("import os; os.listdir({home!r})", "which is not declared"),
    "environment": ("import os; os.environ['NBCODE_SECRET']", "environment variable NBCODE_SECRET"),
    "socket": ("import socket; socket.create_connection(('127.0.0.1', {port})).close()", "used the network"),
    "subprocess": ("import subprocess; subprocess.check_output(['/bin/true'])", "started another program"),
    "write": (
        "import pathlib; pathlib.Path({home!r}, 'left').write_text('x')",
        "leaves nothing but its result",
    ),
}
_MODEL = "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, object]]:
    monkeypatch.setenv("NBCODE_SECRET", "hunter2")
    home = tmp_path / "home"
    home.mkdir()
    (home / "notes.csv").write_text("private\n")
    pq.write_table(pa.table({"a": [1]}), home / "p.parquet")
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(8)
    yield {
        "file": str(home / "notes.csv"),
        "home": str(home),
        "parquet": str(home / "p.parquet"),
        "port": server.getsockname()[1],
    }
    server.close()


@pytest.fixture(scope="module")
def fresh_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment made from the lock of the example."""
    place = tmp_path_factory.mktemp("fresh")
    shutil.copy(SEED, place / "n.py")
    made = create_environment(commands(this_process()).build(place / "n.py").lock, store=cache_home())
    assert made.environment is not None, made.diagnostics
    return made.environment.python


def require(isolation: Isolation) -> None:
    found = probe(IsolationLevel(isolation))
    if not found.available:
        pytest.skip(f"{isolation}: {found.reason}")


@pytest.mark.parametrize(
    ("name", "isolation"),
    [(name, level) for level in ISOLATION_LEVELS for name in LEAKS],
)
def test_a_leak_is_refused_with_cell_and_line(
    name: str,
    isolation: Isolation,
    places: dict[str, object],
    run_cells: Callable[..., RunOutcome],
    fresh_python: Path,
) -> None:
    require(isolation)
    code, said = LEAKS[name]
    fresh = {"python": fresh_python, "fresh_environment": True} if isolation is Isolation.ENVIRONMENT else {}
    outcome = run_cells(
        ("features", "x = 1"),
        ("model", "# %% [model]\nm = 1\n" + code.format(**places)),
        isolation=isolation,
        **fresh,
    )
    assert outcome.status is RunStatus.FAILED
    assert outcome.isolation == isolation
    first = outcome.diagnostics[0]
    assert (first.code, first.place and (first.place.cell, first.place.tag, first.place.line)) == (
        "NBC-E11",
        (3, "model", 3),
    )
    assert said in first.message


@pytest.mark.parametrize("name", LEAKS)
def test_the_same_code_succeeds_outside_of_a_run(name: str, places: dict[str, object]) -> None:
    exec(compile(LEAKS[name][0].format(**places), "<control>", "exec"), {})
    assert os.environ["NBCODE_SECRET"] == "hunter2"


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        ("os.environ.get('HOME', 'd')", "d"),
        ("os.getenv('NBCODE_SECRET', default='d')", "d"),
        ("'HOME' in os.environ", "False"),
        ("os.environ.setdefault('HOME', 'own')", "own"),
        ("(os.environ.update(HOME='own'), os.environ['HOME'], os.getenv('HOME', 'd'))[1:]", "('own', 'own')"),
    ],
)
def test_a_variable_that_the_run_does_not_have_is_as_if_it_were_not_set(
    code: str, answer: str, places: dict[str, object], run_cells: Callable[..., RunOutcome]
) -> None:
    cell = f"import os\ny = str({code})\nif y != {answer!r}: raise ValueError(y)"
    outcome = run_cells(("features", cell), ("model", _MODEL), ("eval", "report = {'a': 1.0}"))
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    refused = run_cells(("features", "import os\nos.getenv('HOME')"), ("model", _MODEL))
    assert refused.diagnostics[0].code == "NBC-E11"


def test_a_file_that_is_not_there_is_named_as_it_is_declared(run_cells: Callable[..., RunOutcome]) -> None:
    read = "import os, pandas as pd\npd.read_parquet(os.path.abspath('gone/p.parquet'))"
    (found,) = run_cells(("features", read)).diagnostics
    assert (found.code, found.message) == ("NBC-E11", "read gone/p.parquet, which is not declared")
    (own,) = run_cells(("features", "raise FileNotFoundError('no bars today')")).diagnostics
    assert own.code == "NBC-H01"


def test_an_undeclared_read_that_the_cell_swallows_stops_the_run_all_the_same(
    places: dict[str, object], run_cells: Callable[..., RunOutcome]
) -> None:
    code = f"try:\n    y = open({places['file']!r}).read()\nexcept OSError:\n    y = 0"
    outcome = run_cells(("features", code), ("model", "m = y"))
    assert [(d.code, d.place and (d.place.cell, d.place.line)) for d in outcome.diagnostics] == [
        ("NBC-E11", (2, 2))
    ]


def test_a_library_that_reads_by_itself_in_c_is_refused_by_the_wall_and_named(
    places: dict[str, object], run_cells: Callable[..., RunOutcome]
) -> None:
    require(Isolation.NAMESPACES)
    code = f"import pyarrow.csv\npyarrow.csv.read_csv({places['file']!r})"
    outcome = run_cells(("features", code), isolation=Isolation.NAMESPACES)
    assert [(d.code, d.place and (d.place.cell, d.place.line)) for d in outcome.diagnostics] == [
        ("NBC-E11", (2, 2))
    ]


IN_C = {
    "a parquet file through pandas": "pandas.read_parquet({parquet!r})",
    "a parquet file through Arrow": "pyarrow.parquet.ParquetFile({parquet!r})",
    "a dataset": "pyarrow.dataset.dataset({parquet!r})",
    "a memory map": "pyarrow.memory_map({file!r})",
    "a stream of Arrow": "pyarrow.OSFile({file!r})",
    "a CSV file through Arrow": "pyarrow.csv.read_csv({file!r})",
    "a database": "sqlite3.connect({file!r} + '.db')",
    "C itself": "ctypes.CDLL(None).open",
    "the root of the process": "open('/proc/self/root' + {file!r})",
    "a program through multiprocessing": "multiprocessing.get_context('spawn').Process(target=print).start()",
}
IMPORTS = (
    "import ctypes, multiprocessing, pandas, pyarrow, pyarrow.csv, pyarrow.dataset, pyarrow.parquet, sqlite3"
)


def test_without_a_wall_what_is_reached_for_in_c_is_refused_too(
    places: dict[str, object], run_cells: Callable[..., RunOutcome]
) -> None:
    tried = "\n".join(
        f"try: {one.format(**places)}\nexcept PermissionError: refused += 1" for one in IN_C.values()
    )
    code = f"{IMPORTS}\nrefused = 0\n{tried}\nraise ValueError(refused)"
    outcome = run_cells(("features", code), isolation=Isolation.PROCESS)
    assert [d.cause for d in outcome.diagnostics] == [str(len(IN_C))]


@pytest.mark.parametrize(
    "code", ["name = 'prices' + '.csv'\nopen(name)", "import pathlib\nlist(pathlib.Path.home().iterdir())"]
)
def test_the_empty_places_of_a_run_are_told_as_what_was_not_declared(
    code: str, run_cells: Callable[..., RunOutcome]
) -> None:
    outcome = run_cells(("features", code), isolation=Isolation.PROCESS)
    assert [(d.code, d.place and (d.place.cell, d.place.line)) for d in outcome.diagnostics] == [
        ("NBC-E11", (2, 2))
    ]


def test_a_database_and_a_table_in_memory_stay_readable(run_cells: Callable[..., RunOutcome]) -> None:
    code = "import sqlite3\nsqlite3.connect(':memory:')\nimport pyarrow.csv, io\npyarrow.csv.read_csv(io.BytesIO(b'a\\n1'))\n1 / 0"
    outcome = run_cells(("features", code), isolation=Isolation.PROCESS)
    assert [d.cause for d in outcome.diagnostics] == ["division by zero"]


def test_what_a_cell_itself_sets_in_the_environment_it_may_read(run_cells: Callable[..., RunOutcome]) -> None:
    code = "import os\nos.environ['A'] = '1'\nassert os.environ.get('A') == '1'\n1 / 0"
    outcome = run_cells(("features", code))
    assert [d.cause for d in outcome.diagnostics] == ["division by zero"]
