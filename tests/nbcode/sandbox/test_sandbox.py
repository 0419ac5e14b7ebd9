"""The walls alone, without the guard inside the kernel: what each isolation level refuses, and that it does not refuse it by itself."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.patience import with_time_to_begin
from nbcode.sandbox import (
    ISOLATION_LEVELS,
    Bounds,
    IsolationLevel,
    Mount,
    Request,
    SandboxResult,
    SandboxUnavailableError,
    launch,
    probe,
    scratch_directory,
)

Listening = tuple[socket.socket, socket.socket]
ATTEMPTS = r"""
import json, os, socket, subprocess, sys
def attempt(name, action):
    try:
        found[name] = bool(action())
    except OSError:
        found[name] = False
def connect(kind):
    with socket.socket(socket.AF_INET, kind) as s:
        s.settimeout(2); s.connect(("127.0.0.1", int(sys.argv[3]))); s.send(b"x"); return True
def write(path):
    with open(path, "w") as stream: stream.write("x")
    return True
found = {"environment": "NBCODE_SECRET" in os.environ}
attempt("file", lambda: open(sys.argv[1]).read())
attempt("home", lambda: os.listdir(sys.argv[2]))
attempt("tcp", lambda: connect(socket.SOCK_STREAM))
attempt("udp", lambda: connect(socket.SOCK_DGRAM))
attempt("raw", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close() is None)
attempt("netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15).close() is None)
attempt("unix", lambda: [one.close() for one in socket.socketpair()])
attempt("write", lambda: write(sys.argv[2] + "/left"))
attempt("program", lambda: subprocess.run(["/bin/true"]).returncode == 0)
attempt("signal", lambda: os.kill(int(sys.argv[4]), 0) is None)
attempt("parent", lambda: open(f"/proc/{sys.argv[4]}/environ").read())
attempt("declared", lambda: open(sys.argv[5]).read())
attempt("out", lambda: write(sys.argv[6] + "/result"))
print(json.dumps(found))
"""
NOTHING = dict.fromkeys(
    ("environment", "file", "home", "tcp", "udp", "raw", "netlink", "write", "program", "signal", "parent"),
    False,
) | {
    "unix": True,
    "declared": True,
    "out": True,
}


@pytest.fixture
def scratch() -> Iterator[Path]:
    with scratch_directory() as made:
        yield made


@pytest.fixture
def listening() -> Iterator[tuple[socket.socket, socket.socket]]:
    with socket.socket() as server, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        datagrams.bind(("127.0.0.1", server.getsockname()[1]))
        datagrams.settimeout(0.2)
        yield server, datagrams


def available(level: IsolationLevel) -> None:
    found = probe(level)
    if not found.available:
        pytest.skip(f"{level}: {found.reason}")


def attempts(
    level: IsolationLevel,
    tmp_path: Path,
    scratch: Path,
    listening: Listening,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, bool]:
    monkeypatch.setenv("NBCODE_SECRET", "hunter2")
    home = tmp_path / "home"
    home.mkdir()
    (home / "notes.txt").write_text("private")
    declared = tmp_path / "prices.csv"
    declared.write_text("a\n1\n")
    (tmp_path / "out").mkdir()
    lines: list[str] = []
    request = Request(
        python=Path(sys.executable),
        arguments=(
            "-I",
            "-c",
            ATTEMPTS,
            str(home / "notes.txt"),
            str(home),
            str(listening[0].getsockname()[1]),
            str(os.getpid()),
            "{prices}",
            "{out}",
        ),
        scratch=scratch,
        out=tmp_path / "out",
        mounts=(("prices", Mount(host=declared, inside=Path("/in/prices.csv"))),),
        canary=home / "notes.txt",
    )
    launch(request, level=level, on_line=lines.append)
    found: dict[str, bool] = json.loads(lines[-1])
    try:
        found["udp"] = bool(listening[1].recv(1))
    except TimeoutError:
        found["udp"] = False
    return found


@pytest.mark.enable_socket
def test_namespaces_refuse_everything_but_what_is_declared(
    tmp_path: Path, scratch: Path, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sockets are of a network of its own, where nobody is."""
    available(IsolationLevel.NAMESPACES)
    found = attempts(IsolationLevel.NAMESPACES, tmp_path, scratch, listening, monkeypatch)
    assert found | {"netlink": False} == NOTHING


@pytest.mark.enable_socket
def test_landlock_and_seccomp_refuse_everything_but_what_is_declared(
    tmp_path: Path, scratch: Path, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    available(IsolationLevel.LANDLOCK)
    assert attempts(IsolationLevel.LANDLOCK, tmp_path, scratch, listening, monkeypatch) == NOTHING


@pytest.mark.enable_socket
def test_the_same_attempts_succeed_without_walls_but_for_the_environment(
    tmp_path: Path, scratch: Path, listening: Listening, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = attempts(IsolationLevel.PROCESS, tmp_path, scratch, listening, monkeypatch)
    assert found.pop("environment") is False
    found["raw"] = True  # takes a right that not every user has
    if not sys.platform.startswith("linux"):
        found["parent"] = True
    assert set(found.values()) == {True}


@pytest.mark.enable_socket
@pytest.mark.parametrize("level", [IsolationLevel.LANDLOCK, IsolationLevel.NAMESPACES])
def test_a_canary_that_can_be_read_makes_the_level_unavailable(
    level: IsolationLevel, tmp_path: Path, scratch: Path
) -> None:
    available(level)
    canary = tmp_path / "canary"
    canary.write_text("sing")
    request = Request(
        python=Path(sys.executable),
        arguments=("-c", ""),
        scratch=scratch,
        mounts=(("hole", Mount(host=tmp_path, inside=tmp_path)),),
        canary=canary,
    )
    with pytest.raises(SandboxUnavailableError, match="an undeclared file could be read"):
        launch(request, level=level, on_line=print)


@pytest.mark.enable_socket
@pytest.mark.parametrize("level", ISOLATION_LEVELS)
def test_a_probe_says_of_each_level_whether_it_holds_and_if_not_why(level: IsolationLevel) -> None:
    found = probe(level)
    assert found.available != bool(found.reason)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[-1].split()[0] != "Z"
    except OSError:
        return False


FAMILY = r"""
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print(child.pid, flush=True)
time.sleep(86_400)
"""


@pytest.mark.enable_socket
def test_a_bound_ends_the_whole_tree(scratch: Path) -> None:
    def run(limit_s: float) -> tuple[SandboxResult, list[str]]:
        lines: list[str] = []
        arguments = ("-c", FAMILY)
        request = Request(
            python=Path(sys.executable), arguments=arguments, scratch=scratch, bounds=Bounds(time_s=limit_s)
        )
        return launch(request, level=IsolationLevel.PROCESS, on_line=lines.append), lines

    ended, lines = with_time_to_begin(run, lambda found: bool(found[1]))
    assert ended.stopped_by == "time"
    assert not alive(int(lines[0]))


@pytest.mark.enable_socket
@pytest.mark.parametrize("level", [IsolationLevel.PROCESS, IsolationLevel.NAMESPACES])
def test_an_interrupt_in_the_caller_ends_the_whole_tree(level: IsolationLevel, scratch: Path) -> None:
    available(level)

    def interrupt(_line: str) -> None:
        raise KeyboardInterrupt

    code = (
        FAMILY if level is IsolationLevel.PROCESS else "import time; print(1, flush=True); time.sleep(86_400)"
    )
    request = Request(python=Path(sys.executable), arguments=("-c", code), scratch=scratch)
    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        launch(request, level=level, on_line=interrupt)
    marker = str(scratch).encode()
    left = [
        p
        for p in Path("/proc").glob("[0-9]*")
        if p.name != str(os.getpid()) and alive(int(p.name)) and marker in _command_line(p)
    ]
    assert left == []


def _command_line(process: Path) -> bytes:
    try:
        return (process / "cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.enable_socket
def test_memory_beyond_the_bound_ends_the_tree(scratch: Path) -> None:
    request = Request(
        python=Path(sys.executable),
        arguments=("-c", "import time; a = bytearray(300 << 20); time.sleep(60)"),
        scratch=scratch,
        bounds=Bounds(memory_bytes=200 << 20),
    )
    ended = launch(request, level=IsolationLevel.PROCESS, on_line=print)
    assert ended.stopped_by == "memory"
    assert ended.peak_bytes > 200 << 20
