"""The installed command, the real runner and MLflow: killed in the run, interrupted, and finished by `nbcode resume`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fakes.patience import ENOUGH_S

ROOT = Path(__file__).parents[3]
NBCODE = str(Path(sys.executable).parent / "nbcode")


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    directory = tmp_path_factory.mktemp("real")
    shutil.copy(ROOT / "examples" / "xsmom_v3" / "notebook.py", directory / "notebook.py")
    return directory


def nbcode(project: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [NBCODE, *arguments],
        cwd=project,
        env=os.environ | environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    )


def left_running(project: Path) -> list[str]:
    """Processes that still have to do with the project's runs, after time enough to die in on a busy machine."""
    give_up_s = time.monotonic() + ENOUGH_S
    while True:
        found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        mine = [line for line in found.splitlines() if str(project) in line]
        if not mine or time.monotonic() > give_up_s:
            return mine
        time.sleep(0.1)


def test_killed_in_the_run_then_interrupted_then_resumed_there_is_one_candidate(project):
    killed = nbcode(project, "promote", "notebook.py", "--json", NBCODE_FAILPOINT="run.started")
    killed.communicate(timeout=900)
    assert killed.returncode == -signal.SIGKILL
    assert left_running(project) == []

    interrupted = nbcode(project, "resume", "--json")
    for line in interrupted.stderr:
        if "cell" in line:
            break
    interrupted.send_signal(signal.SIGINT)
    out, err = interrupted.communicate(timeout=900)
    assert interrupted.returncode == 5, out + err
    assert "Traceback" not in err
    assert left_running(project) == []

    waiting = nbcode(project, "status", "--json")
    (left,) = json.loads(waiting.communicate(timeout=900)[0])["promotions"]
    assert (left["state"], left["interrupted"]) == ("submitted", True)

    resumed = nbcode(project, "resume", "--json")
    out, err = resumed.communicate(timeout=900)
    assert resumed.returncode == 0, out + err
    (finished,) = json.loads(out)["finished"]
    assert (finished["status"], finished["version"], finished["alias"]) == ("done", 1, "candidate")

    shown = nbcode(project, "show", "xsmom_v3", "--json", "--verify")
    out, err = shown.communicate(timeout=900)
    (version,) = json.loads(out)["versions"]
    assert (shown.returncode, version["version"], version["alias"]) == (0, 1, "candidate")
