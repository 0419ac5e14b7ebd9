"""`promote --result FILE`: refused before the work where it cannot be written; the result is told whatever becomes of the file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbcode.cli.output import Output, versioned
from nbcode.cli.verbs import promote, report
from nbcode.commands.promote import PromoteResult, Status
from nbcode.commands.report import ReportResult
from nbcode.primitives import Cancellation, Diagnostic, Digest, NbcodeError

DIGEST = Digest("sha256:" + "a" * 64)
DONE = PromoteResult(
    status=Status.DONE,
    model="tiny",
    version=1,
    alias="candidate",
    spec_digest=DIGEST,
    definition_digest=DIGEST,
    artifact_digest=DIGEST,
    artifact=None,
    report=None,
    isolation=None,
    seconds=(("total", 1.0),),
    metrics=(("n", 3),),
    folds=(),
)


class FindingsError(NbcodeError):
    """Raised by the work itself."""


Capture = pytest.CaptureFixture[str]


def promoted(file: Path, *, as_json: bool = False, work: Any = lambda: None) -> int:
    """Promote with ``--result file``; ``work`` is done in the place of the run."""
    ran: list[int] = []

    def command(*_: object, **__: object) -> PromoteResult:
        ran.append(1)
        work()
        return DONE

    program: Any = SimpleNamespace(
        commands=SimpleNamespace(promote=command), cancellation=Cancellation(), ran=ran
    )
    output = Output(as_json=as_json)
    try:
        code = promote.run(
            Path("n.ipynb"),
            isolation=None,
            again=False,
            adopt=False,
            as_of=None,
            result_file=file,
            program=program,
            output=output,
        )
    except FindingsError:
        raise
    except NbcodeError:
        assert not ran  # the file is refused before the work
        raise
    output.emit()
    return code


def test_the_folder_is_made_and_an_earlier_result_is_replaced(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "no" / "such" / "r.json"
    for _ in range(2):
        assert promoted(file) == 0
        assert json.loads(file.read_bytes()) == json.loads(json.dumps(versioned(DONE.to_json())))
    assert "tiny version 1 is registered" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "code", "exit_code"),
    [
        ("n.ipynb", "NBC-X08", 2),
        ("link", "NBC-X08", 2),
        ("folder", "NBC-X04", 3),
        ("n.ipynb/r.json", "NBC-X04", 3),
    ],
)
def test_a_place_that_takes_no_result_is_refused_before_the_run(
    tmp_path: Path, name: str, code: str, exit_code: int
) -> None:
    (tmp_path / "n.ipynb").write_text('{"cells": []}')
    (tmp_path / "link").symlink_to("n.ipynb")
    (tmp_path / "folder").mkdir()
    with pytest.raises(NbcodeError, match=code) as caught:
        promoted(tmp_path / name)
    assert caught.value.exit_code == exit_code
    assert not any(
        fix.startswith("rm ") for fix in caught.value.diagnostics[0].fix_titles
    )  # it may be the notebook
    assert (tmp_path / "n.ipynb").read_text() == '{"cells": []}'


def test_a_promote_that_is_refused_leaves_no_earlier_success_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "r.json"
    assert promoted(file) == 0

    def refused() -> None:
        raise FindingsError([Diagnostic(code="NBC-D04", message="m")])

    with pytest.raises(FindingsError, match="NBC-D04"):
        promoted(file, work=refused)
    value = json.loads(file.read_bytes())
    assert (value["status"], value["exit_code"], value["version"]) == ("failed", 2, None)
    assert [one["code"] for one in value["diagnostics"]] == ["NBC-D04"]
    assert promoted(file) == 0  # what a failed one has written is an earlier result, too
    assert json.loads(file.read_bytes())["status"] == "done"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_that_cannot_be_written_after_all_is_3_and_the_result_is_told(
    tmp_path: Path, capsys: Capture, *, as_json: bool
) -> None:
    file = tmp_path / "r.json"
    assert promoted(file, as_json=as_json, work=file.mkdir) == 3
    told = capsys.readouterr()
    if as_json:
        value = json.loads(told.out)
        assert (value["status"], value["version"]) == ("done", 1)
        assert [one["code"] for one in value["diagnostics"]] == ["NBC-X04"]
    else:
        assert "tiny version 1 is registered" in told.out
        assert "NBC-X04" in told.err


def test_with_json_and_standard_output_for_a_file_there_is_one_object(capfd: Capture) -> None:
    assert promoted(Path("/dev/stdout"), as_json=True) == 0
    assert json.loads(capfd.readouterr().out)["model"] == "tiny"


def reported(to: Path, *, as_json: bool) -> int:
    made = ReportResult(model="tiny", version=1, path=to, facts=(("model", "tiny version 1"),))
    program: Any = SimpleNamespace(
        commands=SimpleNamespace(report=lambda *_, **__: os.write(1, b"page\n") and made)
    )
    output = Output(as_json=as_json)
    code = report.run("tiny", Path(), version=None, to=to, shown=False, program=program, output=output)
    output.emit()
    return code


def test_a_page_to_standard_output_is_alone_there(capfd: Capture) -> None:
    assert reported(Path("/dev/stdout"), as_json=False) == 0
    told = capfd.readouterr()
    assert (told.out, "tiny version 1" in told.err) == ("page\n", True)
    with pytest.raises(Exception, match="name a file with --to"):
        reported(Path("/dev/stdout"), as_json=True)
    assert (
        reported(Path("p.html"), as_json=False) == 0
    )  # the control: beside a page in a file, it is told there
    assert "tiny version 1" in capfd.readouterr().out
