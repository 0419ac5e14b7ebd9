"""The outermost frame: whatever happens inside becomes a rendered diagnostic and an exit code."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

_CLICK_INTERRUPTED = 130


def run(arguments: Sequence[str] | None = None) -> int:
    """Parse and run; returns the exit code. No exception and no traceback leaves this function."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # What an encoding cannot hold is written as an escape instead of failing.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    # A closed terminal or a `kill` ends as Ctrl-C does: children stopped, journal whole.
    # Only the main thread may say so; whoever calls from another one has handlers of its own.
    main_thread = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGTERM, signal.SIGHUP) if main_thread else ()
    previous = {number: signal.signal(number, _interrupt) for number in signals}
    try:
        code = _guarded(given)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`| head`) has seen enough; Python would complain again when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 0
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return code


def leave(code: int) -> NoReturn:
    """End the process with ``code``, without taking its modules apart first: with MLflow loaded that takes most of a second.

    What an orderly end owes is done, in the interpreter's own order and by its own functions: threads are waited for, exit
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


def _guarded(given: list[str]) -> int:
    try:
        return _dispatch(given)
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:
        # Loaded here: a `--help` that goes well needs no diagnostics.
        from nbcode.cli.failures import report

        options = given[: given.index("--")] if "--" in given else given
        return report(error, given, as_json="--json" in options or "--format=json" in options)


def _dispatch(given: list[str]) -> int:
    import typer.main

    from nbcode.cli.application import application

    command = typer.main.get_command(application)
    try:
        code = command.main(given or ["--help"], prog_name="nbcode", standalone_mode=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    except SystemExit:
        # typer ends so, and only so, when the reader of standard output has gone.
        raise BrokenPipeError from None
    if code == _CLICK_INTERRUPTED:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else 0


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
