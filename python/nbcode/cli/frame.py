"""The outermost frame: whatever happens inside becomes a rendered diagnostic and an exit code. See `streams` for the law."""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, NoReturn

from nbcode.cli import streams
from nbcode.cli.program import Program
from nbcode.cli.signals import Interrupts

if TYPE_CHECKING:
    import typer

_COMPLETING = "_NBCODE_COMPLETE"


def program() -> NoReturn:
    """Be the program: the process's arguments, streams and signals are its own, and it ends with the exit code."""
    from nbcode.primitives import Cancellation, this_process

    cancellation = Cancellation()
    interrupts = Interrupts(cancellation)
    streams.guard()
    asked = Program(runtime=this_process(), cancellation=cancellation)
    code = run(sys.argv[1:], asked, on_begin=interrupts.install, on_report=interrupts.reporting)
    code = _delivered(code, sys.argv[1:])
    interrupts.over(code)
    leave(code)


def run(
    arguments: Sequence[str],
    asked: Program,
    *,
    on_begin: Callable[[], None] = lambda: None,
    on_report: Callable[[], None] = lambda: None,
) -> int:
    """Parse and run ``arguments``; returns the exit code. No exception and no traceback leaves this function.

    ``on_begin`` is called first, where what it raises is told; ``on_report`` when the command has come to its end, before its answer
    is written.
    """
    given = list(arguments)
    try:
        on_begin()
        return _run_and_report(given, asked, on_report)
    except KeyboardInterrupt as error:
        # It came between two lines of `_run_and_report`, or before it.
        on_report()
        return _report(error, given, asked)


def leave(code: int) -> NoReturn:
    """End the process with ``code``, without taking its modules apart first: with MLflow loaded that takes most of a second.

    What an orderly end owes is done, in the interpreter's own order and by its custom features: threads are waited for, exit
    handlers run (logging, temporary directories), streams are flushed. Nothing of ours hangs on a destructor: the journal
    commits every transition with ``synchronous=FULL``, and whoever writes a file of the store closes and syncs it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        for owed in (getattr(threading, "_shutdown", None), getattr(atexit, "_run_exitfuncs", None)):
            if owed is None:
                sys.exit(code)
            owed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _run_and_report(given: list[str], asked: Program, on_report: Callable[[], None]) -> int:
    try:
        code = _dispatch(given, asked)
        on_report()
    except BaseException as error:
        on_report()
        return _report(error, given, asked)
    asked.emit()
    return code


def _report(error: BaseException, given: list[str], asked: Program) -> int:
    # Loaded here: a `--help` that goes well needs no diagnostics.
    from nbcode.cli.failures import report

    options = given[: given.index("--")] if "--" in given else given
    return report(error, given, asked.runtime, as_json="--json" in options or "--format=json" in options)


def _dispatch(given: list[str], asked: Program) -> int:
    """What the command returned. Not by the command's own ``main``: that one ends every broken pipe, whoever's it is, and a
    completion by the same SystemExit."""
    import typer.main

    from nbcode.cli.application import application

    if _COMPLETING in asked.runtime.environment:
        return _completed(typer.main.get_command(application))
    command = typer.main.get_command(_only(application, given[0]) if given else application)
    try:
        with command.make_context("nbcode", given or ["--help"], obj=asked) as context:
            code = command.invoke(context)
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, EOFError):  # a question that was not answered
        raise KeyboardInterrupt from None
    if not isinstance(code, int):
        raise TypeError(f"a command returned {code!r} in place of an exit code")
    return code


def _only(application: typer.Typer, name: str) -> typer.Typer:
    """The application with the command ``name`` alone, for what typer spends on the arguments of the others; all of it where that
    is no command."""
    asked = [c for c in application.registered_commands if c.callback and c.callback.__name__ == name]
    if not asked:
        return application
    alone = copy(application)
    alone.registered_commands, alone.registered_groups = asked, []
    return alone


def _completed(command: Callable[..., object]) -> int:
    """Answer the shell, which asks by a variable of the environment."""
    try:
        command(prog_name="nbcode")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    return 0


def _delivered(code: int, given: list[str]) -> int:
    """The exit code, when what was written has left the process or has not."""
    sys.stdout.flush()
    refused = streams.refusal(sys.stdout)
    if refused is None or streams.reader_closed(refused):
        return code
    from nbcode.cli.failures import undelivered

    return undelivered(refused, code, given)
