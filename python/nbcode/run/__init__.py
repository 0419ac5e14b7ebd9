"""A run: the promoted cells alone, in a fresh kernel, in the sandbox, with only what they declare.

What to run (``RunContent``) is apart from where (``Placement``). A ``Runner`` takes a plan and is asked about it later; ``drive``
follows a run to its end by feeding what is observed to the state machine. ``_local.py`` is the runner of this machine.
Windows: ``_local.py``, ``_attempt.py`` (here), ``_execute.py``, ``_papermill.py``, ``_kernel.py`` (inside the sandbox).
"""

from nbcode.configuration import Isolation
from nbcode.run.content import content_digest, decode_content, encode_content
from nbcode.run.drive import RunFollower, cancel_on_error, drive, follow
from nbcode.run.kernels import kernels_of_live
from nbcode.run.machine import Effect, Run, start_run, step
from nbcode.run.manifest import read_result, result_to_json
from nbcode.run.port import START, Observation, Runner, RunReference
from nbcode.run.record import (
    EVENTS_NAME,
    EXECUTED_NAME,
    LOG_NAME,
    RECORD_NAME,
    read_events,
)
from nbcode.run.values import (
    Limits,
    Placement,
    PlannedCell,
    PlannedInput,
    PlannedModule,
    ResultFile,
    ResultManifest,
    RunContent,
    RunEvent,
    RunOutcome,
    RunPlan,
    RunRecord,
    RunStatus,
)

__all__ = [
    "EVENTS_NAME",
    "EXECUTED_NAME",
    "LOG_NAME",
    "RECORD_NAME",
    "START",
    "Effect",
    "Isolation",
    "Limits",
    "Observation",
    "Placement",
    "PlannedCell",
    "PlannedInput",
    "PlannedModule",
    "ResultFile",
    "ResultManifest",
    "Run",
    "RunContent",
    "RunEvent",
    "RunFollower",
    "RunOutcome",
    "RunPlan",
    "RunRecord",
    "RunReference",
    "RunStatus",
    "Runner",
    "cancel_on_error",
    "content_digest",
    "decode_content",
    "drive",
    "encode_content",
    "follow",
    "kernels_of_live",
    "read_events",
    "read_result",
    "result_to_json",
    "start_run",
    "step",
]
