"""The program `nbcode`: parse, command, render, exit code."""

from __future__ import annotations

TYPE_CHECKING = False  # what is loaded here is loaded before the first signal is taken: nothing
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

# Between two looks for garbage: imports allocate tens of thousands of objects and leave none, and looking is a tenth of their time.
_ALLOCATIONS = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program with ``arguments`` and return its exit code. Raises nothing.

    For None this process is the program: the arguments are its own, its signals and standard streams are taken over, and it
    ends with that code. Otherwise nothing of the process is touched.
    """
    if arguments is None:
        _be_the_program()
    from nbcode.cli import frame
    from nbcode.cli.program import Program
    from nbcode.primitives import Cancellation, this_process

    return frame.run(arguments, Program(runtime=this_process(), cancellation=Cancellation()))


def _be_the_program() -> NoReturn:
    from nbcode.cli.early import remember_signals

    remember_signals()
    import gc

    gc.set_threshold(_ALLOCATIONS)
    from nbcode.cli import frame

    frame.program()


__all__ = ["main"]
