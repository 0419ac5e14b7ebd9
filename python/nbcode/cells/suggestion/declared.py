"""What ``[meta]`` says of kept cells: the inputs that they read; and what is unknown of them."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Collection, Sequence

from nbcode.cells.facts import CellFacts
from nbcode.cells.paths import UNKNOWN, Paths
from nbcode.cells.suggestion.slicing import SlicedCell
from nbcode.cells.variables import is_set_above, variable_reads

_DATA_FILE = re.compile(
    r"[\w./~ -]*\w\.(csv|tsv|txt|parquet|feather|arrow|h5|hdf5?|npy|npz|pkl|pickle|joblib|json|jsonl|xlsx?|db|sqlite|csv\.gz|zip)"
)
_ADDRESS = re.compile(r"\w+://")


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
    that is written, or one that is known, is made of is none."""
    written = {text for cell in kept for text in cell.written_texts}
    known = {f"/{path}" for cell in kept for path in cell.reads}
    return {
        (cell.index, node.value)
        for cell in kept
        for node in cell.facts.all_of(ast.Constant)
        if isinstance(node.value, str) and node.value not in written and _DATA_FILE.fullmatch(node.value)
        if not any(path.endswith("/" + node.value.lstrip("/")) for path in known)
    }


def _declarable(path: str) -> tuple[str, str]:
    """What [meta] may say for a path (empty: nothing), and a remark."""
    if _ADDRESS.match(path):
        return "", "the clean run has no network; save it to a file and declare that"
    if path.startswith(("./", "__file__/")):
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
