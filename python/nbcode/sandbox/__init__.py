"""The sandbox: one command, confined as strongly as this machine allows, and the isolation level reported as it is.

Isolation levels, each holding what the one before it holds: ``process`` (clean subprocess), ``environment`` (an interpreter
from the lock), ``landlock`` (files and TCP by the kernel), ``namespaces`` (bubblewrap: nothing else exists).
Nothing here imports what only Linux has; the windows do, when an isolation level asks for it.
"""

from nbcode.sandbox.launch import INSIDE_SCRATCH, SandboxResult, launch
from nbcode.sandbox.pins import LAST_BITS, WHY_LAST_BITS, pinned_environment, unlike_a_run
from nbcode.sandbox.probe import Probe, probe, strongest
from nbcode.sandbox.roots import interpreter_roots, listed_roots
from nbcode.sandbox.scratch import scratch_directory
from nbcode.sandbox.values import (
    ISOLATION_LEVELS,
    Bounds,
    IsolationLevel,
    Mount,
    Request,
    SandboxUnavailableError,
    not_available,
)

__all__ = [
    "INSIDE_SCRATCH",
    "ISOLATION_LEVELS",
    "LAST_BITS",
    "WHY_LAST_BITS",
    "Bounds",
    "IsolationLevel",
    "Mount",
    "Probe",
    "Request",
    "SandboxResult",
    "SandboxUnavailableError",
    "interpreter_roots",
    "launch",
    "listed_roots",
    "not_available",
    "pinned_environment",
    "probe",
    "scratch_directory",
    "strongest",
    "unlike_a_run",
]
