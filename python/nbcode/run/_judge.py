"""Inside the sandbox: the judge's process. It never runs a cell: it computes the definition that the spec holds.

``python -m nbcode.run._judge PLAN``. Its files lie in the output directory, where the kernel cannot write. It tells each step and at
last what it found, as lines of JSON on standard output, which only the executor reads.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from nbcode.primitives import Diagnostic, Json, NbcodeError, Place
from nbcode.run import _conditions
from nbcode.run._confine import die_with_executor
from nbcode.run.inside import InsidePlan, decode_plan
from nbcode.run.judged import FOLDER, judged_line, step_line

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> int:
    """Judge; 0 also where what it found is that nothing can be computed."""
    die_with_executor()
    gc.disable()  # imports leave no garbage
    plan = decode_plan(Path(sys.argv[1]).read_bytes())
    own = Path(plan.out) / FOLDER
    _conditions.take_kernels(plan, own)
    from alpha_bench.describe import preload

    preload()
    gc.freeze()
    gc.enable()
    figures, found, columns = _judged(plan)
    libraries = _conditions.told_libraries()
    problems = (*found, *_conditions.broken_pins(plan))
    _say(judged_line(figures, problems, columns=columns, libraries=libraries))
    return 0


def _judged(plan: InsidePlan) -> tuple[dict[str, Json], tuple[Diagnostic, ...], dict[str, int] | None]:
    from alpha_bench.describe import AlphaBenchError
    from nbcode.namespace import diagnostic_of, open_session
    from nbcode.results import judge
    from nbcode.run.seeding import seed_everything

    seed_everything()
    active = open_session({}, _conditions.data_source(plan))
    try:
        figures = judge(json.loads(plan.definition), active.panel, Path(plan.out), _step)
    except (AlphaBenchError, NbcodeError) as error:
        return {}, (_at_the_evaluation(diagnostic_of(error, {})),), None
    except MemoryError:
        return {}, (_memory(plan),), None
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        return {}, (_no_space(error),), None
    return figures, (), active.columns


def _at_the_evaluation(found: Diagnostic) -> Diagnostic:
    from dataclasses import replace

    return found if found.place is not None else replace(found, place=Place(tag="eval"))


def _memory(plan: InsidePlan) -> Diagnostic:
    from nbcode.configuration import setting

    return Diagnostic(
        code="NBC-H02",
        message="the evaluation needs more memory than the run may use",
        cause=f"The limit is {plan.memory_bytes >> 20} MiB",
        fixes=("evaluate fewer names or features", f"raise {setting('run', 'memory_limit')}"),
        place=Place(tag="eval"),
    )


def _no_space(error: OSError) -> Diagnostic:
    from nbcode.configuration import setting

    return Diagnostic(
        code="NBC-H05",
        message="the result could not be written",
        cause=error.strerror or str(error),
        fixes=("make room on the disk of the store", f"raise {setting('run', 'output_limit')}"),
    )


def _step(name: str) -> None:
    _say(step_line(name, time.monotonic()))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _leave(code: int) -> Any:
    sys.stdout.flush()
    os._exit(code)  # everything is written; taking modules apart would cost a tenth of a second


if __name__ == "__main__":
    _leave(main())
