"""Processes that a kernel leaves: adopted by the executor, and ended before results are read."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fakes.patience import ENOUGH_S

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="orphans are adopted on Linux alone"
)
# A kernel that ends at once and leaves a process in a session of its own; then what is left, by whether that process holds the pipe.
EXECUTOR = """
import os, select, sys
from nbcode.run._below import adopt_orphans, end_children
if {adopts}:
    adopt_orphans()
alive, held = os.pipe()
leash, end = os.pipe()  # they all end with this process
kernel = os.fork()
if kernel == 0:
    os.close(end)
    os.setsid()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            select.select([leash], [], [])
        select.select([leash], [], [])
    os._exit(0)
os.close(held)
os.waitpid(kernel, 0)
judge = os.fork()
if judge == 0:
    os.close(alive)
    os.close(end)
    select.select([leash], [], [])
ended = end_children({{judge}})
gone = bool(select.select([alive], [], [], 0.2)[0])
os.kill(judge, 0)
os.kill(judge, 9)
print(ended, gone)
"""


def told(*, adopts: bool) -> str:
    done = subprocess.run(
        [sys.executable, "-c", EXECUTOR.format(adopts=adopts)],
        capture_output=True,
        text=True,
        check=True,
        timeout=ENOUGH_S,
    )
    return done.stdout.strip()


def test_what_a_kernel_left_is_ended_and_the_judge_is_not() -> None:
    assert told(adopts=True) == "True True"


def test_without_adoption_it_would_live_on() -> None:
    assert told(adopts=False) == "True False"
