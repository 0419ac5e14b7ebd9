"""Whatever happens inside a command becomes a diagnostic and an exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S
from nbcode.cli import main
from nbcode.cli.failures import report
from nbcode.cli.output import OUTPUT_VERSION, Output, finite
from nbcode.cli.terminal import style_of
from nbcode.primitives import Diagnostic, NbcodeError, this_process

COMMANDS = "init check build run promote status logs resume show report models explain doctor".split()
NBCODE = str(Path(sys.executable).parent / "nbcode")

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with a store in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".nbcode").mkdir()
    return tmp_path


def test_every_command_has_help_with_an_example(capsys: Capture) -> None:
    for command in COMMANDS:
        assert main([command, "--help"]) == 0
        told = capsys.readouterr().out
        assert "Examples:" in told
        assert f"nbcode {command}" in told
        assert "--json" in told


def test_help_lists_exactly_the_commands_that_work(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f"\n  {command} " in told for command in COMMANDS)


def test_no_argument_means_help(capsys: Capture) -> None:
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("Usage: nbcode")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["promte"], "did you mean 'promote'?"),
        (["check"], "missing argument 'NOTEBOOK...'"),
        (["check", "--formt", "json", "x"], "--format"),
        (["check", "x", "--format", "gihub"], "did you mean github?"),
        (["run", "x", "--isolation", "full"], "expected one of auto, process"),
        (["show"], "missing argument 'MODEL'"),
        (["explain", "a", "b"], "unexpected extra argument"),
        (["--nonsense"], "no such option"),
    ],
)
def test_wrong_arguments_are_a_typed_error(capsys: Capture, arguments: list[str], told: str) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("NBC-X01 ")
    assert told.lower() in captured.err.lower()
    assert "--help`" in captured.err


def test_wrong_arguments_with_json_are_one_object(capsys: Capture) -> None:
    assert main(["show", "--json"]) == 2
    captured = capsys.readouterr()
    value = json.loads(captured.out)
    assert captured.err == ""
    assert (value["status"], value["exit_code"]) == ("failed", 2)
    assert [d["code"] for d in value["diagnostics"]] == ["NBC-X01"]


@pytest.mark.parametrize(
    ("error", "code", "exit_code"),
    [
        (NbcodeError([Diagnostic(code="NBC-D04", message="m")]), "NBC-D04", 2),
        (NbcodeError([Diagnostic(code="NBC-F07", message="m")]), "NBC-F07", 3),
        (NbcodeError([Diagnostic(code="NBC-A22", message="m")]), "NBC-A22", 4),
        (NbcodeError([Diagnostic(code="NBC-A24", message="m")]), "NBC-A24", 5),
        (KeyboardInterrupt(), "NBC-X02", 5),
        (MemoryError(), "NBC-X03", 3),
        (PermissionError(13, "Permission denied", "/srv/store/x"), "NBC-X04", 3),
        (OSError(28, "No space left on device", "/srv/store/x"), "NBC-X04", 3),
        (OSError(28, "No space left on device"), "NBC-X04", 3),
        (FileNotFoundError(2, "No such file or directory", "/x"), "NBC-X00", 3),
        (ZeroDivisionError("division by zero"), "NBC-X00", 3),
        (RecursionError("too deep"), "NBC-X00", 3),
    ],
)
def test_every_exception_has_its_code_and_no_traceback(
    capsys: Capture, project: Path, error: BaseException, code: str, exit_code: int
) -> None:
    assert report(error, ["promote", "x"], this_process(), as_json=False) == exit_code
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{code} ")
    assert "Traceback" not in captured.err
    assert report(error, ["promote", "x"], this_process(), as_json=True) == exit_code
    assert json.loads(capsys.readouterr().out)["diagnostics"][0]["code"] == code


def test_an_internal_error_leaves_its_report_in_the_store(capsys: Capture, project: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="division by zero") as caught:
        print(1 / 0)
    report(caught.value, ["promote", "n.ipynb"], this_process(), as_json=False)
    (written,) = (project / ".nbcode" / "logs").iterdir()
    assert str(written) in capsys.readouterr().err
    text = written.read_text()
    assert "ZeroDivisionError: division by zero" in text
    assert "Traceback (most recent call last)" in text
    assert "['promote', 'n.ipynb']" in text


def test_an_internal_error_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    report(ZeroDivisionError("x"), [], this_process(), as_json=True)
    assert not (tmp_path / ".nbcode").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupt_says_how_to_go_on(tmp_path: Path, number: signal.Signals) -> None:
    slow = "import time; from nbcode.cli import frame; frame._dispatch = lambda g, a: (print('up', flush=True), time.sleep(60))"
    code = f"{slow}\nimport sys; sys.argv[1:] = ['promote', 'x']; frame.program()"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=ENOUGH_S)
    assert process.returncode == 5
    assert "NBC-X02 interrupted" in err
    assert "nbcode resume" in err
    assert "Traceback" not in err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with subprocess.Popen(
        [NBCODE, "explain"], cwd=tmp_path, stdout=writing, stderr=subprocess.PIPE
    ) as process:
        os.close(reading)
        os.close(writing)
        _, err = process.communicate(timeout=ENOUGH_S)
    assert (process.returncode, err) == (0, b"")


def test_a_stream_that_cannot_say_a_letter_gets_an_escape(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [NBCODE, "check", "ü.ipynb"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "\\xfc.ipynb" in done.stdout
    assert "Traceback" not in done.stderr


def test_colour_only_on_a_terminal_and_never_with_no_color() -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), open(os.devnull, "w")  # noqa: PTH123, SIM115
    with pipe:
        assert style_of(terminal, {}).colour  # type: ignore[arg-type]
        for asked, width in (("60", 60), ("", 100), ("0", 100), ("wide", 100)):
            assert style_of(pipe, {"COLUMNS": asked}).width == width, asked
        assert not style_of(terminal, {"NO_COLOR": "1"}).colour  # type: ignore[arg-type]
        assert not style_of(terminal, {"TERM": "dumb"}).colour  # type: ignore[arg-type]
        assert not style_of(pipe, {}).colour


def test_json_has_no_nan(capsys: Capture) -> None:
    assert finite({"a": [float("nan"), 1.5, {"b": float("-inf")}], "c": "x"}) == {
        "a": [None, 1.5, {"b": None}],
        "c": "x",
    }
    output = Output(as_json=True)
    output.value({"a": float("nan")})
    output.emit()
    assert json.loads(capsys.readouterr().out) == {"a": None, "schema_version": OUTPUT_VERSION}


def test_it_can_be_called_from_any_thread(capsys: Capture) -> None:
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(main(["--version"])))
    thread.start()
    thread.join()
    assert ended == [0]
    assert capsys.readouterr().out.startswith("nbcode ")


def test_init_without_an_argument_and_with_a_bare_example(project: Path, capsys: Capture) -> None:
    assert main(["init"]) == 0
    assert (project / "xsmom_v3.ipynb").is_file()
    assert main(["init", "--example", "--json"]) == 0
    assert '"plain-python"' in capsys.readouterr().out
    assert main(["init", "--example", "nothing", "--no-kernel"]) == 2
    assert "NBC-X07" in capsys.readouterr().err
