"""Whatever stopped a command, as diagnostics and an exit code."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import typer

from nbcode.cli.incident import record
from nbcode.cli.output import Output
from nbcode.cli.render.diagnostics import render_diagnostics
from nbcode.cli.source import SourceLines
from nbcode.primitives import (
    CancelledError,
    Diagnostic,
    Exit,
    Json,
    NbcodeError,
    Place,
    Runtime,
    Severity,
    errors_of,
    exit_for,
)

_REFUSALS = frozenset(
    {
        errno.EACCES,
        errno.EDQUOT,
        errno.EEXIST,
        errno.EIO,
        errno.EISDIR,
        errno.EMFILE,
        errno.ENOSPC,
        errno.ENOTDIR,
        errno.EPERM,
        errno.EROFS,
    }
)
"""What the machine says no with. A file that is merely missing is a bug of nbcode, and reported as one."""
_PROMOTING = ("promote", "refit", "retry")
_ON_RECORD = (["promote"], ["refit"], ["resume"], ["retry"])
_NO_CANDIDATE: dict[str, Json] = {
    **dict.fromkeys(("model", "version", "alias", "spec_digest", "definition_digest", "artifact_digest")),
    **dict.fromkeys(("artifact", "report", "isolation")),
    "seconds": {},
    "metrics": {},
    "folds": [],
    "run_id": None,
    "look_ahead": None,
    "judged": None,
    "line": None,
    "fan_out": None,
}
"""What `promote --json` says of a promote that did not begin: the keys are the same however it ends."""
_SHOWN = 3
_USAGE_ERROR = typer.BadParameter.__mro__[1]
"""click's UsageError, which typer carries but does not export."""


def report(error: BaseException, arguments: list[str], runtime: Runtime, *, as_json: bool) -> int:
    """Tell what stopped the command and return the exit code."""
    diagnostics, code = _read(error, arguments, runtime)
    output = Output(as_json=as_json)
    if as_json:
        verb = next((word for word in arguments if not word.startswith("-")), "")
        output.value(failed(diagnostics, code, verb))
    else:
        told = errors_of(diagnostics) and [d for d in diagnostics if d.severity is not Severity.NOTE]
        output.note(render_diagnostics(told or diagnostics, output.error_style, SourceLines()))
    output.emit()
    return int(code)


def failed(diagnostics: Sequence[Diagnostic], code: Exit, verb: str) -> dict[str, Json]:
    """What ``--json`` says of a command that was stopped."""
    shape = _NO_CANDIDATE if verb in _PROMOTING else {}
    listed: list[Json] = [d.to_json() for d in diagnostics]
    return {"status": "failed", **shape, "exit_code": int(code), "diagnostics": listed}


def undelivered(refused: OSError, code: int, arguments: list[str]) -> int:
    """Tell that standard output did not take the result, and return the exit code: a failure stays what it is."""
    # Only these put on record what they answer.
    record = ("`nbcode status` says what is on record",) if arguments[:1] in _ON_RECORD else ()
    lost = Diagnostic(
        code="NBC-X06",
        message="the result could not be written to standard output",
        cause=(refused.strerror or str(refused)).lower(),
        fixes=("send it somewhere that takes it", *record),
    )
    output = Output()
    output.note(render_diagnostics((lost,), output.error_style, SourceLines()))
    output.emit()
    return code or int(Exit.ENVIRONMENT)


def _read(error: BaseException, arguments: list[str], runtime: Runtime) -> tuple[Sequence[Diagnostic], Exit]:
    if isinstance(error, NbcodeError):
        return error.diagnostics, error.exit_code
    carried = getattr(error, "diagnostic", None)
    if isinstance(carried, Diagnostic):  # what a room's own error says, such as the journal's
        return (carried,), exit_for((carried,))
    if isinstance(error, KeyboardInterrupt | CancelledError):
        return (_interrupted(arguments),), Exit.RETRY
    if isinstance(error, _USAGE_ERROR):
        return (_usage(error),), Exit.USER
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        return (_machine_refused(error),), Exit.ENVIRONMENT
    if isinstance(error, MemoryError):
        return (_out_of_memory(),), Exit.ENVIRONMENT
    return (record(error, arguments, runtime),), Exit.ENVIRONMENT


def _usage(error: BaseException) -> Diagnostic:
    """What click says of wrong arguments, as a diagnostic."""
    describe = getattr(error, "format_message", None)
    message = str(describe() if describe else error).strip().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "nbcode"
    message = message[:1].lower() + message[1:]
    return Diagnostic(
        code="NBC-X01", message=message, fixes=(*_instead(message, path), f"see `{path} --help`")
    )


def _instead(message: str, path: str) -> tuple[str, ...]:
    """The whole command for each notebook here, where one was forgotten."""
    if "missing argument 'NOTEBOOK" in message:
        here = sorted(p.name for p in Path().glob("*.ipynb"))[:_SHOWN]
        return tuple(f"{path} {name}" for name in here)
    if "missing argument 'MODEL'" in message:
        return ("`nbcode models` lists them",)
    return ()


def _interrupted(arguments: list[str]) -> Diagnostic:
    if arguments[:1] in _ON_RECORD:
        cause = "nothing is half done: what was finished is in the journal, and a run on a cluster goes on"
        fixes = ("`nbcode status` shows how far it is", "`nbcode resume` finishes what ran on this machine")
        return Diagnostic(code="NBC-X02", message="interrupted", cause=cause, fixes=fixes)
    return Diagnostic(code="NBC-X02", message="interrupted", fixes=("type it again",))


def _machine_refused(error: OSError) -> Diagnostic:
    """A file or folder of the store that the machine does not give: full, read-only, not ours."""
    fixes = {
        errno.ENOSPC: "free some space",
        errno.EROFS: "make it writable, or set [store] path in nbcode.toml",
        errno.EACCES: "make it yours, or set [store] path in nbcode.toml",
    }
    return Diagnostic(
        code="NBC-X04",
        message="a file or folder that is needed cannot be used",
        cause=(error.strerror or str(error)).lower(),
        fixes=(fixes.get(error.errno or 0, "`nbcode doctor` says what is wrong here"),),
        place=Place(path=os.fsdecode(error.filename)) if error.filename is not None else None,
    )


def _out_of_memory() -> Diagnostic:
    return Diagnostic(
        code="NBC-X03",
        message="not enough memory",
        cause="this machine has none left for nbcode itself",
        fixes=("close something, or promote on a larger machine",),
    )
