"""What wiring chooses, and when it loads it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.journals import MemoryJournal
from fakes.promotions import begun
from nbcode import wiring
from nbcode.commands.preparing import Builder
from nbcode.configuration import open_workspace, prepare_store
from nbcode.primitives import NbcodeError, this_process

ROOT = Path(__file__).parents[3]
HEAVY = {
    "mlflow",
    "papermill",
    "pandas",
    "numpy",
    "pyarrow",
    "sklearn",
    "matplotlib",
    "sqlalchemy",
    "nbformat",
    "rich",
}


def loaded_by(code: str, directory: Path) -> set[str]:
    program = f"import sys\n{code}\nprint(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=directory
    )
    return HEAVY & set(done.stdout.split())


def test_wiring_and_the_doors_it_opens_load_nothing_heavy(tmp_path):
    code = "import nbcode.wiring, nbcode.commands.promote, nbcode.commands.show, nbcode.registry, nbcode.promotion"
    assert loaded_by(code, tmp_path) == set()
    assert loaded_by("import sqlalchemy", tmp_path) == {"sqlalchemy"}


def test_reading_a_project_without_a_store_makes_nothing_and_loads_nothing_heavy(tmp_path):
    code = (
        "from pathlib import Path; from nbcode.primitives import this_process; from nbcode.wiring import commands\n"
        "nbcode = commands(this_process())\n"
        "assert nbcode.status(Path()).promotions == ()\n"
        "assert nbcode.models(Path()).models == ()\n"
    )
    assert loaded_by(code, tmp_path) == set()
    assert list(tmp_path.iterdir()) == []


def test_status_needs_no_mlflow(tmp_path):
    workspace = open_workspace(tmp_path)
    prepare_store(workspace)
    wiring.LocalAdapters(this_process()).journal(workspace)
    code = (
        "from pathlib import Path; from nbcode.primitives import this_process; from nbcode.wiring import commands\n"
        "commands(this_process()).status(Path())"
    )
    assert loaded_by(code, tmp_path) == {"sqlalchemy"}


def test_the_store_is_hidden_from_git(tmp_path):
    prepare_store(open_workspace(tmp_path))
    assert (tmp_path / ".nbcode" / ".gitignore").read_text() == "*\n"


def test_the_time_is_utc_text_that_sorts_and_reads_back():
    from datetime import datetime, timedelta

    now = this_process().now_text
    first, second = now(), now()
    assert first <= second
    assert datetime.fromisoformat(first).utcoffset() == timedelta(0)


def test_what_was_begun_with_something_else_than_is_here_now_is_refused_with_both_digests(tmp_path):
    """I18: the notebook's bytes are in the journal, but an input or an installed version has changed."""
    shutil.copy(ROOT / "examples" / "xsmom_v3" / "notebook.py", tmp_path / "n.py")
    workspace = open_workspace(tmp_path)
    promotion = begun("the spec as it was", model="xsmom_v3")
    spec = promotion.spec_digest
    journal = MemoryJournal()
    journal.begin(promotion, (tmp_path / "n.py").read_bytes())
    (tmp_path / "n.py").unlink()
    with pytest.raises(
        NbcodeError, match=f"NBC-I18 .*its spec was {spec.short}, the same notebook gives sha256:"
    ):
        Builder(
            workspace.root,
            wiring.LocalAdapters(this_process()).build(workspace),
            wiring.LocalAdapters(this_process()).specs(workspace).read,
        ).of(promotion, journal)


def test_wiring_only_chooses():
    """Its length is the sign: what decides or computes has a room of its own."""
    lines = Path(wiring.__file__).read_text("utf-8").splitlines()
    assert len(lines) <= 170
    assert not [
        line
        for line in lines
        if line.lstrip().startswith(("for ", "while ", "if ", "try:", "with "))
        and "TYPE_CHECKING" not in line
    ]
