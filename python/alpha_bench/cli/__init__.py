"""The program ``alpha_bench``: parse, run, render, exit code."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # what is loaded here is loaded before the first signal is taken: nothing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn, TextIO

    from alpha_bench.cli.interrupts import Interrupts

DONE, USER, ENVIRONMENT, INTERRUPTED = 0, 2, 3, 130


def program() -> NoReturn:
    """Be the program: end the process with the exit code of :func:`main`.

    After an interrupt not by ``sys.exit``: where it came up in code that was made from text, as dataclasses and named tuples are,
    CPython remembers it as unhandled and ends the process by the signal, whatever was caught meanwhile.
    """
    code = main(is_program=True)
    if code != INTERRUPTED:
        sys.exit(code)
    import atexit

    getattr(atexit, "_run_exitfuncs", lambda: None)()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def main(
    argv: Sequence[str] | None = None,
    out: TextIO | None = None,
    err: TextIO | None = None,
    *,
    is_program: bool = False,
) -> int:
    """Run one command; ``out`` and ``err`` default to the process's own. ``is_program``: this process is the program, its SIGINT is taken.

    Returns 0 when done, 2 for the user's input, 3 for the environment, 130 when interrupted: then nothing is half written.
    """
    interrupts: Interrupts | None = None
    try:
        from alpha_bench.cli.interrupts import Interrupts

        interrupts = Interrupts()
        if is_program:
            interrupts.install()
        code = _run(argv, out or sys.stdout, err or sys.stderr, interrupts)
    except KeyboardInterrupt:  # whenever it comes: also while an error is printed
        code = INTERRUPTED
    except Exception:
        if interrupts is None or not interrupts.seen:
            raise
        code = INTERRUPTED
    if interrupts is not None:
        interrupts.over()
        code = INTERRUPTED if interrupts.seen else code
    if code == INTERRUPTED:
        late = interrupts is not None and interrupts.written
        print(f"interrupted: {'all' if late else 'nothing'} was written", file=err or sys.stderr)
    return code


def _run(argv: Sequence[str] | None, out: TextIO, err: TextIO, interrupts: Interrupts) -> int:
    from alpha_bench.cli.output import Output
    from alpha_bench.cli.parser import make_parser
    from alpha_bench.errors import AlphaBenchError

    options = make_parser().parse_args(argv)
    output = Output(out, err, as_json=options.json, quiet=options.quiet, interrupts=interrupts)
    try:
        try:
            return int(options.verb(options, output))
        except Exception:
            interrupts.check()
            raise
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
