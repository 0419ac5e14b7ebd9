"""nbcode writes no file beside its place by hand: what appears whole is written by alpha_bench's `atomic_files`, which says of
each whether it is durable. What is left are names given, by which nothing is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

NBCODE = Path(__file__).parents[2] / "python" / "nbcode"
LEFT = {
    ("artifact/_shared.py", "os.link"),  # a stored file, by another name
    ("artifact/_shared.py", "beside.replace"),
    ("artifact/store.py", "self.path_of(digest).rename"),  # out of the way, to be removed
    ("registry/_collecting.py", "one.rename"),
    ("environment/_copying.py", "os.link"),  # files of one environment shared with another
    ("environment/_builder.py", "home.rename"),  # out of the way
    ("run/kernels.py", "kept.rename"),  # out of the way
    ("run/manifest.py", "os.link"),  # the files of a run, by another name
    ("inputs/_fetched.py", "written.replace"),  # a fetched file, by its digest once all of it was hashed
    ("inputs/_fetched.py", "os.link"),  # the same file, by its name in a source
    ("inputs/_fetched.py", "beside.replace"),  # a link that leads to another source
    ("run/staged.py", "path.replace"),  # a staged input, by its number
    ("registry/_mlflow.py", "beside.rename"),  # SQLite writes by a name
    ("registry/_mlflow.py", "beside.replace"),
    ("trials/_ledger.py", "os.fsync"),  # a file that only grows
}
BY_HAND = {"os.replace", "os.rename", "os.link", "os.fsync", "tempfile.mkstemp", "os.fdatasync"}


def by_hand(source: str) -> Iterator[str]:
    """Calls that write beside, sync or rename; ``str.replace`` takes two arguments, ``dataclasses.replace`` keywords."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        renames = (
            isinstance(node.func, ast.Attribute)
            and node.func.attr in ("rename", "replace")
            and len(node.args) == 1
            and not node.keywords
        )
        if called in BY_HAND or renames:
            yield called


def test_what_appears_whole_is_written_by_atomic_files() -> None:
    found = {
        (path.relative_to(NBCODE).as_posix(), called)
        for path in NBCODE.rglob("*.py")
        for called in by_hand(path.read_text(encoding="utf-8"))
    }
    assert found == LEFT


@pytest.mark.parametrize(
    "call", ["made.rename(home)", "beside.replace(path)", "os.fsync(3)", "tempfile.mkstemp(dir=folder)"]
)
def test_a_write_by_hand_is_seen(call: str) -> None:
    """The control."""
    assert list(by_hand(call)) == [call.partition("(")[0]]


def test_other_replacing_is_no_write() -> None:
    assert list(by_hand("text.replace('a', 'b'); dataclasses.replace(value, name=1)")) == []
