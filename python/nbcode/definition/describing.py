"""Tagged cells to a definition: ask a child that has no data, and believe only what can be checked."""

from __future__ import annotations

import posixpath
import signal
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nbcode.definition import wire
from nbcode.definition._budget import ENDED_BY
from nbcode.definition.evidence import surely_python
from nbcode.definition.values import ChildOutcome, ChildRequest, Definition, DescribeResult, Launch
from nbcode.namespace import CellName, located
from nbcode.primitives import Diagnostic, Place, digest_json
from nbcode.results import PYTHON_DEFINITION, PYTHON_DIGEST, Asked, python_definition

if TYPE_CHECKING:  # the child comes through this door too, and would pay for every rule
    from nbcode.cells import CellGraph
    from nbcode.notebook import Meta

_BUSY = 10
"""How many times as long as it may compute a child may take, imports among it, on a busy machine."""
_DESCRIBED = ("setup", "features", "model", "eval")


def describe_cells(
    graph: CellGraph,
    *,
    modules: Iterable[tuple[str, str]] = (),
    python: Path,
    cpu_s: float = 20.0,
    memory_bytes: int = 4_000_000_000,
    launch: Launch | None = None,
) -> DescribeResult:
    """What the tagged cells of ``graph`` define, built in a child of the interpreter ``python`` without data.

    ``modules`` (path below where imports find it, source) are those of the project that the cells import.
    A notebook that certainly asks for values is plain Python without a child being started. ``launch`` starts the child;
    None is a clean subprocess (:func:`nbcode.definition._subprocess.launch_subprocess`). ``cpu_s`` is the processor time that the
    cells may use, imports apart, and the time for which they may wait without computing. The digest is computed here.
    """
    cells = tuple(
        wire.CellSource(index=t.cell.index, tag=t.tag, source=t.python)
        for t in graph.tagged
        if t.tag in _DESCRIBED
    )
    inputs = tuple(name for name, _ in graph.meta.inputs) if graph.meta is not None else ()
    python_cells = _python(graph)
    if computes(graph) or surely_python([c.source for c in cells], inputs):
        return DescribeResult(definition=python_cells)
    question = wire.DescribeRequest(
        cells=cells,
        label_names=tuple(sorted(graph.label_names)),
        input_names=inputs,
        modules=tuple(wire.ModuleSource(path=path, source=source) for path, source in modules),
        asked=asked_of(graph.meta),
        memory_bytes=memory_bytes,
        cpu_s=cpu_s,
    )
    outcome = (launch or _plain_launcher())(
        ChildRequest(
            python=python,
            arguments=("-m", "nbcode.definition._child"),
            stdin=question.to_bytes(),
            readable=readable_roots(),
            timeout_s=cpu_s * _BUSY,
            waiting_s=cpu_s,
            memory_bytes=memory_bytes,
            output_bytes=wire.LARGEST_REPLY_BYTES,
        )
    )
    result = read_outcome(outcome, cpu_s=cpu_s, memory_bytes=memory_bytes, python_cells=python_cells)
    names = tuple(CellName(index=c.index, tag=c.tag) for c in cells)
    return replace(result, diagnostics=located(result.diagnostics, names))


def asked_of(meta: Meta | None) -> tuple[Asked, ...]:
    """What [meta] says the result is, as expressions to evaluate where the cells ran."""
    if meta is None:
        return ()
    return tuple(Asked(key=key, text=one.text, line=one.line) for key, one in meta.expressions)


def computes(graph: CellGraph) -> bool:
    """Whether the notebook computes its figures itself, by what [meta] says of it: no child is asked then.

    It has declared inputs and opens files by their paths; or is of kind: signal; or says its figures one by one.
    """
    meta = graph.meta
    if meta is None:
        return False
    opens = bool(meta.inputs) and graph.opens_paths
    return opens or meta.kind == "signal" or bool(meta.figures)


def read_outcome(
    outcome: ChildOutcome, *, cpu_s: float, memory_bytes: int, python_cells: Definition | None = None
) -> DescribeResult:
    """Judge a child's answer. Anything but a well-formed answer of a child that ended by itself is a diagnostic."""
    at, said = wire.last_step(outcome.stdout)
    place = at or Place(tag="model")
    if outcome.waited:
        return _failed(_waits(cpu_s, place))
    if outcome.timed_out:
        return _failed(_late(cpu_s * _BUSY, place))
    if ENDED_BY is not None and outcome.exit_code == -ENDED_BY:
        return _failed(_computes_long(cpu_s, place))
    if outcome.out_of_memory:
        return _failed(_no_memory(memory_bytes, place))
    if outcome.out_of_disk:
        return _failed(_no_disk(memory_bytes, place))
    try:
        answer = wire.read_reply(said)
        if answer.failure == "memory":
            return _failed(_no_memory(memory_bytes, place))
        if answer.failure == "broken":
            return _failed(_broken(answer.reason, place))
        diagnostics = wire.read_diagnostics(answer.diagnostics)
        match answer.kind:
            case "declarative" if isinstance(answer.plain, dict):
                plain = answer.plain
                definition = Definition(kind="declarative", plain=plain, digest=digest_json(plain))
                return DescribeResult(definition=definition, diagnostics=diagnostics)
            case "python":
                found = python_cells or Definition(
                    kind="python", plain=PYTHON_DEFINITION, digest=PYTHON_DIGEST
                )
                return DescribeResult(definition=found, diagnostics=diagnostics)
            case None if diagnostics:
                return DescribeResult(definition=None, diagnostics=diagnostics)
            case _:
                raise wire.ReplyError("the answer has no definition and no reason")
    except wire.NoReplyError:
        nothing = "it had given no answer" if not said.strip() else "what it wrote is not its own answer"
        return _failed(_no_answer(outcome, nothing, place))
    except ValueError as error:
        return _failed(_no_answer(outcome, str(error), place))


def readable_roots() -> tuple[Path, ...]:
    """The packages nbcode and alpha_bench, where they are not installed into the interpreter's own directories."""
    import importlib.util

    found = {Path(__file__).resolve().parents[1]}
    spec = importlib.util.find_spec("alpha_bench")
    if spec is not None and spec.origin is not None:
        found.add(Path(spec.origin).resolve().parent)
    return tuple(sorted(found))


def _plain_launcher() -> Launch:
    from nbcode.definition._subprocess import launch_subprocess

    return launch_subprocess


def _python(graph: CellGraph) -> Definition:
    """The definition of cells that compute for themselves. The paths of inputs are part of it where cells open files: two
    notebooks that list a folder and find other names in it are not one."""
    meta = graph.meta
    paths = dict(meta.inputs) if meta is not None and graph.opens_paths else {}
    plain = python_definition(asked_of(meta), {name: _plain_path(uri) for name, uri in paths.items()})
    return Definition(kind="python", plain=plain, digest=digest_json(plain))


def _plain_path(uri: str) -> str:
    return posixpath.normpath(uri.partition("#")[0])


def _failed(diagnostic: Diagnostic) -> DescribeResult:
    return DescribeResult(definition=None, diagnostics=(diagnostic,))


def _computes_long(cpu_s: float, place: Place) -> Diagnostic:
    from nbcode.configuration import setting  # the child comes through this door too, and needs none of it

    return Diagnostic(
        code="NBC-H03",
        message=f"the tagged cells computed for more than {cpu_s:g} s without data",
        cause="a cell that only builds expressions and a model takes milliseconds, imports apart: this one computes or loops",
        fixes=(
            "end the loop",
            "move heavy work behind inputs[...] so that it runs in the clean run only",
            f"raise {setting('run', 'describe_limit')}",
        ),
        place=place,
    )


def _waits(waited_s: float, place: Place) -> Diagnostic:
    from nbcode.configuration import setting

    return Diagnostic(
        code="NBC-H03",
        message=f"the tagged cells waited for {waited_s:g} s without data, and computed nothing",
        cause="a cell that only builds expressions and a model takes milliseconds: this one sleeps, waits for something, or has stopped itself",
        fixes=("take the waiting out of the tagged cells", f"raise {setting('run', 'describe_limit')}"),
        place=place,
    )


def _late(after_s: float, place: Place) -> Diagnostic:
    from nbcode.configuration import setting

    return Diagnostic(
        code="NBC-H03",
        message=f"the tagged cells were not done after {after_s:g} s without data",
        cause="a cell that only builds expressions and a model takes milliseconds, imports apart",
        fixes=(
            "import less in tagged cells, or wait until the machine is less busy",
            f"raise {setting('run', 'describe_limit')}",
        ),
        place=place,
    )


def _no_memory(memory_bytes: int, place: Place) -> Diagnostic:
    return Diagnostic(
        code="NBC-H02",
        message=f"the tagged cells need more than {memory_bytes / 1e9:g} GB without data",
        cause="the child that builds the model has a memory limit",
        fixes=("build large arrays from inputs[...], so that they exist in the clean run only",),
        place=place,
    )


def _no_disk(disk_bytes: int, place: Place) -> Diagnostic:
    return Diagnostic(
        code="NBC-H05",
        message=f"the tagged cells wrote more than {disk_bytes / 1e9:g} GB without data",
        cause="the child that builds the model has little disk, and nothing of what it writes is kept",
        fixes=("write files only from inputs[...], so that they come to be in the clean run only",),
        place=place,
    )


def _broken(reason: str, place: Place) -> Diagnostic:
    return Diagnostic(
        code="NBC-H01",
        message="the tagged cells ran, and left nothing to describe their model with",
        cause=f"what comes after them raised {reason}: a cell has changed Python's own modules or builtins",
        fixes=("take out what replaces or clears sys.modules, builtins or parts of the standard library",),
        place=place,
    )


def _no_answer(outcome: ChildOutcome, why: str, place: Place) -> Diagnostic:
    by_signal = _signal_of(outcome.exit_code)
    how = f"by {by_signal}" if by_signal else f"with exit code {outcome.exit_code}"
    return Diagnostic(
        code="NBC-H01",
        message="the tagged cells ended their process before the model was built",
        cause=f"it ended {how} in or after this line; {why}",
        fixes=(
            "take exit(), os._exit and signals out of the tagged cells",
            "take out what writes to, or closes, files that a cell has not opened",
        ),
        place=place,
    )


def _signal_of(exit_code: int) -> str:
    """The signal's name, also where a program between us and the child tells it as 128 + number; empty for none."""
    number = -exit_code if exit_code < 0 else exit_code - 128
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""
