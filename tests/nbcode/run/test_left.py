"""Whatever the cells' process leaves in the place of its report and its draft is a finding with a place and a way out, and never an error of
the executor's own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.primitives import MOST_BYTES, Diagnostic, Digest, NbcodeError
from nbcode.results import PYTHON_DIGEST, given_definition
from nbcode.run import Limits, RunOutcome, RunStatus
from nbcode.run.left import Left, as_finding, last_word, stated_figures

DIGEST = "sha256:" + "a" * 64
NOTE = Diagnostic(code="NBC-H31", message="left behind in the run: a.csv")
DRAFT = {
    "draft": {
        "kind": "python",
        "definition_digest": DIGEST,
        "figures": {"ic": 0.02},
        "files": ["report.json"],
        "diagnostics": [NOTE.to_json()],
    },
    "libraries": ["openblas"],
    "columns": None,
    "look": None,
}
MALFORMED = {
    "empty": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"figures": {"ic": "\xff"}}',
    "a list": b"[1]",
    "a number": b"7",
    "null": b"null",
    "deep": b"[" * 200_000,
    "cut short": b'{"figures": {"ic": 0.0',
    "NaN": b'{"figures": {"ic": NaN}}',
    "Infinity": b'{"figures": {"ic": -Infinity}}',
    "a number beyond all": b'{"figures": {"ic": 1e999}}',
    "400 digits": b'{"figures": {"ic": ' + b"9" * 400 + b"}}",
    "900 levels": b'{"figures": {"ic": ' + b"[" * 900 + b"]" * 900 + b"}}",
    "a key twice": b'{"figures": {"ic": 0.5, "ic": 0.02}}',
    "half a character": b'{"figures": {"\\ud800": 0.5}}',
    "no figures": b"{}",
    "figures without names": b'{"figures": [1]}',
}


def raised(read: Callable[[Path], object], folder: Path, said: str) -> None:
    with pytest.raises(NbcodeError, match=said) as caught:
        read(folder)
    (found,) = caught.value.diagnostics
    assert (found.code, found.place is not None) == ("NBC-H01", True)
    assert found.cause
    assert found.fix_titles


@pytest.mark.parametrize("how", MALFORMED)
@pytest.mark.parametrize(("read", "name"), [(stated_figures, "report.json"), (last_word, "draft.json")])
def test_a_malformed_file_is_told(
    how: str, read: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(MALFORMED[how])
    raised(read, tmp_path, name)


@pytest.mark.parametrize(("read", "name"), [(stated_figures, "report.json"), (last_word, "draft.json")])
def test_one_that_is_not_there_or_is_a_folder_is_told(
    read: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    raised(read, tmp_path, name)
    (tmp_path / name).mkdir()
    raised(read, tmp_path, name)


def test_what_the_kernel_writes_is_read(tmp_path: Path) -> None:
    """The control."""
    (tmp_path / "draft.json").write_text(json.dumps(DRAFT))
    (tmp_path / "report.json").write_text('{"figures": {"ic": 0.02}, "folds": []}')
    assert stated_figures(tmp_path) == {"ic": 0.02}
    assert last_word(tmp_path) == Left(
        definition_digest=Digest(DIGEST),
        figures={"ic": 0.02},
        diagnostics=(NOTE,),
        libraries=("openblas",),
        columns=None,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"libraries": None},
        {"columns": {"computed": "many"}},
        {"draft": {**DRAFT["draft"], "definition_digest": "mine"}},
        {"draft": {**DRAFT["draft"], "diagnostics": [{"code": 1}]}},
        {"more": 1},
    ],
)
def test_a_draft_of_another_shape_is_told(change: dict[str, object], tmp_path: Path) -> None:
    (tmp_path / "draft.json").write_text(json.dumps({**DRAFT, **change}))
    raised(last_word, tmp_path, "draft.json")


def test_a_full_disk_is_no_fault_of_a_cell() -> None:
    with pytest.raises(OSError, match="full"), as_finding("report.json"):
        raise OSError(28, "full")


@pytest.mark.parametrize(
    "make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), lambda path: path.mkdir()]
)
@pytest.mark.parametrize(("read", "name"), [(stated_figures, "report.json"), (last_word, "draft.json")])
def test_what_is_no_plain_file_is_told_and_not_waited_for(
    make: Callable[[Path], None], read: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    make(tmp_path / name)
    raised(read, tmp_path, name)


@pytest.mark.parametrize(("read", "name"), [(stated_figures, "report.json"), (last_word, "draft.json")])
def test_a_file_that_is_larger_than_any_that_is_written_is_not_read(
    read: Callable[[Path], object], name: str, tmp_path: Path
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    raised(read, tmp_path, f"{MOST_BYTES}")


@pytest.mark.parametrize(
    "how",
    ["empty", "no JSON", "not UTF-8", "a list", "deep", "NaN", "400 digits", "900 levels", "a key twice"],
)
def test_a_malformed_definition_is_told(how: str, tmp_path: Path) -> None:
    (tmp_path / "definition.json").write_bytes(MALFORMED[how])
    raised(given_definition, tmp_path, "definition")
    (tmp_path / "definition.json").write_text("{}")
    assert given_definition(tmp_path) == "{}"


OVERWRITES = """import ctypes, os, shutil, sys
cells = sys.modules["nbcode.run._cells"]
sys.modules["nbcode.run._guard"]._state.active = False
old, scratch = cells._write, cells._plan.scratch
def put(name, data):
    place = os.path.join(scratch, name)
    os.makedirs(os.path.dirname(place), exist_ok=True)
    open(place, "wb").write(data)
def instead(name, make, *more):
    place = os.path.join(scratch, name)
    if os.path.isdir(place):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        os.remove(place)
    make(place.encode(), *more)
libc = ctypes.CDLL(None)
pipe, link = (lambda place: libc.mkfifo(place, 0o600)), (lambda place: libc.symlink(b"/dev/zero", place))
def last(name, value):
    BEFORE
    old(name, value)
    AFTER
cells._write = last
"""
REPORT, DRAFTED, DEFINED = "handover/report.json", "draft.json", "handover/given/definition.json"
BEFORE = {
    "a malformed report": f"put('{REPORT}', b'[1]')",
    "a malformed verdict": f'put(\'{REPORT}\', b\'{{"kind": "python", "figures": {{}}, "look_ahead": 7}}\')',
    "rows that are none": f'put(\'{REPORT}\', b\'{{"kind": "python", "figures": {{}}, "rows": [{{"use": "trained", "to": "x"}}]}}\')',
    "a report of 900 levels": f"put('{REPORT}', b'{{\"figures\":' * 900 + b'{{}}' + b'}}' * 900)",
    "a report of 200 MB": f"put('{REPORT}', b'{{\"figures\": {{\"' + b'x' * (200 << 20) + b'\": 1}}}}')",
    "no report": f"os.remove(scratch + '/{REPORT}')",
    "a folder for a report": f"instead('{REPORT}', os.mkdir)",
    "a link for a report": f"instead('{REPORT}', link)",
    "a pipe for a report": f"instead('{REPORT}', pipe)",
    "a link for the handover": "instead('handover', lambda place: libc.symlink(b'/usr/lib', place))",
    "a pipe for the handover": "instead('handover', pipe)",
    "a definition that is no text": f"put('{DEFINED}', b'\\xff')",
    "a definition of 200 MB": f"put('{DEFINED}', b'{{\"' + b'x' * (200 << 20) + b'\": 1}}')",
}
"""What is done before the cells' process says its last word."""
AFTER = {
    "a malformed draft": "put('draft.json', b'[]')",
    "a draft of 200 MB": "put('draft.json', b'\"' + b'x' * (200 << 20) + b'\"')",
    "a link for a draft": "instead('draft.json', link)",
    "a pipe for a draft": "instead('draft.json', pipe)",
    "a pipe for the reason of a failure": "instead('failure.json', pipe)",
    "a folder for the reason of a failure": "instead('failure.json', os.mkdir)",
    "no JSON for the reason of a failure": "put('failure.json', b'{')",
    "a failure without a reason": "put('failure.json', b'{\"diagnostics\": []}')",
    "a pipe for the steps": "instead('steps.txt', pipe); instead('failure.json', link)",
    "a pipe for the kernel's words": "instead('kernel.log', pipe); instead('stacks.txt', pipe); os._exit(7)",
}
"""What is done after it."""


@pytest.mark.parametrize("lie", [*BEFORE, *AFTER, ""])
def test_a_run_whose_cells_overwrite_the_runs_files_fails_with_one_finding(
    lie: str, run_cells: Callable[..., RunOutcome]
) -> None:
    """Control: the same cells that write nothing finish."""
    before, after = BEFORE.get(lie, "pass"), AFTER.get(lie, "pass")
    outcome = run_cells(
        ("setup", OVERWRITES.replace("BEFORE", before).replace("AFTER", after)),
        ("model", "from sklearn.linear_model import Ridge\nm = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])"),
        ("eval", "report = {'x': 1.0}"),
        definition_kind="python",
        definition_digest=PYTHON_DIGEST,
        limits=Limits(time_s=60),
    )
    assert (outcome.status is RunStatus.FINISHED) == (not lie), outcome.diagnostics
    if lie:
        (told,) = outcome.diagnostics
        assert (told.code, bool(told.cause), bool(told.fix_titles)) == (
            "NBC-H01",
            True,
            True,
        ) or told.code == "NBC-H06"
