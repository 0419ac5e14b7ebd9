"""The law of `nbcode.cli.streams`, from outside: 0 only for a result, whatever signal comes and whatever becomes of a stream.

Every process here is the installed program. A signal is sent at a step that the process itself comes to (an import, a failpoint),
never after a time. ``NBCODE_FAULTS=all`` (`make faults`) tries the whole product and many more steps.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from alpha_bench.describe import atomic_file, left_beside
from nbcode.promotion.failpoints import POINTS

pytestmark = pytest.mark.long

NBCODE = str(Path(sys.executable).parent / "nbcode")
AT_A_STEP = str(Path(__file__).parents[2] / "fakes" / "at_a_step")
ALL = os.environ.get("NBCODE_FAULTS") == "all"
SIGNALS = ("INT", "TERM", "HUP")
GOOD = """\
# %% [meta]
# id: tiny
# kind: model
# horizon: 1d
# owner: ann
# inputs:
#   d: d.csv
# %% [features]
f = inputs["d"][["x"]]
# %% [model]
from sklearn.linear_model import LinearRegression
m = LinearRegression().fit(f, inputs["d"]["y"])
# %% [eval]
report = {"n": float(len(f))}
"""
BAD = "# %% [meta]\n# id: X\n# %% [model]\nm = foo\n"
QUICK: tuple[tuple[tuple[str, ...], int], ...] = (
    (("--help",), 0),
    (("--version",), 0),
    (("init", "new", "--no-kernel"), 0),
    (("check", "good.py"), 0),
    (("check", "bad.py"), 2),
    (("build", "bad.py"), 2),
    (("run", "bad.py"), 2),
    (("promote", "bad.py"), 2),
    (("status",), 0),
    (("logs",), 2),
    (("resume",), 0),
    (("show", "tiny"), 2),
    (("models",), 0),
    (("explain",), 0),
    (("explain", "NBC-Q99"), 2),
    (("doctor",), 0),
    (("promte",), 2),
)
"""A call of each command and the code that it gives on a good day; those that work long have tests of their own below."""


def made(folder: Path) -> Path:
    (folder / "nbcode.toml").write_text("")
    (folder / "d.csv").write_text("date,x,y\n2020-01-01,1,2\n2020-01-02,2,4\n2020-01-03,3,7\n")
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text(BAD)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("law"))


def nbcode(
    folder: Path, *arguments: str, shell: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    """The program in ``folder``, with redirections as the shell writes them."""
    words = ["sh", "-c", f'exec "$0" "$@" {shell}', NBCODE, *arguments] if shell else [NBCODE, *arguments]
    return subprocess.run(
        words,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": AT_A_STEP} | environment,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def told_interrupted(done: subprocess.CompletedProcess[str], *, as_json: bool) -> None:
    """Exit 5 and NBC-X02, as text on standard error or as the one object on standard output."""
    assert "Traceback" not in done.stdout + done.stderr
    assert done.returncode == 5, done
    if as_json:
        value = json.loads(done.stdout)
        assert (value["status"], value["exit_code"]) == ("failed", 5)
        assert [d["code"] for d in value["diagnostics"]] == ["NBC-X02"]
    else:
        assert "NBC-X02 interrupted" in done.stderr
        assert done.stdout == ""


def verbs_by_signal() -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Every verb, at its parsing, at its own import and at its command's; signals take turns unless all are tried."""
    turn = 0
    for arguments, _ in QUICK:
        verb = arguments[0]
        if verb.startswith("-") or verb == "promte" or arguments[-1] in ("bad.py", "NBC-Q99"):
            continue
        for step in ("nbcode.cli.application", f"nbcode.cli.verbs.{verb}", f"nbcode.commands.{verb}"):
            for number in SIGNALS if ALL else (SIGNALS[turn % 3],):
                yield arguments, step, number
            turn += 1


@pytest.mark.parametrize(("arguments", "step", "number"), list(verbs_by_signal()))
def test_a_signal_at_any_step_of_a_quick_command_is_exit_5_and_said(
    project: Path, arguments: tuple[str, ...], step: str, number: str
) -> None:
    as_json = len(step) % 2 == 0
    words = (*arguments, "--json") if as_json else arguments
    told_interrupted(nbcode(project, *words, SIGNAL_AT=f"{number}:{step}"), as_json=as_json)


@pytest.mark.parametrize("nth", range(1, 400, 7) if ALL else (1, 40, 90, 150))
def test_a_signal_at_any_event_of_the_interpreter_is_5_or_too_late(project: Path, nth: int) -> None:
    done = nbcode(project, "status", "--json", SIGNAL_AT=f"TERM:#{nth}")
    assert "Traceback" not in done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (done.returncode, told["status" if done.returncode else "promotions"]) in [(5, "failed"), (0, [])]


def test_without_a_signal_the_control_ends_well(project: Path) -> None:
    for arguments, code in QUICK:
        done = nbcode(project, *arguments)
        assert done.returncode == code, done
        assert "Traceback" not in done.stderr


def test_a_signal_that_the_process_was_started_to_ignore_stays_ignored(project: Path) -> None:
    ignoring = f"trap '' HUP; exec {NBCODE} status --json"
    done = subprocess.run(
        ["sh", "-c", ignoring],
        cwd=project,
        env=os.environ | {"PYTHONPATH": AT_A_STEP, "SIGNAL_AT": "HUP:nbcode.cli.verbs.status"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["promotions"]) == (0, [])


def test_a_signal_while_the_answer_is_written_ends_at_once_with_5_and_is_said(project: Path) -> None:
    """Nobody reads the pipe, which is smaller than the answer: the program waits in the middle of it."""
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen(
        [NBCODE, "explain"], cwd=project, stdout=writing, stderr=subprocess.PIPE, text=True
    ) as process:
        os.close(writing)
        assert len(os.read(reading, 1)) == 1  # it has begun to tell
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate()
        os.close(reading)
    assert (process.returncode, err.split()[0]) == (5, "NBC-X02")


EARLY = ("gc", "nbcode.cli.frame", "nbcode.cli.streams", "nbcode.cli.signals", "nbcode.primitives")
"""Of what is loaded before a command is asked for, the first module when the signals are taken, and others of ours."""


@pytest.mark.parametrize("step", EARLY)
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_program_is_loaded_is_exit_5_and_said(
    project: Path, step: str, number: str
) -> None:
    as_json = len(step) % 2 == 0
    words = ("status", "--json") if as_json else ("--version",)
    told_interrupted(nbcode(project, *words, SIGNAL_AT=f"{number}:{step}"), as_json=as_json)


def test_the_control_a_signal_before_the_first_line_is_pythons(project: Path) -> None:
    assert nbcode(project, "--version", SIGNAL_AT="TERM:nbcode.cli").returncode == -signal.SIGTERM


def test_nothing_is_loaded_before_the_signals_are_taken(project: Path) -> None:
    code = (
        "import sys; seen = []; sys.addaudithook(lambda e, a: seen.append(a[0]) if e == 'import' else None)\n"
        "import nbcode.cli, nbcode.cli.early; print(*seen)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=True
    )
    loaded = [name for name in done.stdout.split() if name != "__future__"]
    assert [name for name in loaded if name != "nbcode"] == ["nbcode.cli", "nbcode.cli.early"]


def test_the_third_signal_while_the_program_is_loaded_ends_it_at_once(project: Path) -> None:
    code = "from nbcode.cli.early import remember_signals; remember_signals()\nimport os\nfor n in (2, 15, 2): os.kill(os.getpid(), n); print(n, flush=True)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (5, ["2", "15"], "")


def full_pipe() -> tuple[int, int]:
    """A pipe that takes nothing until it is read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    try:
        while True:
            os.write(writing, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(writing, True)
    return reading, writing


def stalled(
    folder: Path, *arguments: str, stream: str, read: bool = False, **environment: str
) -> tuple[int, str, bytes]:
    """Exit code, the other stream, and what came through the pipe that is full when the program begins; with ``read`` it is read."""
    reading, writing = full_pipe()
    kept = len(os.read(reading, 1))  # a byte of room, which no line fits in
    other = "stderr" if stream == "stdout" else "stdout"
    with subprocess.Popen(
        [NBCODE, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": AT_A_STEP} | environment,
        text=True,
        **{stream: writing, other: subprocess.PIPE},
    ) as process:
        os.close(writing)
        through = b""
        while read and (data := os.read(reading, 65536)):
            through += data
        told = process.communicate()
        os.close(reading)
    assert kept == 1
    return process.returncode, (told[0] or "") + (told[1] or ""), through.lstrip(b"x")


@pytest.mark.parametrize("step", ["@_has_room", "nbcode.commands.promote"])
@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_ends_a_command_whose_progress_nobody_reads(
    project: Path, step: str, number: str
) -> None:
    """At the first: a second is not sent."""
    code, out, _ = stalled(
        project, "promote", "good.py", "--json", stream="stderr", SIGNAL_AT=f"{number}:{step}"
    )
    told_interrupted(subprocess.CompletedProcess([], code, out, ""), as_json=True)


def test_with_both_streams_stalled_the_first_signal_ends_it(project: Path) -> None:
    code, out, _ = stalled(project, "run", "good.py", stream="stderr", SIGNAL_AT="TERM:@_has_room")
    assert (code, out) == (5, "")
    code, err, _ = stalled(
        project, "status", "--json", stream="stdout", SIGNAL_AT="HUP:nbcode.commands.status"
    )
    assert (code, err.split()[0]) == (5, "NBC-X06")


def test_the_control_without_a_signal_a_slow_reader_gets_everything(project: Path) -> None:
    code, out, through = stalled(project, "promte", stream="stderr", read=True)
    assert (code, out) == (2, "")
    assert through.startswith(b"NBC-X01")
    code, _, through = stalled(project, "explain", stream="stdout", read=True)
    assert (code, through.decode()) == (0, nbcode(project, "explain").stdout)


def test_another_thread_that_waits_for_a_reader_is_let_go(project: Path) -> None:
    reading, writing = full_pipe()
    code = (
        "import sys, threading, time\n"
        "from nbcode.cli import streams\n"
        "streams.guard()\n"
        "thread = threading.Thread(target=lambda: print('x' * 5000, file=sys.stderr))\n"
        "thread.start()\n"
        "while sys._current_frames()[thread.ident].f_code.co_name != '_has_room': time.sleep(0.01)\n"
        "streams.hurry()\n"
        "thread.join()\n"
        "print('let go', flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=project, stdout=subprocess.PIPE, stderr=writing, text=True
    ) as process:
        os.close(writing)
        out, _ = process.communicate()
    os.close(reading)
    assert (process.returncode, out) == (0, "let go\n")


STREAMS = {
    "stdout closed": ">&-",
    "stdout full": "> /dev/full",
    "stderr closed": "2>&-",
    "stderr full": "2> /dev/full",
    "both closed": ">&- 2>&-",
    "both full": "> /dev/full 2>&1",
    "all closed": "<&- >&- 2>&-",
}


def streams_by_verb() -> Iterator[tuple[tuple[str, ...], int, str]]:
    for position, (arguments, code) in enumerate(QUICK):
        names = list(STREAMS)
        chosen = names if ALL else [names[(position + step) % len(names)] for step in (0, 3)]
        for name in dict.fromkeys([*chosen, "stdout closed", "stdout full"]):
            yield arguments, code, name


@pytest.mark.parametrize(("arguments", "code", "state"), list(streams_by_verb()))
def test_a_failing_stream_never_makes_a_failure_a_success(
    project: Path, arguments: tuple[str, ...], code: int, state: str
) -> None:
    done = nbcode(project, *arguments, shell=STREAMS[state])
    assert "Traceback" not in done.stdout + done.stderr
    lost = not state.startswith("stderr")
    silent = arguments == ("check", "bad.py") or code == 0  # these answer on standard output
    assert done.returncode == (code or 3 if lost else code), done
    if state.startswith("stdout") and silent:
        assert "NBC-X06" in done.stderr
        # Said only where something is put on record.
        assert ("on record" in done.stderr) == (arguments[0] in ("promote", "resume"))


def broken(folder: Path, arguments: Sequence[str], *, stdout: bool, stderr: bool) -> tuple[int, str, str]:
    """The program with pipes that nobody reads in the place of these streams."""
    reading, writing = os.pipe()
    with subprocess.Popen(
        [NBCODE, *arguments],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=writing if stdout else subprocess.PIPE,
        stderr=writing if stderr else subprocess.PIPE,
        text=True,
    ) as process:
        os.close(reading)
        os.close(writing)
        out, err = process.communicate()
    return process.returncode, out or "", err or ""


@pytest.mark.parametrize(("arguments", "code"), QUICK)
def test_a_reader_that_has_gone_leaves_a_command_its_own_code(
    project: Path, arguments: tuple[str, ...], code: int
) -> None:
    for stdout, stderr in ((True, False), (False, True), (True, True)) if ALL else ((True, False),):
        ended, out, err = broken(project, arguments, stdout=stdout, stderr=stderr)
        assert ended == code
        assert "Traceback" not in out + err
        assert "NBC-X06" not in err


STEPS = POINTS if ALL else POINTS[1::4]
"""Every part of the way has some; the first is not among them, since nothing is begun there."""


@pytest.fixture(scope="module")
def interrupted(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, list[subprocess.CompletedProcess[str]]]:
    """A project whose promote was given a signal at one failpoint after the other, each going on where the last one ended."""
    folder = made(tmp_path_factory.mktemp("steps"))
    ends = []
    for position, step in enumerate(STEPS):
        words = ("promote", "good.py", "--json") if position % 2 else ("promote", "good.py")
        ends.append(nbcode(folder, *words, NBCODE_FAILPOINT=f"{step}:{SIGNALS[position % 3]}"))
    return folder, ends


@pytest.mark.parametrize("position", range(len(STEPS)), ids=STEPS)
def test_a_signal_at_any_step_of_a_promote_is_exit_5_and_said(
    interrupted: tuple[Path, list[subprocess.CompletedProcess[str]]], position: int
) -> None:
    done = interrupted[1][position]
    as_json = position % 2 == 1
    if not as_json:
        assert "`nbcode resume` finishes what ran on this machine" in done.stderr
    told_interrupted(done, as_json=as_json)


def test_after_a_signal_at_every_step_there_is_one_candidate_and_nothing_left_over(
    interrupted: tuple[Path, list[subprocess.CompletedProcess[str]]],
) -> None:
    folder, _ = interrupted
    done = nbcode(folder, "resume", "--json")
    assert done.returncode == 0, done
    shown = json.loads(nbcode(folder, "show", "tiny", "--verify", "--json").stdout)
    assert [(v["version"], v["alias"]) for v in shown["versions"]] == [(1, "candidate")]
    assert unfinished(folder / ".nbcode") == []


def unfinished(folder: Path) -> list[Path]:
    """What somebody who was killed while he wrote has left below ``folder``: files as `atomic_files` names them, and results that were
    fetched in part."""
    hidden = [path for path in folder.rglob(".*") if path.name.count(".") > 1]
    files = [p for p in hidden if p in left_beside(p.with_name(p.name[1:].rpartition(".")[0]))]
    return [*files, *folder.rglob("*.part")]


def test_the_control_a_file_that_is_being_written_is_unfinished(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    (tmp_path / "below").mkdir()
    with atomic_file(tmp_path / "below" / "ended.json", durable=False) as stream:
        stream.write(b"{")
        (found,) = unfinished(tmp_path)
        assert found.parent == tmp_path / "below"
    assert unfinished(tmp_path) == []
    (tmp_path / "out.0.part").mkdir()
    assert unfinished(tmp_path) == [tmp_path / "out.0.part"]


SLOW = GOOD.replace("f = inputs", "import time\ntime.sleep(3600)\nf = inputs")


@pytest.mark.parametrize("verb", ["run", "promote"])
def test_a_signal_in_a_cell_ends_the_run_with_5(tmp_path: Path, verb: str) -> None:
    folder = made(tmp_path)
    (folder / "slow.py").write_text(SLOW)
    with subprocess.Popen(
        [NBCODE, verb, "slow.py", "--json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "features" in line:
                break
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate()
    told_interrupted(subprocess.CompletedProcess([], process.returncode, out, err), as_json=True)


def test_a_promote_whose_progress_nobody_reads_becomes_a_candidate_all_the_same(tmp_path: Path) -> None:
    folder = made(tmp_path)
    code, out, _ = broken(folder, ["promote", "good.py", "--json"], stdout=False, stderr=True)
    assert (code, json.loads(out)["status"]) == (0, "done")


@pytest.mark.parametrize("state", ["stdout full", "both closed"])
def test_a_promote_whose_result_is_lost_is_3_and_on_record(tmp_path: Path, state: str) -> None:
    folder = made(tmp_path)
    done = nbcode(folder, "promote", "good.py", "--json", shell=STREAMS[state])
    assert done.returncode == 3
    if state == "stdout full":
        assert "NBC-X06" in done.stderr
        assert os.strerror(errno.ENOSPC).lower() in done.stderr
    (found,) = json.loads(nbcode(folder, "status", "--json").stdout)["promotions"]
    assert (found["state"], found["version"]) == ("done", 1)
