"""Whatever the cells' process leaves in the place of its report and its draft is a finding with a place and a way out, and never an error of
the executor's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nbcode.primitives import Diagnostic, Digest, NbcodeError
from nbcode.results import PYTHON_DIGEST, given_definition
from nbcode.run import RunOutcome, RunStatus
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
    "NaN": b'{"figures": {"ic": NaN}}',
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


@pytest.mark.parametrize("how", ["empty", "no JSON", "not UTF-8", "a list", "deep"])
def test_a_malformed_definition_is_told(how: str, tmp_path: Path) -> None:
    (tmp_path / "definition.json").write_bytes(MALFORMED[how])
    raised(given_definition, tmp_path, "definition")
    (tmp_path / "definition.json").write_text("{}")
    assert given_definition(tmp_path) == "{}"


OVERWRITES = """import os, sys
cells = sys.modules["nbcode.run._cells"]
sys.modules["nbcode.run._guard"]._state.active = False
old, scratch = cells._write, cells._plan.scratch
def last(name, value):
    {lie}
    old(name, value)
cells._write = last
"""
LIES = {
    "a malformed report": "open(scratch + '/handover/report.json', 'wb').write(b'[1]')",
    "no report": "os.remove(scratch + '/handover/report.json')",
    "a malformed verdict": 'open(scratch + \'/handover/report.json\', \'w\').write(\'{"kind": "python", "figures": {}, "look_ahead": 7}\')',
    "rows that are none": 'open(scratch + \'/handover/report.json\', \'w\').write(\'{"kind": "python", "figures": {}, "rows": [{"use": "trained", "to": "x"}, {"use": "tested", "from": []}]}\')',
    "a malformed draft": "open(scratch + '/draft.json', 'w').write('[]')",
    "a malformed definition": "os.makedirs(scratch + '/handover/given', exist_ok=True); open(scratch + '/handover/given/definition.json', 'wb').write(b'\\xff')",
}


@pytest.mark.parametrize("lie", [*LIES, ""])
def test_a_run_whose_cells_overwrite_the_runs_files_fails_with_one_finding(
    lie: str, run_cells: Callable[..., RunOutcome]
) -> None:
    """Control: the same cells that write nothing finish."""
    outcome = run_cells(
        ("setup", OVERWRITES.format(lie=LIES.get(lie, "pass"))),
        ("model", "from sklearn.linear_model import Ridge\nm = Ridge().fit([[0.0], [1.0]], [0.0, 1.0])"),
        ("eval", "report = {'x': 1.0}"),
        definition_kind="python",
        definition_digest=PYTHON_DIGEST,
    )
    assert (outcome.status is RunStatus.FINISHED) == (not lie), outcome.diagnostics
    if lie:
        (told,) = outcome.diagnostics
        assert told.code == "NBC-H01"
        assert (
            "a cell has written to the run's own files" in (told.cause or "") or "definition" in told.message
        )
