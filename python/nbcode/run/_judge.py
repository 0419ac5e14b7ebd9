"""Inside the sandbox: the judge's process. It never runs a cell: it computes the definition that it is told.

``python -m nbcode.run._judge PLAN``. Its files lie in the output directory, where the kernel cannot write. It imports and reads the panel at
once, and computes when its order comes on standard input. It tells each step and at last what it found, as lines of JSON on standard
output. The executor alone holds the other ends.
"""

from __future__ import annotations

import errno
import gc
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbcode.primitives import Diagnostic, Digest, NbcodeError, Place, from_plain
from nbcode.run import _conditions
from nbcode.run._confine import die_with_executor
from nbcode.run.inside import INPUT, PRICES, InsidePlan, decode_plan
from nbcode.run.judged import FOLDER, Order, Word, judged_line, step_line
from nbcode.run.left_folds import FOLDS
from nbcode.sandbox.pins import pinned_environment

if TYPE_CHECKING:
    from alpha_bench.describe import Panel
    from nbcode.namespace import ActiveSession

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main() -> int:
    """Judge; 0 also where what it found is that nothing can be computed."""
    die_with_executor()
    gc.disable()  # imports leave no garbage
    plan = decode_plan(Path(sys.argv[1]).read_bytes())
    own = Path(plan.out) / FOLDER
    _conditions.take_kernels(plan, own)
    if plan.definition:
        from alpha_bench.describe import preload

        preload()
    gc.freeze()
    gc.enable()
    word = _word(plan)
    problems = (*word.diagnostics, *_conditions.broken_pins(plan))
    _say(judged_line(replace(word, diagnostics=problems, libraries=tuple(_conditions.told_libraries()))))
    return 0


def _word(plan: InsidePlan) -> Word:
    from alpha_bench.describe import AlphaBenchError
    from nbcode.namespace import diagnostic_of, open_session
    from nbcode.run.seeding import seed_everything

    seed_everything()
    active = open_session({}, _conditions.data_source(plan))
    try:
        if plan.definition:
            active.panel()  # read while the cells run
        order = from_plain(Order, json.loads(sys.stdin.buffer.read()), "the order")
        if order.signal is not None:
            return _signal_judged(plan, order, active)
        return _judged(plan, order, active) if order.definition else _recomputed(plan, order, active)
    except (AlphaBenchError, NbcodeError) as error:
        return Word(diagnostics=(_at_the_evaluation(diagnostic_of(error, {})),))
    except MemoryError:
        return Word(diagnostics=(_memory(plan),))
    except OSError as error:
        if error.errno not in _NO_SPACE:
            raise
        return Word(diagnostics=(_no_space(error),))


def _judged(plan: InsidePlan, order: Order, active: ActiveSession) -> Word:
    from alpha_bench.describe import KeptFolds, Share, definition_digest
    from nbcode.results import fields_that_know, folds_refused, judge, judge_share

    definition = json.loads(order.definition)
    given = None if order.given is None else Path(order.given)
    digest = Digest(definition_digest(definition))
    if plan.share is not None:
        _step("figures")
        share = Share(number=plan.share[0] - 1, of=plan.share[1], terms=_terms(plan))
        judge_share(definition, active.panel, Path(plan.out) / FOLDS, share, given=given)
        return Word(definition_digest=digest, columns=active.columns)
    kept = None
    if plan.folds_at is not None:
        kept = KeptFolds(folder=Path(plan.folds_at), digests=dict(plan.folds), terms=_terms(plan))
    figures = judge(definition, active.panel, Path(plan.out), _step, given=given, kept=kept)
    told = (*fields_that_know(Path(plan.out)), *folds_refused(kept))
    return Word(definition_digest=digest, figures=figures, columns=active.columns, diagnostics=told)


def _terms(plan: InsidePlan) -> str:
    """What decides about the bits of a fit beside definition and data: the spec, which holds the environment and the machine's kind, and the pins."""
    pins = {name: os.environ.get(name, "") for name, _ in pinned_environment(plan.core_type)}
    return json.dumps([plan.spec_digest, sorted(pins.items())])


def _recomputed(plan: InsidePlan, order: Order, active: ActiveSession) -> Word:
    from nbcode.results import recomputed

    stated: Any = order.stated
    panels = _panels(plan, active)
    model = None if order.model is None else Path(order.model)
    return Word(judgement=recomputed(Path(order.given or ""), panels, plan.horizon_sessions, stated, model))


def _panels(plan: InsidePlan, active: ActiveSession) -> Iterator[Panel]:
    """The declared prices, and each declared input that is a long table of prices."""
    from nbcode.results import panel_in

    for one in plan.inputs:
        if one.role == PRICES:
            prices: Any = active.panel()
            yield prices
        elif one.role == INPUT and (panel := panel_in(Path(one.path))) is not None:
            yield panel


def _signal_judged(plan: InsidePlan, order: Order, active: ActiveSession) -> Word:
    """By the prices among the declared inputs, else by the panel."""
    from nbcode.namespace import load_panel, read_inputs
    from nbcode.results import book_again, judge_signal

    directory, stated = Path(order.signal or ""), order.stated
    source = _conditions.data_source(plan)
    files = source.panel_files
    tables = [partial(_same, one) for one in read_inputs(source).values()]
    panels = [] if files is None else [partial(load_panel, files)]
    figures = judge_signal(directory, [*tables, *panels], Path(plan.out), horizon=plan.horizon_sessions)
    told: Any = stated
    return Word(figures=figures, judgement=book_again(directory, _panels(plan, active), told))


def _same(table: Any) -> Any:
    return table


def _at_the_evaluation(found: Diagnostic) -> Diagnostic:
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
