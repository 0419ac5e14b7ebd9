"""The program ``alpha_bench``: parse, run, render, exit code."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from typing import NoReturn, TextIO

from alpha_bench.cli.output import Output
from alpha_bench.cli.parser import make_parser
from alpha_bench.errors import AlphaBenchError

DONE, USER, ENVIRONMENT, INTERRUPTED = 0, 2, 3, 130


def program() -> NoReturn:
    """Be the program: end the process with the exit code of :func:`main`.

    After an interrupt not by ``sys.exit``: where it came up in code that was made from text, as dataclasses and named tuples are,
    CPython remembers it as unhandled and ends the process by the signal, whatever was caught meanwhile.
    """
    code = main()
    if code != INTERRUPTED:
        sys.exit(code)
    getattr(atexit, "_run_exitfuncs", lambda: None)()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def main(argv: Sequence[str] | None = None, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Run one command; ``out`` and ``err`` default to the process's own.

    Returns 0 when done, 2 for the user's input, 3 for the environment, 130 when interrupted: then nothing is half written.
    """
    try:
        return _run(argv, out or sys.stdout, err or sys.stderr)
    except KeyboardInterrupt:  # whenever it comes: also while an error is printed
        print("interrupted: nothing was written", file=err or sys.stderr)
        return INTERRUPTED


def _run(argv: Sequence[str] | None, out: TextIO, err: TextIO) -> int:
    options = make_parser().parse_args(argv)
    output = Output(out, err, as_json=options.json, quiet=options.quiet)
    try:
        return int(options.verb(options, output))
    except AlphaBenchError as error:
        output.problems(str(getattr(options, "model", "") or ""), [error])
    except BrokenPipeError:  # the reader of the pipe has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return DONE
    except OSError as error:
        output.write(f"{error.filename}: {error.strerror}")
        return (
            USER
            if isinstance(error, FileExistsError | FileNotFoundError | IsADirectoryError)
            else ENVIRONMENT
        )
    return USER


__all__ = ["main", "program"]
