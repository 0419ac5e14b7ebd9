"""What a notebook imports of the project's modules and is not there is an error of check, as it is of YAML and modules; build says the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbcode.commands.build import build
from nbcode.commands.check import check
from nbcode.configuration import open_workspace
from nbcode.environment import importable_modules
from nbcode.primitives import Diagnostic, NbcodeError, Severity, errors_of

NOTEBOOK = """# %% [meta]
# id: rev
# kind: model
# horizon: 5d
# owner: me
# %% [setup]
LINE
# %% [model]
m = Ridge().fit(X=[features.ret(3)], y=fwd_ret_5d)
# %% [eval]
report = walk_forward(m, folds=3, embargo="5d")
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "nbcode.toml").write_text("")
    for folder in ("pk", "pk/sub", "plain/deep/er"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "pk" / "__init__.py").write_text("from pk.made import size as big\nif big:\n    LEVEL = 3\n")
    (tmp_path / "pk" / "made.py").write_text("def size(): ...\n")
    (tmp_path / "pk" / "open.py").write_text("def __getattr__(name): ...\n")
    (tmp_path / "pk" / "broken.py").write_text("from pk.away import x\n")
    (tmp_path / "pk" / "stars.py").write_text("from pk.made import *\n")
    (tmp_path / "pk" / "fast.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    (tmp_path / "plain" / "deep" / "er" / "one.py").write_text("x = 1\n")
    (tmp_path / "pk" / "sub" / "one.py").write_text("x = 1\n")
    (tmp_path / "helpers.py").write_text(
        "import numpy as np\nfrom scipy import stats\n\ndef winsorise(x): ...\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def errors(line: str) -> tuple[Diagnostic, ...]:
    Path("n.py").write_text(NOTEBOOK.replace("LINE", line))
    return errors_of(check(Path("n.py"), locked=importable_modules()).diagnostics)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("import pk.missing", "there is no module `pk.missing`"),
        ("import pk.mad", "there is no module `pk.mad`: did you mean `pk.made`?"),
        ("import pk.away.deep as d", "there is no module `pk.away`"),
        ("from pk.sub.away import x", "there is no module `pk.sub.away`"),
        ("from pk import gone", "`pk` has no `gone`"),
        ("from pk.made import sizes", "`pk.made` has no `sizes`: did you mean `size`?"),
        ("from helpers import winsorize", "`helpers` has no `winsorize`: did you mean `winsorise`?"),
        ("from plain import nothing", "there is no module `plain.nothing`"),
        ("from pk import broken", "there is no module `pk.away`"),
    ],
)
def test_it_is_an_error_where_nothing_else_can_provide_it(project: Path, line: str, message: str) -> None:
    (found,) = errors(line)
    assert (found.code, found.message) == ("NBC-D09", message)
    assert found.place is not None
    assert found.fixes
    if "broken" not in line:
        assert (found.place.cell, found.place.line, found.place.file_line) == (2, 2, 7)


@pytest.mark.parametrize(
    "line",
    [
        "import pk.made, pk.sub",
        "from pk import made, big, LEVEL, sub, fast",
        "from pk.open import anything",
        "from pk.stars import size",
        "from pk.made import __file__",
        "import pk.fast",
        "import plain.deep.er.one",
        "from plain.deep import er",
        "from pk import *",
        "try:\n    import pk.missing\nexcept ImportError:\n    pass",
        "def later():\n    import pk.missing",
        "import numpy.nowhere",
    ],
)
def test_what_is_there_or_may_be_is_none(project: Path, line: str) -> None:
    assert errors(line) == ()


def test_where_the_environment_is_not_known_nothing_is_said(project: Path) -> None:
    Path("n.py").write_text(NOTEBOOK.replace("LINE", "import pk.missing"))
    found = check(Path("n.py")).diagnostics
    assert [(d.code, d.severity) for d in found] == [("NBC-D09", Severity.NOTE)]


def test_a_build_says_the_same_before_a_cell_runs(project: Path) -> None:
    (told,) = errors("from pk import gone")
    with pytest.raises(NbcodeError, match=r"NBC-D09 ") as caught:
        build(Path("n.py"), workspace=open_workspace(Path("n.py")))
    (found,) = errors_of(caught.value.diagnostics)
    assert found.message == told.message


def test_what_a_module_of_the_project_imports_of_libraries_is_not_looked_for_in_the_project(
    project: Path,
) -> None:
    """A module that lies in no package has libraries beside it, as far as its imports tell."""
    assert errors("from helpers import winsorise") == ()
    assert [one.code for one in errors("from helpers import winsorize")] == ["NBC-D09"]
