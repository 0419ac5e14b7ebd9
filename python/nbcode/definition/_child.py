"""The describe child: reads a question (a file named by its argument, else standard input), runs the cells without data, answers on standard output.

The cells never see the real standard output: descriptor 1 is put aside for the answer and replaced by nothing.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from nbcode.definition.undeclared_access import ForkRefusedError
from nbcode.definition.wire import DescribeReply, DescribeRequest, read_request, reason_of, step_line

# Held before any cell runs: what a cell puts in their place is its own.
_WRITE, _EXIT = os.write, os._exit
_ENCODE = json.JSONEncoder(allow_nan=False).encode

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbcode.definition.stepping import Stepping
    from nbcode.primitives import Diagnostic, Place
    from nbcode.results import Asked


def respond(
    question: DescribeRequest, on_step: Callable[[Place], None] = lambda _place: None
) -> DescribeReply:
    """Run the cells of ``question`` and describe what they define; ``on_step`` hears of each statement before it runs."""
    _load_what_judges()
    from nbcode.definition._budget import CpuBudget
    from nbcode.definition.module_finder import install
    from nbcode.definition.stepping import Stepping, names_in
    from nbcode.namespace import DataSource, InputFile, open_session
    from nbcode.results import Originals

    install((one.path, one.source) for one in question.modules)
    namespace: dict[str, object] = {"__name__": "__main__", "__builtins__": __builtins__}
    source = DataSource(inputs=tuple(InputFile(name=name) for name in question.input_names))
    open_session(namespace, source, question.label_names, at_once=False)
    wanted = names_in(_said(question.asked, "model", "m"))
    stepping = Stepping(namespace, on_step, wanted, CpuBudget(question.cpu_s), Originals())
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        stepping.run(question.cells)
        return _outcome(stepping, question.asked)


def _load_what_judges() -> None:
    """Before the cells, who may leave nothing to import it by."""
    import nbcode.results.asked
    import nbcode.results.estimators
    import nbcode.results.kinds  # noqa: F401


def _outcome(stepping: Stepping, asked: tuple[Asked, ...]) -> DescribeReply:
    from alpha_bench.describe import ValuesNeeded
    from nbcode.definition.stepping import names_in
    from nbcode.primitives import NbcodeError
    from nbcode.results import (
        MISSING,
        estimator_problem,
        evaluate,
        kind_of,
        missing_report,
        model_mismatch,
        name_of,
        plain_of,
    )

    if stepping.problem is not None:
        return _refusal(stepping.problem)
    if stepping.replaced is not None and not stepping.values_needed:
        return _refusal(stepping.replaced)
    model, report_name = _said(asked, "model", "m"), _said(asked, "report", "report")
    if asked and (names_in(model) | names_in(report_name)) & stepping.missing:
        return DescribeReply(kind="python")
    try:
        found = evaluate(stepping.namespace, asked)
    except NbcodeError as error:
        if stepping.values_needed or isinstance(error.__cause__, ValuesNeeded):
            return DescribeReply(kind="python")
        return _refusal(error.diagnostics[0])
    m, report = found.model, found.report
    if not stepping.values_needed and kind_of(m) == "model":
        if report is None:
            otherwise = name_of(stepping.namespace, "evaluation")
            return _refusal(missing_report(otherwise), stepping.bound_at.get(otherwise or ""))
        if kind_of(report) == "evaluation":
            problem = model_mismatch(m, report)
            if problem is not None:
                return _refusal(problem, stepping.bound_at.get(report_name))
            return DescribeReply(kind="declarative", plain=plain_of(report))
    if model not in stepping.missing and kind_of(m) != "model":
        otherwise = name_of(stepping.namespace, "model") if m is MISSING else None
        problem = estimator_problem(m, otherwise, model)
        if problem is not None:
            return _refusal(problem, stepping.bound_at.get(otherwise or model))
    return DescribeReply(kind="python")


def _said(asked: tuple[Asked, ...], key: str, default: str) -> str:
    return next((one.text for one in asked if one.key == key), default)


def _refusal(problem: Diagnostic, place: Place | None = None) -> DescribeReply:
    if place is not None:
        problem = replace(problem, place=place)
    return DescribeReply(diagnostics=(problem.to_json(),))


def _limit_memory(memory_bytes: int) -> None:
    # Private writable memory: libraries reserve address space by the gigabyte that they never touch.
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    except (ImportError, OSError, ValueError):
        return  # some systems refuse; the time limit still holds


def main() -> None:
    """Entry point of ``python -m nbcode.definition._child``."""
    aside = os.dup(1)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 1)
    os.dup2(nothing, 2)
    asked = sys.stdin.buffer.read() if len(sys.argv) < 2 else Path(sys.argv[1]).read_bytes()
    question = read_request(asked)
    _limit_memory(question.memory_bytes)

    os.fork = os.forkpty = _refused_fork

    def tell(place: Place) -> None:
        _WRITE(aside, step_line(place))  # unbuffered: this process may be ended within the statement

    try:
        said = _ENCODE(respond(question, tell).to_json())
    except MemoryError:
        said = _ENCODE(DescribeReply(failure="memory").to_json())
    except BaseException as error:  # what the cells left of Python does not carry what comes after them
        said = _ENCODE(DescribeReply(failure="broken", reason=reason_of(error)).to_json())
    data = said.encode("ascii") + b"\n"
    while data:
        data = data[_WRITE(aside, data) :]
    _EXIT(0)  # threads and exit handlers of the cells have no say


def _refused_fork() -> NoReturn:
    """Both processes would go on with the cells, and both would answer."""
    raise ForkRefusedError


if __name__ == "__main__":
    main()
