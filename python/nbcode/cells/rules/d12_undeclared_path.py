"""A tagged cell reads a file, an address or an environment variable that is not declared.

Why: the clean run sees only declared inputs, so the read would fail there; and a path of one's own machine means nothing
on another. A declared file is opened by its own path, relative to the notebook, by whatever reads it, or read by name:
``inputs["macro"]``. Constants, ``DATA / "macro.csv"``, joins and f-strings are followed over the tagged cells. What cells write
by a relative path is left behind in the run, which is a note, unless ``outputs:`` in [meta] declares it; elsewhere they cannot write.
An environment variable gives its default (``os.environ.get("DATA", "../data")``) or what a tagged cell above has set, which is a note.

Bad::

    macro = pd.read_csv("/home/me/macro.csv")

Good::

    # [meta]
    # inputs:
    #   macro: data/macro.csv
    macro = pd.read_csv("data/macro.csv", parse_dates=["date"])
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import Read, declared_as
from nbcode.cells.rules.calls import keyword, literal
from nbcode.cells.rules.undeclared_reads import (
    ABSOLUTE,
    ADDRESS,
    kept_in_the_project,
    shown_path,
    undeclared_read,
)
from nbcode.cells.trees import walk
from nbcode.cells.variables import VariableRead, is_set_above, variable_reads
from nbcode.primitives import Diagnostic, Severity

CODE = "D12"
TITLE = "undeclared file, address or variable"

_NETWORK = re.compile(
    r"(requests|httpx)\.(get|post|put|request|Session)|urllib\.request\.(urlopen|urlretrieve|Request)"
    r"|yfinance\.(download|Ticker)|pandas_datareader\.\w+(\.\w+)?|socket\.(socket|create_connection)"
)
_WRITERS = frozenset(
    {"to_csv", "to_parquet", "to_pickle", "to_excel", "to_json", "to_hdf", "to_feather", "savefig", "write_csv",
     "write_parquet"}
)  # fmt: skip
_SAVERS = frozenset({"dump", "save", "savez", "savetxt", "write_text", "write_bytes"})
_EMPTY = "the clean run's environment is empty"


def check(context: Context) -> Iterator[Diagnostic]:
    """Reads, writes and connections with a literal path or address; then such literals elsewhere, as warnings."""
    for facts in context.tagged:
        seen: set[int] = set()
        for call, dotted in context.calls_of(facts):
            yield from _of_call(context, facts, call, dotted, seen)
        for read in context.reads_of(facts):
            yield from _of_read(context, facts, read, seen)
        yield from _environment(context, facts)
        yield from _literals(context, facts, seen)


def _environment(context: Context, facts: CellFacts) -> Iterator[Diagnostic]:
    """Reads of environment variables: an error where nothing says what holds without them, else a note."""
    for call, dotted in context.calls_of(facts):
        if dotted == "os.environ.copy":
            yield finding(
                CODE,
                "reads the environment",
                facts.place_of(call),
                cause=_EMPTY,
                fixes=("set what is needed in a tagged cell above, and read that",),
            )
    for read in variable_reads(facts, context.dotted):
        if not is_set_above(read, facts, context.tagged, context.dotted):
            yield _of_variable(facts, read)


def _of_variable(facts: CellFacts, read: VariableRead) -> Diagnostic:
    shown = f"`{read.name}`" if read.name else "a variable"
    name = read.name or "NAME"
    if read.asks or read.default is not None:
        return finding(
            CODE,
            f"asks whether {shown} is set, which it is not in the run"
            if read.asks
            else f"{shown} is not set in the run: the default holds",
            facts.place_of(read.node),
            cause=_EMPTY,
            fixes=("nothing, where the figures were made without it",),
            severity=Severity.NOTE,
        )
    return finding(
        CODE,
        f"reads the environment variable {shown}, which the run does not have",
        facts.place_of(read.node),
        cause=_EMPTY,
        fixes=(
            f'in a tagged cell above write os.environ.setdefault("{name}", VALUE)',
            f'write os.environ.get("{name}", VALUE)',
        ),
    )


def _of_call(
    context: Context, facts: CellFacts, call: ast.Call, dotted: str, seen: set[int]
) -> Iterator[Diagnostic]:
    if _NETWORK.fullmatch(dotted):
        seen |= {id(node) for node in walk(call)}
        yield finding(
            CODE,
            f"`{dotted}` goes to the network",
            facts.place_of(call),
            cause="the clean run has no network",
            fixes=("save the data to a file and declare it under inputs: in [meta]",),
        )
        return
    first = call.args[0] if call.args else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in _WRITERS and first is not None:
        path = context.paths.of(first)
        if path:
            seen |= {id(node) for node in walk(call)}
            yield from _writes(context, facts, first, path)


def _of_read(context: Context, facts: CellFacts, read: Read, seen: set[int]) -> Iterator[Diagnostic]:
    if read.path is None or read.node is None:
        return
    seen |= {id(node) for node in walk(read.call)}
    if _opened_for_writing(read):
        yield from _writes(context, facts, read.node, read.path)
        return
    if read.path in _written(context):
        return
    declared = context.inputs
    if declared_as(read.path, declared, lists=read.lists) is not None:
        return
    wrong = undeclared_read(context, facts, read.node, read.path)
    yield finding(CODE, wrong.message, facts.place_of(read.node), cause=wrong.cause, fixes=wrong.fixes)


def _opened_for_writing(read: Read) -> bool:
    if read.dotted.rpartition(".")[2] not in {"open", "File", "HDFStore", "open_file", "ZipFile"}:
        return False
    place = 0 if read.dotted == "pathlib.Path.open" else 1
    mode = literal(read.call.args[place] if len(read.call.args) > place else keyword(read.call, "mode"))
    return isinstance(mode, str) and bool(set(mode) & set("wax+"))


def _writes(context: Context, facts: CellFacts, node: ast.expr, path: str) -> Iterator[Diagnostic]:
    """A note where the file is left behind, a warning where the run cannot write at all; nothing for a declared output."""
    outputs = () if context.meta is None else context.meta.outputs
    if declared_as(path, outputs, lists=False) is not None:
        return
    if ABSOLUTE.match(path) or ADDRESS.match(path):
        yield finding(
            CODE,
            f"writes `{shown_path(path)}`",
            facts.place_of(node),
            cause="the clean run writes in a folder of its own and nowhere else",
            fixes=("write it by a path relative to the notebook", "move the line to an untagged cell"),
            severity=Severity.WARNING,
        )
        return
    yield finding(
        CODE,
        f"`{shown_path(path)}` is left behind in the run",
        facts.place_of(node),
        cause="what cells write is no part of the candidate unless [meta] declares it",
        fixes=(f"to keep it, add `#   NAME: {shown_path(path)}` below `# outputs:` in [meta]",),
        severity=Severity.NOTE,
    )


def _written(context: Context) -> frozenset[str]:
    """The paths that tagged cells write: to read one of them is to read what the run itself made."""
    found: set[str] = set()
    for facts in context.tagged:
        found |= {r.path for r in context.reads_of(facts) if r.path is not None and _opened_for_writing(r)}
        for call, dotted in context.calls_of(facts):
            name = dotted.rpartition(".")[2] or getattr(call.func, "attr", "")
            given = call.args[1:2] if name == "dump" else call.args[:1]
            if name in _WRITERS | _SAVERS and given and (path := context.paths.of(given[0])):
                found.add(path)
    return frozenset(found)


def _literals(context: Context, facts: CellFacts, seen: set[int]) -> Iterator[Diagnostic]:
    seen |= {id(node.value) for node in facts.all_of(ast.Expr)}
    for node in facts.all_of(ast.Constant):
        if not isinstance(node.value, str) or id(node) in seen:
            continue
        if ABSOLUTE.match(node.value) or ADDRESS.match(node.value):
            yield finding(
                CODE,
                f"literal path or address `{node.value[:60]}`",
                facts.place_of(node),
                cause="it means nothing on another machine, and the clean run cannot reach it",
                fixes=(kept_in_the_project(context, node.value),),
                severity=Severity.WARNING,
            )
