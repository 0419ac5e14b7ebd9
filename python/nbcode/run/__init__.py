"""A run: the promoted cells alone, in a fresh kernel, in the sandbox, with only what they declare.

Values and the state machine are pure; ``LocalRunner`` is the runner of this machine. Windows: ``_local.py`` (here),
``_execute.py``, ``_papermill.py``, ``_kernel.py`` (inside the sandbox), ``sandbox/`` (the walls).
"""

from nbcode.configuration import Isolation
from nbcode.run.machine import Effect, Run, begin_run, step
from nbcode.run.manifest import read_result, result_to_json
from nbcode.run.port import Runner
from nbcode.run.values import (
    Limits,
    PlannedCell,
    ResultFile,
    ResultManifest,
    RunEvent,
    RunOutcome,
    RunPlan,
    RunStatus,
)

__all__ = [
    "Effect",
    "Isolation",
    "Limits",
    "PlannedCell",
    "ResultFile",
    "ResultManifest",
    "Run",
    "RunEvent",
    "RunOutcome",
    "RunPlan",
    "RunStatus",
    "Runner",
    "begin_run",
    "read_result",
    "result_to_json",
    "step",
]
