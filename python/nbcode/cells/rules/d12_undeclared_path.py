"""A tagged cell reads a file, an address or an environment variable that is not declared.

Why: the clean run sees only declared inputs, so the read would fail there; and a path of one's own machine means nothing
on another. Declared inputs are read by name: ``inputs["macro"]``. Writing beside the run's own output is refused too.

Bad::

    macro = pd.read_csv("/home/me/macro.csv")

Good::

    # [meta]
    # inputs:
    #   macro: data/macro.csv
    macro = inputs["macro"]
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from nbcode.cells.context import Context, finding
from nbcode.cells.facts import CellFacts
from nbcode.cells.rules.calls import keyword, literal
from nbcode.cells.trees import walk
from nbcode.primitives import Diagnostic, Severity

CODE = "D12"
TITLE = "undeclared file, address or variable"

_READER = re.compile(
    r"(pandas|polars|geopandas|pyarrow\.\w+)\.(read|scan)_\w+|numpy\.(load|loadtxt|genfromtxt|fromfile|memmap)"
    r"|joblib\.load|open|io\.open|sqlite3\.connect|duckdb\.(connect|read_\w+)|xarray\.open_\w+|os\.(listdir|scandir|walk)"
    r"|glob\.i?glob|pickle\.load"
)
_NETWORK = re.compile(
    r"(requests|httpx)\.(get|post|put|request|Session)|urllib\.request\.(urlopen|urlretrieve|Request)"
    r"|yfinance\.(download|Ticker)|pandas_datareader\.\w+(\.\w+)?|socket\.(socket|create_connection)"
)
_WRITERS = frozenset(
    {"to_csv", "to_parquet", "to_pickle", "to_excel", "to_json", "to_hdf", "to_feather", "savefig", "write_csv",
     "write_parquet"}
)  # fmt: skip
_ABSOLUTE = re.compile(
    r"(/(home|Users|mnt|data|tmp|var|opt|root|srv|etc|media|Volumes|content)/\S*|~/\S*|[A-Za-z]:\\\S*)\Z"
)
_ADDRESS = re.compile(r"(https?|ftp|s3|gs|hdfs|abfss?|file)://\S+")
_DECLARE = ("declare it under inputs: in [meta]",)


def check(context: Context) -> Iterator[Diagnostic]:
    """Reads, writes and connections with a literal path or address; then such literals elsewhere, as warnings."""
    for facts in context.tagged:
        seen: set[int] = set()
        for call, dotted in context.calls_of(facts):
            yield from _of_call(context, facts, call, dotted, seen)
        yield from _environment(context, facts)
        yield from _literals(facts, seen)


def _environment(context: Context, facts: CellFacts) -> Iterator[Diagnostic]:
    """Reads of environment variables; setting one for a library is left alone."""
    if "environ" not in facts.cell.source and "getenv" not in facts.cell.source:
        return
    reads: list[ast.expr] = [
        call
        for call, dotted in context.calls_of(facts)
        if dotted in {"os.getenv", "os.environ.get", "os.environ.copy"}
    ]
    reads += [
        node
        for node in facts.all_of(ast.Subscript)
        if isinstance(node.ctx, ast.Load) and context.dotted(node.value) == "os.environ"
    ]
    for node in reads:
        yield finding(
            CODE,
            "reads the environment",
            facts.place_of(node),
            cause="the clean run's environment is empty",
            fixes=("write the value as a constant", "declare a file with it under inputs: in [meta]"),
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
    is_writer = isinstance(call.func, ast.Attribute) and call.func.attr in _WRITERS
    if not is_writer and not _READER.fullmatch(dotted):
        return
    first = (
        call.args[0]
        if call.args
        else keyword(call, "file") or keyword(call, "filepath_or_buffer") or keyword(call, "path")
    )
    path = _literal_path(context, first)
    if dotted.rpartition(".")[2] == "open":
        mode = literal(call.args[1] if len(call.args) > 1 else keyword(call, "mode"))
        is_writer = isinstance(mode, str) and bool(set(mode) & set("wax+"))
    if path is None or first is None or (is_writer and not path):
        return
    seen |= {id(node) for node in walk(call)}
    if is_writer:
        yield finding(
            CODE,
            f"writes `{path[:60]}`",
            facts.place_of(first),
            cause="the clean run keeps what the report holds, and writes nowhere else",
            fixes=("put it in the report", "move the line to an untagged cell"),
            severity=Severity.ERROR if dotted.endswith("open") else Severity.WARNING,
        )
        return
    yield finding(
        CODE,
        f"reads `{path[:60]}`, which is not declared",
        facts.place_of(first),
        cause="the clean run sees declared inputs only",
        fixes=(*_DECLARE, 'then write inputs["name"]'),
    )


def _literal_path(context: Context, node: ast.expr | None) -> str | None:
    """The path as written, where it can be read off; None where it is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return ast.unparse(node)
    if isinstance(node, ast.Call) and context.dotted(node.func) in {
        "pathlib.Path",
        "os.path.join",
        "os.path.expanduser",
    }:
        return _literal_path(context, node.args[0]) if node.args else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _literal_path(context, node.left)
    return None


def _literals(facts: CellFacts, seen: set[int]) -> Iterator[Diagnostic]:
    seen |= {id(node.value) for node in facts.all_of(ast.Expr)}
    for node in facts.all_of(ast.Constant):
        if not isinstance(node.value, str) or id(node) in seen:
            continue
        if _ABSOLUTE.match(node.value) or _ADDRESS.match(node.value):
            yield finding(
                CODE,
                f"literal path or address `{node.value[:60]}`",
                facts.place_of(node),
                cause="it means nothing on another machine, and the clean run cannot reach it",
                fixes=_DECLARE,
                severity=Severity.WARNING,
            )
