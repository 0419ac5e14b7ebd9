"""Whether stacks are those of a kernel that waits for messages, and how a process is seen to sleep."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbcode.run import _silence
from nbcode.run._silence import LOOKS, Silence, only_its_own, waits_for_messages

LOOP = """  File "/lib/selectors.py", line 468 in select
  File "/lib/asyncio/base_events.py", line 1884 in _run_once
  File "/site/ipykernel/kernelapp.py", line 758 in start
  File "/site/nbcode/run/_kernel.py", line 59 in main
  File "<frozen runpy>", line 198 in _run_module_as_main
"""
OTHER = 'Thread 0x01 (most recent call first):\n  File "<cell 2 [setup]>", line 3 in work\n\n'
MAIN = "Current thread 0x02 (most recent call first):\n"


def test_a_kernel_in_its_event_loop_waits_whatever_threads_its_cells_left() -> None:
    assert waits_for_messages(OTHER + MAIN + LOOP)
    assert waits_for_messages(MAIN + LOOP)


@pytest.mark.parametrize(
    "frames",
    [
        '  File "<cell 3 [model]>", line 2 in <module>\n',
        '  File "/site/nbcode/run/_cells.py", line 134 in end\n',
        '  File "<nbcode 5>", line 2 in <module>\n',
    ],
)
def test_a_cell_or_what_comes_after_the_last_one_is_at_work(frames: str) -> None:
    assert not waits_for_messages(MAIN + '  File "/lib/selectors.py", line 468 in select\n' + frames + LOOP)


def test_what_is_not_in_the_loop_is_at_work_and_what_says_nothing_is_not_judged() -> None:
    assert not waits_for_messages(MAIN + '  File "/lib/json/encoder.py", line 200 in encode\n' + LOOP)
    assert not waits_for_messages(OTHER)
    assert not waits_for_messages("")


IO = (
    'Thread 0x03 (most recent call first):\n  File "/site/ipykernel/iostream.py", line 92 in _thread_main\n\n'
)


def test_threads_that_the_kernel_started_are_told_from_those_of_cells() -> None:
    assert only_its_own(IO + MAIN + LOOP)
    assert not only_its_own(IO + OTHER + MAIN + LOOP)
    library = 'Thread 0x04 (most recent call first):\n  File "/lib/threading.py", line 982 in run\n\n'
    assert not only_its_own(library + MAIN + LOOP), "a cell may have a library's function run"
    assert not only_its_own("")


def watched(stacks: list[str], code: str, looks: int | None = None) -> list[bool]:
    """What each of ``looks`` at a process that runs ``code`` said; None: until it is silent. A busy machine may take more of them."""
    with subprocess.Popen(
        [sys.executable, "-c", f"print(flush=True)\n{code}"], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        silence = Silence(process.pid, lambda: stacks.pop(0))
        while _silence._asleep(process.pid) != ("input" in code):
            pass
        found: list[bool] = []
        while not any(found) if looks is None else len(found) < looks:
            found.append(silence.noticed())
        process.kill()
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/task"), reason="only /proc tells who sleeps")  # noqa: PTH110
def test_only_who_sleeps_all_the_time_and_waits_twice_for_messages_is_silent() -> None:
    idle, busy = MAIN + LOOP, OTHER
    assert len(watched([idle, idle], "input()")) > 2 * LOOKS
    assert not any(watched([idle, idle], "input()", 2 * LOOKS))
    assert not any(watched([busy], "input()", 4 * LOOKS)), "a cell that sleeps is asked once"
    assert not any(watched([idle, busy], "input()", 4 * LOOKS))
    assert not any(watched([], "while True: pass", 4 * LOOKS)), "nobody who works is asked"
    spins = "import threading\nt = threading.Thread(target=lambda: [0 for _ in iter(int, 1)], daemon=True); t.start()\ninput()"
    assert watched_spinning(IO + idle, spins), "a thread of the kernel's own may spin"
    assert not watched_spinning(OTHER + idle, spins, asked=3), "one that a cell has left is at work"


def watched_spinning(stack: str, code: str, asked: float = math.inf) -> bool:
    """Whether a process whose other thread never sleeps is ever silent, before it was ``asked`` so many times for its stacks. Its
    main thread is found asleep again and again: it waits for a line, and takes the interpreter's lock from the other for that."""
    times = 0

    def stacks() -> str:
        nonlocal times
        times += 1
        return stack

    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    ) as process:
        while _silence._state(process.pid, process.pid) != b"S" or len(threads_of(process.pid)) < 2:
            pass
        noticed = False
        while not noticed and times < asked:
            silence = Silence(process.pid, stacks)
            for _ in range(4 * LOOKS):
                noticed = noticed or silence.noticed()
        process.kill()
    return noticed


def threads_of(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())
