"""What cells write, and the modules of the project that they import, in a clean run."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.configuration import Isolation
from nbcode.primitives import Severity
from nbcode.run import PlannedModule, RunOutcome, RunStatus
from nbcode.run.products import keep_outputs, written
from nbcode.sandbox import IsolationLevel, probe

MODEL = "from sklearn.linear_model import LinearRegression\nm = LinearRegression().fit([[0.0], [1.0]], [0.0, 1.0])"
WRITES = (
    "from pathlib import Path\n"
    "Path('results').mkdir()\n"
    "Path('results/kept.csv').write_text('a\\n1\\n')\n"
    "Path('results/left.csv').write_text('b\\n')\n"
    "x = float(Path('results/kept.csv').read_text().split()[1])"
)
IMPORTS = """import os, sys
sys.path.insert(1, os.path.join(sys.path[0], ".."))
from helpers import two
from shared.deep import three
import around
"""
LEVELS = [Isolation.PROCESS, Isolation.LANDLOCK, Isolation.NAMESPACES]


def require(isolation: Isolation) -> None:
    found = probe(IsolationLevel(isolation))
    if not found.available:
        pytest.skip(f"{isolation}: {found.reason}")


@pytest.mark.parametrize("isolation", LEVELS)
def test_declared_outputs_are_kept_and_the_rest_is_named(
    isolation: Isolation, tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    require(isolation)
    outcome = run_cells(
        ("setup", WRITES),
        ("model", MODEL),
        ("eval", "report = {'x': x}"),
        isolation=isolation,
        outputs=(("kept", "results/kept.csv"),),
        folder="nb",
    )
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    out = tmp_path / "runs/run-1/out"
    kept = sorted(p.relative_to(out).as_posix() for p in (out / "outputs").rglob("*") if p.is_file())
    assert kept == ["outputs/nb/results/kept.csv"]
    assert (out / kept[0]).read_text() == "a\n1\n"
    told = [d for d in outcome.diagnostics if d.code == "NBC-H31"]
    assert [(d.severity, d.message) for d in told] == [
        (Severity.NOTE, "left behind in the run: results/left.csv")
    ]


def test_a_declared_output_that_was_not_written_stops_the_promote(
    run_cells: Callable[..., RunOutcome],
) -> None:
    outcome = run_cells(
        ("model", MODEL),
        ("eval", "report = {'x': 1.0}"),
        isolation=Isolation.PROCESS,
        outputs=(("kept", "results/kept.csv"),),
    )
    assert outcome.status is RunStatus.FAILED
    assert "NBC-H32" in [d.code for d in outcome.diagnostics]


@pytest.mark.parametrize(
    "write",
    ["import os\nos.symlink('/etc/passwd', 'a.txt')", "import os\nos.symlink('/etc', 'd')"],
)
def test_a_link_is_no_output(write: str, tmp_path: Path, run_cells: Callable[..., RunOutcome]) -> None:
    outcome = run_cells(
        ("setup", f"try:\n    {write.replace(chr(10), chr(10) + '    ')}\nexcept OSError:\n    pass"),
        ("model", MODEL),
        ("eval", "report = {'x': 1.0}"),
        isolation=Isolation.PROCESS,
        outputs=(("a", "a.txt"), ("d", "d")),
    )
    assert outcome.status is RunStatus.FAILED
    assert not (tmp_path / "runs/run-1/out/outputs").exists()


PIPE = "os.mkfifo('p')"
SOCKET = "s = socket.socket(socket.AF_UNIX); s.bind('p')"
NO_FILES = {
    "a link": ("os.symlink('a.txt', 'p')", "p", "'p' is a link, which is not followed"),
    "below a link": ("os.symlink('.', 'd')", "d/a.txt", "'d' is a link, which is not followed"),
    "a pipe": (PIPE, "p", "'p' is a named pipe and no file"),
    "a socket": (SOCKET, "p", "'p' is a socket and no file"),
    "outside": ("pass", "../p", "'../p' is outside of the project"),
    "an empty folder": ("os.mkdir('p')", "p", "there is no file in the folder 'p'"),
    "nothing": ("pass", "p", "the cells did not write 'p'"),
}


@pytest.mark.parametrize("what", NO_FILES)
def test_what_is_no_file_is_told_as_what_it_is(what: str, tmp_path: Path) -> None:
    write, path, said = NO_FILES[what]
    root, out = tmp_path / "root", tmp_path / "out"
    root.mkdir()
    code = f"import os, socket\nopen('a.txt', 'w').write('1')\n{write}"
    subprocess.run([sys.executable, "-c", code], cwd=root, check=True)
    outputs = [("x", path), ("good", "a.txt")]
    kept, (problem,) = keep_outputs(outputs, cwd=root, root=root, out=out)
    assert kept == (root / "a.txt",)
    assert (problem.code, problem.message) == ("NBC-H32", f"output `x`: {said}")
    assert problem.fix_titles


@pytest.mark.parametrize("special", [PIPE, SOCKET, "os.symlink('good.csv', 'p')"])
def test_of_a_folder_the_files_are_kept_and_nothing_else_is_opened(special: str, tmp_path: Path) -> None:
    root, out = tmp_path / "root", tmp_path / "out"
    (root / "d").mkdir(parents=True)
    code = f"import os, socket\nopen('good.csv', 'w').write('1')\n{special}"
    subprocess.run([sys.executable, "-c", code], cwd=root / "d", check=True)
    kept, problems = keep_outputs([("x", "d")], cwd=root, root=root, out=out)
    assert (kept, problems) == ((root / "d/good.csv",), ())
    assert [p.name for p in out.rglob("*") if not p.is_dir()] == ["good.csv"]
    assert root / "d/p" in written(root, ())


@pytest.mark.parametrize("isolation", LEVELS)
def test_a_pipe_as_output_ends_a_run_with_its_name(
    isolation: Isolation, run_cells: Callable[..., RunOutcome]
) -> None:
    require(isolation)
    outcome = run_cells(
        ("setup", "import os\nos.mkfifo('pipe.csv')"),
        ("model", MODEL),
        ("eval", "report = {'x': 1.0}"),
        isolation=isolation,
        outputs=(("a", "pipe.csv"),),
    )
    assert outcome.status is RunStatus.FAILED
    told = [d.message for d in outcome.diagnostics if d.code == "NBC-H32"]
    assert told == ["output `a`: 'pipe.csv' is a named pipe and no file"]


@pytest.mark.parametrize("isolation", LEVELS)
def test_modules_of_the_project_are_imported_as_in_the_kernel(
    isolation: Isolation, run_cells: Callable[..., RunOutcome]
) -> None:
    require(isolation)
    outcome = run_cells(
        ("setup", IMPORTS),
        ("model", MODEL),
        ("eval", "report = {'x': two() + three() + around.FOUR}"),
        isolation=isolation,
        folder="nb",
        modules=(
            PlannedModule(path="nb/helpers.py", source="def two():\n    return 2.0\n"),
            PlannedModule(path="nb/shared/__init__.py", source=""),
            PlannedModule(
                path="nb/shared/deep.py",
                source="from helpers import two\ndef three():\n    return two() + 1\n",
            ),
            PlannedModule(path="around.py", source="FOUR = 4.0\n"),
        ),
        module_folders=("nb", "."),
    )
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    assert [d for d in outcome.diagnostics if d.code == "NBC-H31"] == []


def test_without_its_source_a_module_is_not_found(run_cells: Callable[..., RunOutcome]) -> None:
    outcome = run_cells(("setup", "import helpers"), ("model", MODEL), isolation=Isolation.PROCESS)
    assert outcome.status is RunStatus.FAILED
    assert "No module named 'helpers'" in (outcome.diagnostics[0].cause or outcome.diagnostics[0].message)


CLIP = """from sklearn.base import BaseEstimator, TransformerMixin

class Clip(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.n_ = len(X)
        return self

    def transform(self, X):
        return X
"""


@pytest.mark.parametrize("isolation", LEVELS)
def test_a_model_keeps_a_class_of_a_module_with_the_modules_text(
    isolation: Isolation, tmp_path: Path, run_cells: Callable[..., RunOutcome]
) -> None:
    require(isolation)
    fit = "from sklearn.linear_model import Ridge\nfrom sklearn.pipeline import make_pipeline\n"
    outcome = run_cells(
        ("setup", "import helpers"),
        ("model", fit + "m = make_pipeline(helpers.Clip(), Ridge()).fit([[0.0], [1.0]], [0.0, 1.0])"),
        ("eval", "report = {'x': 1.0}"),
        isolation=isolation,
        folder="nb",
        modules=(PlannedModule(path="nb/helpers.py", source=CLIP),),
        module_folders=("nb",),
    )
    assert outcome.status is RunStatus.FINISHED, outcome.diagnostics
    model = tmp_path / "runs/run-1/out/model"
    assert (model / "code-helpers.py").read_text() == CLIP
    assert "model holds code of this notebook: helpers.Clip" in str([d.message for d in outcome.diagnostics])
