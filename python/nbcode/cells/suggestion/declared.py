"""What ``[meta]`` says of kept cells: the inputs that they read, and how many sessions ahead they look."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import UNKNOWN, Paths
from nbcode.cells.suggestion.slicing import SlicedCell
from nbcode.cells.trees import walk
from nbcode.cells.variables import is_set_above, variable_reads

_LABEL = re.compile(r"fwd_ret_(\d{1,4})d\Z")
_AHEAD = re.compile(r"(horizon|look_?ahead|forward|fwd|hold(ing)?(_period|_days)?|h)\Z", re.IGNORECASE)
_DATA_FILE = re.compile(
    r"[\w./~ -]*\w\.(csv|tsv|txt|parquet|feather|arrow|h5|hdf5?|npy|npz|pkl|pickle|joblib|json|jsonl|xlsx?|db|sqlite|csv\.gz|zip)"
)
_ADDRESS = re.compile(r"\w+://")


@dataclass(frozen=True, kw_only=True, slots=True)
class Horizon:
    """Sessions, and why; ``certain`` unless nothing in the code said it."""

    sessions: int
    why: str
    certain: bool


def inputs_of(kept: Sequence[SlicedCell]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """(name, path) of every file or folder that ``kept`` cells read and do not write, and remarks on what is unknown."""
    written = {path for cell in kept for path in cell.writes}
    inputs: dict[str, str] = {}
    remarks: list[str] = []
    literals = _file_literals(kept) if any(cell.reads_untold for cell in kept) else set()
    for cell in kept:
        for path in sorted(cell.reads | {path for index, path in literals if index == cell.index}):
            where, remark = _declarable(path)
            if remark:
                remarks.append(f"cell {cell.index} reads {path.replace(UNKNOWN, '...')}: {remark}")
            if where and posixpath.normpath(where) not in written and where not in inputs.values():
                inputs[_name(where, inputs)] = where
    folders = [path for path in inputs.values() if path.endswith("/")]
    chosen = (
        (name, path)
        for name, path in inputs.items()
        if not any(path != one and path.startswith(one) for one in folders)
    )
    return tuple((name, path.rstrip("/") or "/") for name, path in chosen), tuple(remarks)


def variable_remarks(kept: Sequence[CellFacts], paths: Paths) -> list[str]:
    """What the clean run makes of environment variables that ``kept`` cells read and do not set."""
    found: dict[str, None] = {}
    for facts in kept:
        for read in variable_reads(facts, paths.dotted):
            if read.asks or is_set_above(read, facts, kept, paths.dotted):
                continue
            where = f"cell {facts.cell.index} reads the environment variable {read.name or 'of a name that is computed'}"
            if read.default is not None:
                found[f"{where}: the clean run takes its default, {ast.unparse(read.default)[:60]}"] = None
            else:
                name = read.name or "NAME"
                found[
                    f'{where}, which the clean run does not have: add a cell above, os.environ.setdefault("{name}", VALUE)'
                ] = None
    return list(found)


def _file_literals(kept: Sequence[SlicedCell]) -> set[tuple[int, str]]:
    """Texts that are written like the path of a data file, with the cell: where a function reads a path that it is given. What a path
    that is written is made of is none."""
    written = {text for cell in kept for text in cell.written_texts}
    return {
        (cell.index, node.value)
        for cell in kept
        for node in cell.facts.all_of(ast.Constant)
        if isinstance(node.value, str) and node.value not in written and _DATA_FILE.fullmatch(node.value)
    }


def _declarable(path: str) -> tuple[str, str]:
    """What [meta] may say for a path (empty: nothing), and a remark."""
    if _ADDRESS.match(path):
        return "", "the clean run has no network; save it to a file and declare that"
    if path.startswith("./"):
        path = posixpath.normpath(path)
    if UNKNOWN in path or re.search(r"[*?\[]", path):
        folder = re.split(rf"[{UNKNOWN}*?\[]", path)[0].rpartition("/")[0]
        if not folder:
            return "", "the path is only known in the run; declare its file"
        return folder + "/", "the folder is declared, with all that is in it"
    if path.startswith(("~", "$")):
        return "", "a path of one person; copy the file into the project"
    if path.startswith("/"):
        return path, "an absolute path holds on this machine only, and must be inside the project"
    return path, ""


def _name(path: str, taken: Collection[str]) -> str:
    stem = posixpath.basename(path.rstrip("/")).partition(".")[0].lower()
    name = re.sub(r"[^a-z0-9_-]+", "_", stem).strip("_-").lstrip("0123456789_-")[:50] or "data"
    found, n = name, 2
    while found in taken:
        found, n = f"{name}_{n}", n + 1
    return found


def horizon_of(kept: Sequence[CellFacts]) -> Horizon:
    """How far ahead the cells look: a label of the platform, else the largest ``shift(-n)``, else a name that says so."""
    constants = _constants(kept)
    labels = [
        int(found[1]) for facts in kept for event in facts.events if (found := _LABEL.match(event.name))
    ]
    labels += [n for facts in kept for n in _labels(facts)]
    if labels:
        return Horizon(sessions=max(labels), why=f"the label fwd_ret_{max(labels)}d", certain=True)
    shifts = [n for facts in kept for n in _shifts(facts, constants)]
    if shifts:
        return Horizon(sessions=max(shifts), why=f"shift(-{max(shifts)})", certain=True)
    named = [
        (value, name)
        for name, values in constants.items()
        for value in values
        if _AHEAD.match(name) and 0 < value < 1000
    ]
    if named:
        value, name = max(named)
        return Horizon(sessions=value, why=f"{name} = {value}", certain=True)
    return Horizon(sessions=1, why="nothing in the kept cells says it", certain=False)


def _labels(facts: CellFacts) -> Iterator[int]:
    """The sessions of ``labels.fwd_ret(10)``."""
    for call in facts.calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr == "fwd_ret" and call.args:
            yield from _integers(call.args[0], {})


def _shifts(facts: CellFacts, constants: Mapping[str, Sequence[int]]) -> Iterator[int]:
    for call in facts.calls:
        if not (isinstance(call.func, ast.Attribute) and call.func.attr in {"shift", "diff", "pct_change"}):
            continue
        given = [one.value for one in call.keywords if one.arg in {"periods", "n"}] or call.args[:1]
        for node in given:
            yield from (-value for value in _integers(node, constants) if -1000 < value < 0)


def _integers(node: ast.expr, constants: Mapping[str, Sequence[int]]) -> list[int]:
    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return [value]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return [-value for value in _integers(operand, constants)]
        case ast.Name(id=name):
            return list(constants.get(name, ()))
    return []


def _constants(kept: Iterable[CellFacts]) -> dict[str, list[int]]:
    """Integers that names stand for: assigned, taken from a list or dict by a loop, or a parameter's default."""
    found: dict[str, list[int]] = {}
    loops: list[tuple[ast.expr, ast.expr]] = []
    for facts in kept:
        for node in facts.nodes:
            match node:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    found.setdefault(name, []).extend(_elements(value, {}))
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    for one, value in zip(names, values, strict=False):
                        if isinstance(one, ast.Name):
                            found.setdefault(one.id, []).extend(_elements(value, {}))
                case ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source):
                    loops.append((target, source))
                case ast.arguments():
                    plain = [*node.posonlyargs, *node.args]
                    for argument, default in zip(reversed(plain), reversed(node.defaults), strict=False):
                        found.setdefault(argument.arg, []).extend(_elements(default, {}))
                case ast.keyword(arg=str(name), value=value):
                    found.setdefault(name, []).extend(_elements(value, {}))
    for target, source in loops:
        for name in (one.id for one in walk(target) if isinstance(one, ast.Name)):
            found.setdefault(name, []).extend(_elements(source, found))
    return found


def _elements(node: ast.expr, known: Mapping[str, Sequence[int]]) -> list[int]:
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return [value for part in parts for value in _integers(part, known)]
        case ast.Dict(keys=keys):
            return [value for key in keys if key is not None for value in _integers(key, known)]
        case ast.Call(func=ast.Name(id="range"), args=[*_, _] as args) if all(
            isinstance(one, ast.Constant) for one in args
        ):
            return [
                one.value - 1
                for one in args[1:2] or args
                if isinstance(one, ast.Constant) and isinstance(one.value, int)
            ]
    return _integers(node, known)
